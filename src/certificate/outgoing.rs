//! The header value that goes to the gateway, made from DER.
//!
//! Which spelling a gateway reads depends on its release and its settings; none is read by all. The
//! default is what every WSO2 release from 3.1 on reads while `client_certificate_encode` is on.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `A-Z a-z 0-9 - . _ ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Columns of base64 in a line (RFC 7468 section 2).
const COLUMNS: usize = 64;

/// The setting `GATEWAY_CERT_FORMAT`: how a certificate is written into a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertFormat {
    /// 64-column PEM with LF, a LF at the end, and every byte escaped that is not unreserved (RFC 3986
    /// section 2.3): byte for byte nginx's `$ssl_client_escaped_cert`.
    #[default]
    UrlEncodedPem,
    /// BEGIN line, base64 in one piece and END line, with single spaces between them.
    SingleLinePem,
    /// The bare base64 of the DER.
    Base64Der,
    /// The base64 of 64-column PEM.
    Base64Pem,
    /// A byte sequence between colons (RFC 9440 section 2.1), with the intermediates in a header of their own.
    Rfc9440,
}

impl fmt::Display for CertFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UrlEncodedPem => "url-encoded-pem",
            Self::SingleLinePem => "single-line-pem",
            Self::Base64Der => "base64-der",
            Self::Base64Pem => "base64-pem",
            Self::Rfc9440 => "rfc9440",
        })
    }
}

impl FromStr for CertFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::UrlEncodedPem, Self::SingleLinePem, Self::Base64Der, Self::Base64Pem, Self::Rfc9440]
            .into_iter()
            .find(|format| format.to_string() == text)
            .ok_or_else(|| {
                "expected url-encoded-pem, single-line-pem, base64-der, base64-pem or rfc9440"
                    .to_owned()
            })
    }
}

impl CertFormat {
    /// One certificate, as ASCII without line breaks.
    pub fn write(self, der: &[u8]) -> String {
        match self {
            Self::UrlEncodedPem => url_encoded_pem(der),
            Self::SingleLinePem => format!(
                "-----BEGIN CERTIFICATE----- {} -----END CERTIFICATE-----",
                STANDARD.encode(der)
            ),
            Self::Base64Der => STANDARD.encode(der),
            Self::Base64Pem => STANDARD.encode(pem(der)),
            Self::Rfc9440 => format!(":{}:", STANDARD.encode(der)),
        }
    }
}

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
    fn each_format_is_written_as_its_readers_expect_it() {
        for (format, value) in [
            (
                CertFormat::UrlEncodedPem,
                "-----BEGIN%20CERTIFICATE-----%0A%2B%2Fv7%0A-----END%20CERTIFICATE-----%0A",
            ),
            (
                CertFormat::SingleLinePem,
                "-----BEGIN CERTIFICATE----- +/v7 -----END CERTIFICATE-----",
            ),
            (CertFormat::Base64Der, "+/v7"),
            (
                CertFormat::Base64Pem,
                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCisvdjcKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=",
            ),
            (CertFormat::Rfc9440, ":+/v7:"),
        ] {
            assert_eq!(format.write(&[0xfb, 0xfb, 0xfb]), value);
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn full_last_line_is_followed_by_no_empty_one() {
        let text = pem(&[0; 48]);
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [27, 64, 25]);
    }
}
