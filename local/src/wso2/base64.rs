//! The two base64 decoders that stand behind the header: a lenient one and a strict one.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};

// Neither decoder minds bits that are left over in the last character.
const UNPADDED: GeneralPurpose = engine(DecodePaddingMode::RequireNone);
const PADDED: GeneralPurpose = engine(DecodePaddingMode::RequireCanonical);

/// `org.apache.commons.codec.binary.Base64.decodeBase64(String)` as of 1.15.
///
/// It skips whatever is in neither the standard nor the URL-safe alphabet, stops at the first `=`, and
/// ignores a last character that makes no byte. It never fails. (1.14, which API Manager 4.0 to 4.2
/// contain, throws "Last encoded character …" at some values.)
pub(super) fn commons_codec(text: &str) -> Vec<u8> {
    let mut characters: String =
        text.chars().take_while(|c| *c != '=').filter_map(in_alphabet).collect();
    if characters.len() % 4 == 1 {
        characters.pop();
    }
    // Only characters of the alphabet, in a number that makes whole bytes: nothing is left to refuse.
    UNPADDED.decode(characters).unwrap_or_default()
}

/// `java.util.Base64.getDecoder().decode(String)`: no foreign character, and padding whole or absent.
pub(super) fn java_util(text: &str) -> Result<Vec<u8>, DecodeError> {
    match text.contains('=') {
        true => PADDED.decode(text),
        false => UNPADDED.decode(text),
    }
}

fn in_alphabet(character: char) -> Option<char> {
    match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => Some(character),
        '-' => Some('+'),
        '_' => Some('/'),
        _ => None,
    }
}

const fn engine(padding: DecodePaddingMode) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(padding)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commons_codec_skips_what_it_does_not_know_and_stops_at_padding() {
        assert_eq!(commons_codec("aG Vs\nbG8=d29ybGQ="), b"hello");
        assert_eq!(commons_codec("-_-_"), commons_codec("+/+/"));
        assert_eq!(commons_codec("aGVsb"), b"hel");
        assert_eq!(commons_codec("é%!"), b"");
    }

    #[test]
    fn java_util_refuses_white_space_and_half_padding_but_not_missing_padding() {
        assert_eq!(java_util("aGVsbG8=").unwrap(), b"hello");
        assert_eq!(java_util("aGVsbG8").unwrap(), b"hello");
        assert!(java_util("aGVs bG8=").is_err());
        assert!(java_util("aGVsbA=").is_err());
        assert!(java_util("aGVsbG8=aGVs").is_err());
        assert!(java_util("aGVs-_==").is_err());
    }
}
