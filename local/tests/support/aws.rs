//! Programs that are called `aws`: scripts before the real one, or in its place.

use std::{
    env, fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::alb_mtls;

/// A folder in which a script is called `aws`. It has the folder in `$HERE`, and writes its arguments, a line each,
/// to `arguments` there.
pub(crate) struct Aws {
    folder: TempDir,
}

impl Aws {
    pub(crate) fn script(body: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("aws");
        let script = format!(
            "#!/bin/sh\nHERE={}\nprintf '%s\\n' \"$@\" >>$HERE/arguments\n{body}\n",
            folder.path().display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// All that it was ever called with.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.path("arguments")).unwrap_or_default()
    }

    /// `alb-mtls bundle upload` in front of it.
    pub(crate) fn upload(&self, arguments: &[&str]) -> Command {
        let mut command = alb_mtls(&[&["bundle", "upload"], arguments].concat());
        let path = env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.folder.path().display()));
        // What is left behind in it is seen.
        let temporary = self.path("tmp");
        fs::create_dir_all(&temporary).unwrap();
        command.env("TMPDIR", &temporary);
        command
    }

    /// Runs it to its end, with something on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        finished(self.upload(arguments), input)
    }

    /// The exit status, and the one object on standard output.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.run(&[arguments, &["--format", "json"]].concat(), b"");
        let object = serde_json::from_slice(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), object.unwrap_or_else(|error| panic!("{error}: {said}")))
    }

    /// What is left in the folder for temporary files.
    pub(crate) fn left_behind(&self) -> usize {
        files(&self.path("tmp"))
    }
}

pub(crate) fn finished(mut command: Command, input: &[u8]) -> Output {
    let piped = || Stdio::piped();
    let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    // It ends by itself: each call of `aws` has its time. How many there are, and how busy the machine, is not known here.
    child.wait_with_output().unwrap()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
