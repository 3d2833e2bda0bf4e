//! What says which CRLs there are.

use std::ops::Not;

use serde::{Deserialize, Serialize};

/// The most bytes of one CRL: some 1.7 million entries.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The most bytes of all CRLs of a set together.
pub const MOST_BYTES_TOGETHER: u64 = 128 * 1024 * 1024;
/// The most CRLs of a set.
pub const MOST_CRLS: usize = 64;

/// The only form that there is yet. A reader refuses one that it does not know.
const FORMAT: u32 = 1;

/// One set of CRLs: all of these, and no others. It is written after all that it names, and so replaces the set before
/// whole or not at all.
///
/// It is not signed, and need not be: what it names is. Whoever may write it can hold CRLs back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// When it was written, as RFC 3339 has it.
    pub written: String,
    /// At least one. No two have the same [`sha256`](Listed::sha256).
    pub crls: Vec<Listed>,
}

/// A CRL of the set. All but `sha256` and `bytes` is told to people, and to whoever fetches the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// SHA-256 of its DER, in lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes its DER has.
    pub bytes: u64,
    /// Where it was fetched from.
    pub url: String,
    /// Its issuer, as RFC 4514 writes it.
    pub issuer: String,
    /// Its number, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Whether it holds only what changed since a complete CRL (RFC 5280 section 5.2.4).
    #[serde(default, skip_serializing_if = "Not::not")]
    pub delta: bool,
    /// When it was made, as RFC 3339 has it.
    pub this_update: String,
    /// When the next one is due.
    pub next_update: String,
    /// How many certificates it revokes.
    pub entries: u64,
    /// When it was last fetched, or found to be unchanged.
    pub fetched: String,
    /// `ETag` of the answer that it came with (RFC 9110 section 8.8.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified` of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Listed {
    /// The name of the file that holds it, as DER.
    pub fn file(&self) -> String {
        format!("{}.crl", self.sha256)
    }
}

impl Manifest {
    /// Of these CRLs.
    ///
    /// # Errors
    ///
    /// [`ManifestError`]; a reader would say the same.
    pub fn new(written: String, crls: Vec<Listed>) -> Result<Self, ManifestError> {
        Self { format: FORMAT, written, crls }.checked()
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`ManifestError`], where it is none or goes beyond a limit.
    pub fn read(json: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let Form { format } = serde_json::from_slice(json).map_err(ManifestError::json)?;
        if format != FORMAT {
            return Err(ManifestError::Format { format });
        }
        serde_json::from_slice::<Self>(json).map_err(ManifestError::json)?.checked()
    }

    /// As a file holds it.
    ///
    /// # Errors
    ///
    /// [`ManifestError::Json`]; none that is known.
    pub fn to_json(&self) -> Result<String, ManifestError> {
        serde_json::to_string_pretty(self).map_err(ManifestError::json)
    }

    fn checked(self) -> Result<Self, ManifestError> {
        match self.crls.len() {
            0 => return Err(ManifestError::Empty),
            1..=MOST_CRLS => {}
            crls => return Err(ManifestError::TooMany { crls }),
        }
        let mut bytes = 0_u64;
        for (position, crl) in self.crls.iter().enumerate() {
            let sha256 = crl.sha256.clone();
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            if sha256.len() != 64 || !sha256.bytes().all(is_hex) {
                return Err(ManifestError::Digest { entry: position + 1 });
            }
            if self.crls.iter().take(position).any(|before| before.sha256 == sha256) {
                return Err(ManifestError::Twice { sha256 });
            }
            if crl.bytes > MOST_BYTES {
                return Err(ManifestError::TooLarge { sha256, bytes: crl.bytes });
            }
            bytes = bytes.saturating_add(crl.bytes);
        }
        match bytes {
            0..=MOST_BYTES_TOGETHER => Ok(self),
            _ => Err(ManifestError::TooLargeTogether { bytes }),
        }
    }
}

/// Why there is no [`Manifest`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is no JSON, or lacks something.
    #[error("is no manifest of CRLs: {0}")]
    Json(String),
    /// It was written by a later version.
    #[error("has the format {format}, and this version knows only {FORMAT}; deploy a newer one")]
    Format {
        /// What it says.
        format: u32,
    },
    /// It names none.
    #[error("names no CRL")]
    Empty,
    /// It names more than are read.
    #[error("names {crls} CRLs, and at most {MOST_CRLS} are read")]
    TooMany {
        /// How many it names.
        crls: usize,
    },
    /// One has no digest by which it could be found.
    #[error("has no SHA-256 in lower-case hexadecimal in entry {entry}")]
    Digest {
        /// Which one, from 1.
        entry: usize,
    },
    /// It names one twice.
    #[error("names the CRL {sha256} twice")]
    Twice {
        /// Its digest.
        sha256: String,
    },
    /// One is larger than is read.
    #[error("names the CRL {sha256} with {bytes} bytes, and at most {MOST_BYTES} are read")]
    TooLarge {
        /// Its digest.
        sha256: String,
        /// Its size.
        bytes: u64,
    },
    /// All together are larger than is read.
    #[error("names CRLs of {bytes} bytes, and at most {MOST_BYTES_TOGETHER} are read")]
    TooLargeTogether {
        /// Their size.
        bytes: u64,
    },
}

impl ManifestError {
    fn json(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(digit: char) -> Listed {
        Listed {
            sha256: digit.to_string().repeat(64),
            bytes: 500,
            url: "http://ca.example/ca.crl".to_owned(),
            issuer: "CN=CA".to_owned(),
            number: Some("7".to_owned()),
            delta: false,
            this_update: "2026-06-01T00:00:00Z".to_owned(),
            next_update: "2026-06-08T00:00:00Z".to_owned(),
            entries: 12,
            fetched: "2026-06-01T12:00:00Z".to_owned(),
            etag: None,
            last_modified: None,
        }
    }

    fn manifest(crls: Vec<Listed>) -> Result<Manifest, ManifestError> {
        Manifest::new("2026-06-01T12:00:00Z".to_owned(), crls)
    }

    #[test]
    fn what_is_written_is_read() {
        let written = manifest(vec![listed('a'), listed('0')]).unwrap();
        assert_eq!(Manifest::read(written.to_json().unwrap().as_bytes()), Ok(written));
    }

    #[test]
    fn manifest_that_goes_beyond_a_limit_or_names_nothing_is_refused() {
        assert_eq!(manifest(Vec::new()), Err(ManifestError::Empty));
        let large = Listed { bytes: MOST_BYTES + 1, ..listed('a') };
        assert!(matches!(manifest(vec![large]), Err(ManifestError::TooLarge { .. })));
        let full = |digit| Listed { bytes: MOST_BYTES, ..listed(digit) };
        assert!(manifest(vec![full('a'), full('b')]).is_ok());
        assert!(matches!(
            manifest(vec![full('a'), full('b'), full('c')]),
            Err(ManifestError::TooLargeTogether { .. })
        ));
        let many = |crls: usize| {
            let sha256 = |crl| format!("{crl:064x}");
            manifest((0..crls).map(|crl| Listed { sha256: sha256(crl), ..listed('a') }).collect())
        };
        assert!(many(MOST_CRLS).is_ok());
        assert_eq!(many(MOST_CRLS + 1), Err(ManifestError::TooMany { crls: MOST_CRLS + 1 }));
    }

    #[test]
    fn digest_that_is_none_or_there_twice_is_refused() {
        for sha256 in ["", "../../other", &"A".repeat(64), &"g".repeat(64), &"a".repeat(63)] {
            let crl = Listed { sha256: sha256.to_owned(), ..listed('a') };
            assert_eq!(manifest(vec![crl]), Err(ManifestError::Digest { entry: 1 }));
        }
        let twice = manifest(vec![listed('a'), listed('b'), listed('a')]);
        assert_eq!(twice, Err(ManifestError::Twice { sha256: "a".repeat(64) }));
    }

    #[test]
    fn format_that_is_not_known_is_named() {
        let json = br#"{"format": 2, "crls": {"other": "things"}}"#;
        assert_eq!(Manifest::read(json), Err(ManifestError::Format { format: 2 }));
        assert!(matches!(Manifest::read(b"<html>"), Err(ManifestError::Json(_))));
    }
}
