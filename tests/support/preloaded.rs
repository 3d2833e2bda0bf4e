//! A library that is loaded before all others, in which a test says how the function's clock goes.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// A compiled one, and the folder that it is in.
pub(crate) struct Preloaded {
    folder: TempDir,
}

impl Preloaded {
    /// Compiles C, in which `FOLDER` stands for the folder's path.
    pub(crate) fn compile(source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("library.c");
        fs::write(&file, source.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(folder.path().join("library.so"));
        let output = compiler.arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { folder }
    }

    /// The variable that has it loaded.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        ("LD_PRELOAD", self.folder().join("library.so").to_str().unwrap().to_owned())
    }

    /// What the library and the test share.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
