//! Why secrets do not secure the connection.

use crate::{
    certificate::{DerFault, mistaken::Mistaken, pem::PemError},
    secrets::Place,
};

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
