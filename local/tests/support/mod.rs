//! Runs the built command, and makes what it reads.

#![allow(dead_code, unused_imports, reason = "each program uses its part")]

#[cfg(unix)]
pub(crate) mod aws;
#[path = "../../../tests/support/bucket.rs"]
pub(crate) mod bucket;
#[path = "../../../tests/support/clock.rs"]
mod clock;
pub(crate) mod crls;
#[path = "../../../tests/support/journey.rs"]
mod journey;
#[path = "../../../tests/support/lists.rs"]
pub(crate) mod lists;
pub(crate) mod local;
#[cfg(feature = "real-parts")]
#[path = "../../../tests/support/real_parts/mod.rs"]
pub(crate) mod real_parts;
#[path = "../../../tests/support/request.rs"]
mod request;
#[path = "../../../tests/support/scripted.rs"]
mod scripted;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use alb_mtls::pki::{Authority, Key, KeyKind, Leaf, Validity, chain_pem};
use tempfile::TempDir;
use time::{Duration as Days, OffsetDateTime, macros::datetime};

pub(crate) use self::{
    clock::{Standing, clock},
    journey::{Journey, code},
    request::get,
};

/// Within [`validity`].
pub(crate) const AT: &str = "2026-06-01T12:00:00Z";
/// The same, as a time.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
/// After it.
pub(crate) const LATER: &str = "2027-06-01T12:00:00Z";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn alb_mtls(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alb-mtls"));
    command.args(arguments);
    command
}

/// Runs the command to its end, with something on its standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Output {
    let piped = || Stdio::piped();
    let mut child =
        alb_mtls(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    ended(&mut child);
    child.wait_with_output().unwrap()
}

/// Waits for a command to end, for a while: one that should not have started may serve for ever.
pub(crate) fn ended(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

pub(crate) fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// A root in a file, an intermediate, and a client.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
    pub(crate) leaf: Leaf,
    directory: TempDir,
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::valid(validity())
    }

    /// For what judges by this machine's clock.
    pub(crate) fn valid_now() -> Self {
        Self::valid(around_now())
    }

    fn valid(validity: Validity) -> Self {
        let root = Authority::root("Test Root", key(), validity).unwrap();
        let issuing = root.intermediate("Test Issuing", key(), validity).unwrap();
        let leaf = issuing.leaf("client-1", validity).dns("client-1.example.com").issue().unwrap();
        let pki = Self { root, issuing, leaf, directory: TempDir::new().unwrap() };
        pki.file("root.pem", pki.root.pem().as_bytes());
        pki.file("chain.pem", pki.chain_pem().as_bytes());
        pki
    }

    /// What the client presents.
    pub(crate) fn chain(&self) -> [&[u8]; 2] {
        [self.leaf.der(), self.issuing.der()]
    }

    pub(crate) fn chain_pem(&self) -> String {
        chain_pem(self.chain())
    }

    /// Writes a file beside the others.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::new(self.directory.path()).join(name)
    }

    pub(crate) fn bundle(&self) -> String {
        self.path("root.pem").display().to_string()
    }

    pub(crate) fn chain_file(&self) -> String {
        self.path("chain.pem").display().to_string()
    }
}

fn key() -> Key {
    KeyKind::P256.generate().unwrap()
}

/// A root for what judges by this machine's clock.
pub(crate) fn root_now(name: &str) -> Authority {
    Authority::root(name, key(), around_now()).unwrap()
}

pub(crate) fn around_now() -> Validity {
    Validity::around(OffsetDateTime::now_utc(), Days::days(30))
}

/// The year 2026.
pub(crate) fn validity() -> Validity {
    Validity::starting(datetime!(2026-01-01 0:00 UTC), Days::days(365))
}
