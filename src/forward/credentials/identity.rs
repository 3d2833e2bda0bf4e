//! As whom the function comes to the gateway: `GATEWAY_IDENTITY_SECRET`.

use std::time::SystemTime;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{
    block::{Block, blocks, certificate, mistaken},
    error::CredentialsError,
};
use crate::secrets::Source;

const SETTING: &str = "GATEWAY_IDENTITY_SECRET";

/// A certificate with the intermediates that it needs, and its private key.
pub(super) struct Identity {
    /// The function's own first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// When the first of the certificates ends.
    pub(super) until: SystemTime,
}

/// Reads certificates and one private key, in no matter which order but that of the chain.
///
/// Not guaranteed: that the two belong together. Whoever puts them to use finds out.
pub(super) fn read(source: &Source, now: SystemTime) -> Result<Identity, CredentialsError> {
    let secret = || source.name.clone();
    if is_encrypted(&source.content) {
        return Err(CredentialsError::Encrypted { secret: secret() });
    }
    let (mut chain, mut ends, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for block in blocks(SETTING, source) {
        let Block { place, label, der } = block?;
        match label.as_str() {
            "CERTIFICATE" => {
                let end = certificate(SETTING, &place, &der)?.not_after();
                if end < now {
                    tracing::warn!("{SETTING}: {place} has expired, and will hardly be accepted");
                }
                ends.push(end);
                chain.push(CertificateDer::from(der));
            }
            "PRIVATE KEY" => keys.push(PrivateKeyDer::Pkcs8(der.into())),
            "RSA PRIVATE KEY" => keys.push(PrivateKeyDer::Pkcs1(der.into())),
            "EC PRIVATE KEY" => keys.push(PrivateKeyDer::Sec1(der.into())),
            // What openssl writes before a key in SEC1; the key names its curve itself.
            "EC PARAMETERS" => {}
            _ => {
                let expected = "a \"CERTIFICATE\" or a \"PRIVATE KEY\"";
                return Err(CredentialsError::Label {
                    setting: SETTING,
                    at: place,
                    label,
                    expected,
                });
            }
        }
    }
    let Some(until) = ends.into_iter().min() else {
        let none = CredentialsError::NoCertificate { secret: secret() };
        return Err(mistaken(SETTING, source).unwrap_or(none));
    };
    let count = keys.len();
    match (keys.pop(), count) {
        (Some(key), 1) => Ok(Identity { chain, key, until }),
        _ => Err(CredentialsError::Keys { secret: secret(), count }),
    }
}

/// PKCS#8 says it in its label (RFC 7468 section 11), the older forms in a header (RFC 1421 section
/// 4.6.1.1), which is no PEM to a strict reader.
fn is_encrypted(text: &[u8]) -> bool {
    const MARKS: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
    MARKS.iter().any(|mark| text.windows(mark.len()).any(|window| window == *mark))
}
