//! The header value that goes to the gateway, made from DER.
//!
//! `url-encoded-pem` is what every WSO2 release from 3.1 on reads while `client_certificate_encode`
//! is on, which is its default: 64-column PEM with LF, a LF at the end, and every byte escaped that is
//! not unreserved (RFC 3986 section 2.3). It is byte for byte nginx's `$ssl_client_escaped_cert`.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `A-Z a-z 0-9 - . _ ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Columns of base64 in a line (RFC 7468 section 2).
const COLUMNS: usize = 64;

/// The fully escaped PEM of one certificate: ASCII without white space.
pub fn url_encoded_pem(der: &[u8]) -> String {
    utf8_percent_encode(&pem(der), RESERVED).collect()
}

/// A certificate as PEM, with a line end at its end.
pub fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = String::with_capacity(base64.len() + base64.len() / COLUMNS + 64);
    text.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = base64.as_str();
    while let Some((line, after)) = rest.split_at_checked(COLUMNS) {
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    if !rest.is_empty() {
        text.push_str(rest);
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_byte_is_escaped_and_lines_have_64_columns() {
        let value = url_encoded_pem(&[0xfb; 49]);
        assert_eq!(
            value,
            "-----BEGIN%20CERTIFICATE-----%0A\
             %2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7\
             %2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%2B%2Fv7%0A\
             %2Bw%3D%3D%0A-----END%20CERTIFICATE-----%0A"
        );
    }

    #[test]
    fn full_last_line_is_followed_by_no_empty_one() {
        let text = pem(&[0; 48]);
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [27, 64, 25]);
    }
}
