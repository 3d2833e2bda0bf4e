//! What the connection to the gateway is secured by, out of secrets: whom the function trusts there,
//! and as whom it comes. TLS itself is rustls's work.

mod authorities;
mod identity;

use std::time::SystemTime;

use rustls::{ClientConfig, client::Resumption};

use crate::{
    certificate::{
        ACCEPTED_KEYS, Certificate, DerFault,
        mistaken::Mistaken,
        pem::{PemBlocks, PemError},
    },
    https,
    secrets::{Place, Source},
};

/// A readable PEM block, and where it stands.
struct Block {
    place: Place,
    label: String,
    der: Vec<u8>,
}

/// Makes the TLS configuration of the hop. The gateway has to be known to the authorities in `ca`, or to
/// public ones where there is no `ca`; the function presents `identity`, or nothing.
///
/// Host name and TLS 1.2 are checked by whoever uses it, in any case.
///
/// # Errors
///
/// [`CredentialsError`], naming the entry.
pub fn read(
    ca: Option<&Source>,
    identity: Option<&Source>,
    now: SystemTime,
) -> Result<ClientConfig, CredentialsError> {
    let mut tls = configuration(ca, identity, now)?;
    // A session that is resumed is taken up without a look at the certificate that it was begun with, which
    // may have expired since. It would spare a new connection some 0.1 to 0.3 ms, 1 ms where our key is RSA.
    tls.resumption = Resumption::disabled();
    Ok(tls)
}

fn configuration(
    ca: Option<&Source>,
    identity: Option<&Source>,
    now: SystemTime,
) -> Result<ClientConfig, CredentialsError> {
    let tls = https::tls()?;
    let tls = match ca {
        None => tls.with_root_certificates(https::public_roots()),
        Some(source) => tls
            // What is "dangerous" here is to bring a verifier along; it is one that adds a rule.
            .dangerous()
            .with_custom_certificate_verifier(authorities::read(source, now)?),
    };
    let Some(source) = identity else { return Ok(tls.with_no_client_auth()) };
    let identity::Identity { chain, key } = identity::read(source, now)?;
    let own = chain.first().cloned();
    tls.with_client_auth_cert(chain, key).map_err(|error| {
        let own = own.and_then(|own| Certificate::from_der(&own).ok());
        let kind = own.map(|own| own.key().in_words()).unwrap_or_default();
        CredentialsError::Key {
            secret: source.name.clone(),
            reason: format!(
                "{error}; the certificate is for a key of the kind {kind}; {ACCEPTED_KEYS} accepted"
            ),
        }
    })
}

fn blocks(
    setting: &'static str,
    source: &Source,
) -> impl Iterator<Item = Result<Block, CredentialsError>> {
    PemBlocks::among_text(&source.content).zip(1..).map(move |(block, entry)| {
        let place = |byte| Place { source: source.name.clone(), key: None, entry, byte };
        match block {
            Ok(block) => {
                Ok(Block { place: place(Some(block.at)), label: block.label, der: block.der })
            }
            Err(error) => {
                let told = CredentialsError::Pem { setting, at: place(None), error };
                Err(mistaken(setting, source).unwrap_or(told))
            }
        }
    })
}

/// Why a source cannot be read, where that is known by sight, or there is nothing of PEM in it.
fn mistaken(setting: &'static str, source: &Source) -> Option<CredentialsError> {
    let (secret, content) = (source.name.clone(), source.content.as_slice());
    if let Some(looks_like) = Mistaken::content(content) {
        return Some(CredentialsError::Mistaken { setting, secret, looks_like });
    }
    let is_text = !content.trim_ascii().is_empty();
    (is_text && PemBlocks::among_text(content).next().is_none())
        .then_some(CredentialsError::NoBlock { setting, secret })
}

fn certificate(
    setting: &'static str,
    at: &Place,
    der: &[u8],
) -> Result<Certificate, CredentialsError> {
    Certificate::from_der(der).map_err(|fault| CredentialsError::Malformed {
        setting,
        at: at.clone(),
        fault,
    })
}

/// Why secrets do not secure the connection. Texts quote nothing of a secret.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Text that is not PEM.
    #[error("{setting}: {at} cannot be read: {error}")]
    Pem {
        /// The setting that names the secret.
        setting: &'static str,
        /// Which entry.
        at: Place,
        /// What is wrong, and at which byte of the text.
        error: PemError,
    },
    /// Something else than PEM, which is known by sight.
    #[error("{setting}: {secret} cannot be read: {looks_like}")]
    Mistaken {
        /// The setting that names the secret.
        setting: &'static str,
        /// The name of the source.
        secret: String,
        /// What it is.
        looks_like: Mistaken,
    },
    /// Text without a block.
    #[error("{setting}: {secret} holds no PEM: no line is -----BEGIN CERTIFICATE-----")]
    NoBlock {
        /// The setting that names the secret.
        setting: &'static str,
        /// The name of the source.
        secret: String,
    },
    /// A block that does not belong where it is.
    #[error("{setting}: {at} is a \"{label}\", and {expected} belongs there")]
    Label {
        /// The setting that names the secret.
        setting: &'static str,
        /// Which entry.
        at: Place,
        /// What its BEGIN line says.
        label: String,
        /// What it should say.
        expected: &'static str,
    },
    /// A block that is no certificate.
    #[error("{setting}: {at} {fault}")]
    Malformed {
        /// The setting that names the secret.
        setting: &'static str,
        /// Which entry.
        at: Place,
        /// What is wrong with it.
        fault: DerFault,
    },
    /// A certificate that can be read and not be used.
    #[error("GATEWAY_CA_SECRET: {at} cannot be an authority: {reason}")]
    Authority {
        /// Which entry.
        at: Place,
        /// What rustls says.
        reason: String,
    },
    /// Nobody to trust.
    #[error("GATEWAY_CA_SECRET: {secret} holds no certificate that is still valid")]
    NoAuthority {
        /// The name of the source.
        secret: String,
    },
    /// No certificate to present.
    #[error(
        "GATEWAY_IDENTITY_SECRET: {secret} holds no certificate; put it before its private key"
    )]
    NoCertificate {
        /// The name of the source.
        secret: String,
    },
    /// Not one private key.
    #[error("GATEWAY_IDENTITY_SECRET: {secret} holds {count} private keys, and needs one")]
    Keys {
        /// The name of the source.
        secret: String,
        /// How many there are.
        count: usize,
    },
    /// A private key behind a passphrase.
    #[error(
        "GATEWAY_IDENTITY_SECRET: the private key in {secret} is encrypted; store it without a passphrase, \
         as `openssl pkey` writes it: the secret itself is encrypted"
    )]
    Encrypted {
        /// The name of the source.
        secret: String,
    },
    /// A private key that cannot be used, or is another certificate's.
    #[error(
        "GATEWAY_IDENTITY_SECRET: the private key in {secret} cannot be used with the first certificate there: {reason}"
    )]
    Key {
        /// The name of the source.
        secret: String,
        /// What rustls says, and what the key is.
        reason: String,
    },
    /// No TLS at all.
    #[error("no TLS client for the gateway can be built: {0}")]
    Tls(#[from] rustls::Error),
}
