//! The function, and what could stand in its place.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{Fault, function::Program};

/// Everything that is measured, as it was built.
pub(crate) struct Programs {
    /// The least that could forward an event.
    pub(crate) floor: Program,
    /// The function.
    pub(crate) adapter: Program,
    /// What one writes with the usual crates as they come.
    pub(crate) ordinary: Program,
    /// The same in Python.
    pub(crate) python: Program,
}

impl Programs {
    /// Finds them where `benches/run.sh` builds them; the function where `BOOTSTRAP` says.
    pub(crate) fn find() -> Result<Self, Fault> {
        let root = root()?;
        let peer = |name| root.join("target/peers").join(name).join("bootstrap");
        let adapter =
            env::var_os("BOOTSTRAP").ok_or("BOOTSTRAP names no function; use `make bench`")?;
        let venv = root.join("target/benches/venv");
        let code = root.join("benches/peers/python");
        Ok(Self {
            floor: native("floor", peer("floor")),
            adapter: native("adapter", PathBuf::from(adapter)),
            ordinary: native("ordinary", peer("ordinary")),
            python: Program {
                name: "Python",
                command: vec![
                    // Lambda starts it in the folder of its code.
                    "env".into(),
                    "-C".into(),
                    code.clone().into(),
                    venv.join("bin/python").into(),
                    "-m".into(),
                    "awslambdaric".into(),
                    "handler.handle".into(),
                ],
                files: vec![venv.join("lib"), code],
            },
        })
    }

    /// All, the floor first.
    pub(crate) fn all(&self) -> [&Program; 4] {
        [&self.floor, &self.adapter, &self.ordinary, &self.python]
    }

    /// The two that the targets are about.
    pub(crate) fn pair(&self) -> [&Program; 2] {
        [&self.floor, &self.adapter]
    }
}

fn native(name: &'static str, path: PathBuf) -> Program {
    Program { name, command: vec![path.clone().into()], files: vec![path] }
}

/// The project's own folder.
pub(crate) fn root() -> Result<&'static Path, Fault> {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(whole.ancestors().nth(2).ok_or("no folder above benches/")?)
}
