//! The files that add up to a trust bundle.

use std::{io, path::PathBuf};

use alb_mtls_adapter::trust::bundle::Source;

use super::input::{Input, InputError};

/// Reads the files, each a source under its path.
pub(crate) fn sources(files: &[PathBuf]) -> Result<Vec<Source>, InputError> {
    let read = |path: &PathBuf| {
        let content = Input::File(path.clone()).read(&mut io::empty())?;
        Ok(Source { name: path.display().to_string(), content })
    };
    files.iter().map(read).collect()
}
