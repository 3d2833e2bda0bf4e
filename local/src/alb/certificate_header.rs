use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::pki;

/// How the load balancer escapes the PEM in its certificate header. Its documentation describes one
/// way, and its example shows the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Spelling {
    /// `+`, `/` and `=` stay as they are.
    #[default]
    Raw,
    /// `+`, `/` and `=` are escaped as well.
    Escaped,
}

/// What is escaped of PEM whose `+ / =` stay literal: white space, as nothing else needs it.
const RAW: &AsciiSet = &CONTROLS.add(b' ');
/// What is escaped otherwise: all but the unreserved characters of RFC 3986 section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header value for a presented chain, leaf first: URL-encoded PEM of every certificate.
pub fn certificate_header<'a>(
    chain: impl IntoIterator<Item = &'a [u8]>,
    spelling: Spelling,
) -> String {
    let escaped = match spelling {
        Spelling::Raw => RAW,
        Spelling::Escaped => ESCAPED,
    };
    utf8_percent_encode(&pki::chain_pem(chain), escaped).to_string()
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Raw => "raw",
            Self::Escaped => "escaped",
        })
    }
}

impl FromStr for Spelling {
    type Err = UnknownSpelling;

    fn from_str(name: &str) -> Result<Self, UnknownSpelling> {
        match name {
            "raw" => Ok(Self::Raw),
            "escaped" => Ok(Self::Escaped),
            _ => Err(UnknownSpelling(name.to_owned())),
        }
    }
}

/// A spelling that the load balancer does not have.
#[derive(Debug, thiserror::Error)]
#[error("no spelling {0:?}; use raw or escaped")]
pub struct UnknownSpelling(String);

#[cfg(test)]
mod tests {
    use super::*;

    // 0xfb 0xff 0xfe is "+//+" in base64, and one byte more brings padding.
    const DER: &[u8] = &[0xfb, 0xff, 0xfe, 0x00];

    #[test]
    fn the_raw_spelling_leaves_plus_slash_and_equals() {
        assert_eq!(
            certificate_header([DER, DER], Spelling::Raw),
            "-----BEGIN%20CERTIFICATE-----%0A+//+AA==%0A-----END%20CERTIFICATE-----%0A".repeat(2)
        );
    }

    #[test]
    fn the_escaped_spelling_leaves_only_unreserved_characters() {
        assert_eq!(
            certificate_header([DER], Spelling::Escaped),
            "-----BEGIN%20CERTIFICATE-----%0A%2B%2F%2F%2BAA%3D%3D%0A-----END%20CERTIFICATE-----%0A"
        );
    }
}
