use std::fmt;
use std::str::FromStr;

use super::base64;
use super::certificate_factory::{FactoryError, generate_certificate};
use super::url_decoder::{self, EscapeError};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// How a gateway reads the header: which product, which releases, which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// API Manager 3.1 and 3.2, which always decode, and 4.0 with `client_certificate_encode = true`.
    Enc31,
    /// API Manager 4.1 to 4.7 with `client_certificate_encode = true`, or with the key unset.
    Enc41,
    /// As [`Mode::Enc41`], on a gateway that escapes `+` before it decodes.
    EncFix,
    /// API Manager 4.0.0 as released, with `client_certificate_encode = false`; its updates differ.
    Raw40,
    /// API Manager 4.1 and 4.2 with `client_certificate_encode = false`: no one-line value parses.
    Raw41,
    /// API Manager 4.3 and later with `client_certificate_encode = false`.
    Raw43,
    /// Choreo Connect, with its header set to be URL-decoded.
    ChoreoEnc,
    /// Choreo Connect as it comes.
    ChoreoRaw,
    /// Identity Server.
    IdentityServer,
}

impl Mode {
    /// Every mode.
    #[must_use]
    pub fn all() -> [Self; 9] {
        [
            Self::Enc31,
            Self::Enc41,
            Self::EncFix,
            Self::Raw40,
            Self::Raw41,
            Self::Raw43,
            Self::ChoreoEnc,
            Self::ChoreoRaw,
            Self::IdentityServer,
        ]
    }

    fn name(self) -> &'static str {
        match self {
            Self::Enc31 => "enc-3.1",
            Self::Enc41 => "enc-4.1",
            Self::EncFix => "enc-fix",
            Self::Raw40 => "raw-4.0",
            Self::Raw41 => "raw-4.1",
            Self::Raw43 => "raw-4.3",
            Self::ChoreoEnc => "choreo-enc",
            Self::ChoreoRaw => "choreo-raw",
            Self::IdentityServer => "identity-server",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        let known = Self::all().into_iter().find(|mode| mode.name() == name);
        known.ok_or_else(|| UnknownMode(name.to_owned()))
    }
}

/// A mode that no gateway has.
#[derive(Debug, thiserror::Error)]
#[error("no gateway mode {0:?}; use one of {names}", names = Mode::all().map(Mode::name).join(", "))]
pub struct UnknownMode(String);

/// Why a gateway makes no certificate of a header value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// URL decoding raised.
    #[error("not URL-encoded: {0}")]
    Escape(#[from] EscapeError),
    /// Strict base64 decoding raised.
    #[error("not base64: {0}")]
    Base64(#[from] ::base64::DecodeError),
    /// What was decoded is not a certificate.
    #[error("no certificate in it: {0}")]
    Certificate(#[from] FactoryError),
}

/// The certificate, as DER, that a gateway takes a header value for.
///
/// That it is the *right* certificate is not promised: of a chain that starts with its root, most modes
/// take the root.
pub fn decode(mode: Mode, header_value: &str) -> Result<Vec<u8>, DecodeError> {
    let stream = match mode {
        Mode::Enc31 => {
            let text = url_decoder::decode(header_value)?;
            base64::commons_codec(&text.replace(&format!("{BEGIN}\n"), "").replace(END, ""))
        }
        Mode::Enc41 => base64::commons_codec(&content(&url_decoder::decode(header_value)?)),
        Mode::EncFix => {
            let text = url_decoder::decode(&header_value.replace('+', "%2B"))?;
            base64::commons_codec(&content(&text))
        }
        Mode::Raw40 => {
            let bare = header_value
                .replace(&format!("{BEGIN}\n"), "")
                .replace(&format!("{BEGIN} "), "")
                .replace(END, "");
            format!("{BEGIN}\n{}{END}", bare.replace(' ', "\n")).into_bytes()
        }
        Mode::Raw41 => content(header_value).into_bytes(),
        Mode::Raw43 => {
            let bare = header_value.replace(&format!("{BEGIN}\n"), "").replace(BEGIN, "");
            let bare = bare.replace(&format!("\n{END}"), "").replace(END, "");
            let lines = java_trim(&bare).replace(' ', "\n");
            format!("{BEGIN}\n{}\n{END}", java_trim(&lines)).into_bytes()
        }
        Mode::ChoreoEnc => choreo(&url_decoder::decode(header_value)?),
        Mode::ChoreoRaw => choreo(header_value),
        Mode::IdentityServer => base64::java_util(&content(java_trim(header_value)))?,
    };
    Ok(generate_certificate(&stream)?)
}

fn choreo(text: &str) -> Vec<u8> {
    match text.contains(BEGIN) && text.contains(END) {
        true => base64::commons_codec(&content(text)),
        false => Vec::new(),
    }
}

/// What is left when every marker is gone.
fn content(text: &str) -> String {
    java_trim(&text.replace(BEGIN, "").replace(END, "")).to_owned()
}

/// `String.trim()`: everything up to U+0020 at both ends, control characters included.
fn java_trim(text: &str) -> &str {
    text.trim_matches(|character| character <= ' ')
}

#[cfg(test)]
mod tests;
