//! The files that add up to a trust bundle.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use alb_mtls_adapter::trust::bundle::{Source, TrustBundle};

use super::{
    input::{Input, InputError},
    style,
};

/// Reads the files, each a source under its path.
pub(crate) fn sources(files: &[PathBuf]) -> Result<Vec<Source>, InputError> {
    files.iter().map(|path| source(path)).collect()
}

/// Reads one of them.
pub(crate) fn source(path: &Path) -> Result<Source, InputError> {
    let content = Input::File(path.to_owned()).read_bundle(&mut io::empty())?;
    Ok(Source { name: path.display().to_string(), content })
}

/// Says what of a bundle is of no use, and which of its rules are in doubt.
pub(crate) fn warn(bundle: &TrustBundle, err: &mut dyn Write) -> io::Result<()> {
    let bad = style::BAD;
    warnings(bundle).try_for_each(|warning| writeln!(err, "{bad}warning:{bad:#} {warning}"))
}

/// The same, to be said elsewhere.
pub(crate) fn warnings(bundle: &TrustBundle) -> impl Iterator<Item = String> {
    let of_no_use = bundle.warnings().iter().map(ToString::to_string);
    of_no_use.chain(bundle.rule_warnings().iter().map(ToString::to_string))
}
