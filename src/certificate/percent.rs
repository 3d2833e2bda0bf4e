//! Strict URL decoding of what the load balancer encodes.

use std::borrow::Cow;

/// Decodes a value in which every byte is unreserved (RFC 3986 section 2.3), one of `+ / =`, or
/// escaped. A `+` is a plus: AWS names it among the characters that it leaves as they are.
///
/// # Errors
///
/// [`PercentError`] at the first byte that is none of these.
pub(super) fn decode(value: &[u8]) -> Result<Cow<'_, [u8]>, PercentError> {
    let mut bytes = value.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'%' => {
                let mut hex_digit =
                    || bytes.next().is_some_and(|(_, byte)| byte.is_ascii_hexdigit());
                if !(hex_digit() && hex_digit()) {
                    return Err(PercentError::Escape { at });
                }
            }
            b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            byte => {
                return Err(PercentError::Unescaped { at, byte: byte.escape_ascii().to_string() });
            }
        }
    }
    Ok(percent_encoding::percent_decode(value).into())
}

/// Why a header value is not URL-encoded as the load balancer does it. Offsets count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PercentError {
    /// A `%` without two hexadecimal digits after it.
    #[error(
        "the % at byte {at} of the certificate header is not followed by two hexadecimal digits"
    )]
    Escape {
        /// Offset of the `%`.
        at: usize,
    },
    /// A byte that the load balancer would have escaped.
    #[error(
        "byte {at} of the certificate header is \"{byte}\", which the load balancer would have escaped"
    )]
    Unescaped {
        /// Offset of the byte.
        at: usize,
        /// The byte, escaped for reading.
        byte: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_is_a_plus_in_both_spellings() {
        assert_eq!(&*decode(b"a+b/c=").unwrap(), b"a+b/c=");
        assert_eq!(&*decode(b"a%2Bb%2fc%3D%20%0a").unwrap(), b"a+b/c= \n");
    }

    #[test]
    fn broken_escape_is_refused_at_its_percent_sign() {
        for (value, at) in [("ab%", 2), ("%4", 0), ("a%4g", 1), ("%%41", 0), ("a%+1", 1)] {
            assert_eq!(decode(value.as_bytes()), Err(PercentError::Escape { at }), "{value}");
        }
    }

    #[test]
    fn byte_that_is_always_escaped_is_refused_where_it_stands() {
        for byte in [b' ', b'\n', b',', b'"', 0x00, 0x80] {
            let error = decode(&[b'a', byte]).unwrap_err();
            assert!(matches!(error, PercentError::Unescaped { at: 1, .. }), "{error}");
        }
    }
}
