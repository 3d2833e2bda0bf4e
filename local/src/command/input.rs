//! What a person hands in: a file, or `-` for standard input.

use std::{
    convert::Infallible,
    fmt,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    str::FromStr,
};

use alb_mtls_adapter::trust::crls::manifest;

/// Far more than any chain or request that a load balancer lets through.
const MAX_BYTES: u64 = 1024 * 1024;
/// What the function itself reads of one source of a trust bundle, at most.
const MAX_BUNDLE_BYTES: u64 = 16 * 1024 * 1024;

/// Where something is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// `-`.
    Standard,
    File(PathBuf),
}

impl Input {
    /// Reads all of it, up to a bound.
    pub(crate) fn read(&self, standard: &mut dyn Read) -> Result<Vec<u8>, InputError> {
        self.read_up_to(MAX_BYTES, standard)
    }

    /// Reads all of a part of a trust bundle.
    pub(crate) fn read_bundle(&self, standard: &mut dyn Read) -> Result<Vec<u8>, InputError> {
        self.read_up_to(MAX_BUNDLE_BYTES, standard)
    }

    /// Reads all of a CRL.
    pub(crate) fn read_crl(&self) -> Result<Vec<u8>, InputError> {
        self.read_up_to(manifest::MOST_BYTES, &mut io::empty())
    }

    fn read_up_to(&self, limit: u64, standard: &mut dyn Read) -> Result<Vec<u8>, InputError> {
        let unreadable = |source| InputError::Unreadable { input: self.clone(), source };
        let mut content = Vec::new();
        let read = match self {
            Self::Standard => standard.take(limit + 1).read_to_end(&mut content),
            Self::File(path) => {
                let file = File::open(path).map_err(unreadable)?;
                file.take(limit + 1).read_to_end(&mut content)
            }
        };
        read.map_err(unreadable)?;
        match u64::try_from(content.len()) {
            Ok(length) if length <= limit => Ok(content),
            _ => Err(InputError::TooLarge { input: self.clone(), limit }),
        }
    }
}

impl FromStr for Input {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Standard,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Why there is nothing to work on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("cannot read {input}: {source}")]
    Unreadable { input: Input, source: io::Error },
    #[error("{input} has more than {limit} bytes, and so much is never read")]
    TooLarge { input: Input, limit: u64 },
}

impl InputError {
    /// Whether there is no such file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mebibyte_is_read_and_a_byte_more_is_refused() {
        let read = |bytes| Input::Standard.read(&mut io::repeat(b'x').take(bytes));
        assert_eq!(read(MAX_BYTES).unwrap().len(), 1024 * 1024);
        assert!(matches!(read(MAX_BYTES + 1), Err(InputError::TooLarge { .. })));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Input::File("/nowhere.pem".into()).read(&mut io::empty()).unwrap_err();
        assert!(error.to_string().starts_with("cannot read /nowhere.pem: "), "{error}");
    }
}
