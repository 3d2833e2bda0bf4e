//! `CertificateFactory.getInstance("X.509").generateCertificate(stream)` of the JDK.

use x509_parser::prelude::{FromDer, X509Certificate};

use super::base64;

/// The tag of an ASN.1 SEQUENCE, which is also the character `0`.
const SEQUENCE: u8 = 0x30;

/// Why the factory makes no certificate of a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactoryError {
    /// Neither DER nor a PEM header that starts a line.
    #[error("empty input: neither DER nor a line that starts with -----")]
    EmptyInput,
    /// DER that ends before its own length says.
    #[error("incomplete BER/DER data: {announced} bytes announced, {present} there")]
    IncompleteDer {
        /// What the outermost length says, or what a length needs.
        announced: usize,
        /// How many bytes follow.
        present: usize,
    },
    /// A length form that is not modelled here, or that the JDK refuses.
    #[error("a length that starts with {first:#04x} is not read")]
    LengthForm {
        /// The first byte of the length.
        first: u8,
    },
    /// PEM that ends before its footer.
    #[error("incomplete PEM data")]
    IncompletePem,
    /// A header line that is not `-----BEGIN …-----`.
    #[error("illegal PEM header {0:?}")]
    Header(String),
    /// A footer line that is not `-----END …-----`.
    #[error("illegal PEM footer {0:?}")]
    Footer(String),
    /// Header and footer name different things.
    #[error("PEM header and footer do not match: {header:?}, {footer:?}")]
    Mismatch {
        /// The header line.
        header: String,
        /// The footer line.
        footer: String,
    },
    /// PEM whose content is not strict base64.
    #[error("the PEM content is not base64: {0}")]
    Base64(#[from] ::base64::DecodeError),
    /// DER that is not one certificate and nothing else.
    #[error("not one X.509 certificate: {0}")]
    NotOneCertificate(String),
}

/// The first certificate of a stream, as its DER. What follows it is not looked at.
pub(super) fn generate_certificate(stream: &[u8]) -> Result<Vec<u8>, FactoryError> {
    let der = match stream.first() {
        None => return Err(FactoryError::EmptyInput),
        Some(&SEQUENCE) => first_element(stream)?.to_vec(),
        Some(_) => first_block(stream)?,
    };
    match X509Certificate::from_der(&der) {
        Ok(([], _)) => Ok(der),
        Ok((rest, _)) => {
            Err(FactoryError::NotOneCertificate(format!("{} extra bytes", rest.len())))
        }
        Err(error) => Err(FactoryError::NotOneCertificate(error.to_string())),
    }
}

/// Cuts the first DER element out of a stream, by its length alone.
fn first_element(stream: &[u8]) -> Result<&[u8], FactoryError> {
    let Some((&first, after)) = stream.get(1..).and_then(<[u8]>::split_first) else {
        return Err(FactoryError::IncompleteDer { announced: 1, present: 0 });
    };
    let length_bytes = match first {
        0..=0x7f => 0,
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Err(FactoryError::LengthForm { first }),
    };
    let incomplete = |announced| FactoryError::IncompleteDer { announced, present: after.len() };
    let digits = after.get(..length_bytes).ok_or_else(|| incomplete(length_bytes))?;
    let content = match digits {
        [] => usize::from(first),
        digits => digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)),
    };
    let whole = 2 + length_bytes + content;
    stream.get(..whole).ok_or_else(|| incomplete(length_bytes + content))
}

/// Reads the first PEM block of a stream, byte by byte as the JDK does.
fn first_block(stream: &[u8]) -> Result<Vec<u8>, FactoryError> {
    let after_dashes = skip_to_header(stream).ok_or(FactoryError::EmptyInput)?;
    let header_end = after_dashes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let (header, rest) = header_end
        .and_then(|end| after_dashes.split_at_checked(end))
        .ok_or(FactoryError::IncompletePem)?;
    let header = format!("-----{}", latin1(header));
    // A lone CR ends the footer line too if it ended the header line.
    let (carriage_return_ends, rest) = match rest {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => (false, rest),
        [_, rest @ ..] => (true, rest),
        [] => return Err(FactoryError::IncompletePem),
    };
    let footer_start = rest.iter().position(|byte| *byte == b'-');
    let (data, rest) = footer_start
        .and_then(|start| rest.split_at_checked(start))
        .ok_or(FactoryError::IncompletePem)?;
    let line = rest.split(|byte| *byte == b'\n' || carriage_return_ends && *byte == b'\r').next();
    let footer = latin1(line.unwrap_or_default()).replace('\r', "");
    check_lines(header.trim_end(), footer.trim_end())?;
    let data: String = latin1(data).split([' ', '\t', '\r', '\n']).collect();
    Ok(base64::java_util(&data)?)
}

/// What follows the first five hyphens that start a line.
fn skip_to_header(stream: &[u8]) -> Option<&[u8]> {
    let starts_line = |at: usize| match at.checked_sub(1).and_then(|before| stream.get(before)) {
        None => true,
        Some(before) => matches!(before, b'\r' | b'\n'),
    };
    let at = stream
        .windows(5)
        .enumerate()
        .find(|(at, window)| *window == b"-----" && starts_line(*at))?
        .0;
    stream.get(at + 5..)
}

fn check_lines(header: &str, footer: &str) -> Result<(), FactoryError> {
    let begun =
        label(header, "-----BEGIN ").ok_or_else(|| FactoryError::Header(header.to_owned()))?;
    let ended =
        label(footer, "-----END ").ok_or_else(|| FactoryError::Footer(footer.to_owned()))?;
    if begun == ended {
        return Ok(());
    }
    Err(FactoryError::Mismatch { header: header.to_owned(), footer: footer.to_owned() })
}

fn label<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    line.strip_prefix(prefix)?.strip_suffix("-----")
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
