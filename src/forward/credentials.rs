//! What the connection to the gateway is secured by, out of secrets: whom the function trusts there,
//! and as whom it comes. TLS itself is rustls's work.

mod authorities;
mod block;
mod error;
mod identity;

use std::time::SystemTime;

use rustls::{ClientConfig, client::Resumption, pki_types::CertificateDer};

pub use self::error::CredentialsError;
use crate::{
    certificate::{ACCEPTED_KEYS, Certificate},
    https,
    secrets::Source,
};

/// What the connection is secured by.
pub struct Credentials {
    /// How TLS is spoken.
    pub tls: ClientConfig,
    /// Until when what it was made of is valid.
    pub until: Until,
}

/// Until when certificates out of secrets are valid; none where no secret has to do with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Until {
    /// When the first of those ends that the gateway is known by.
    pub ca: Option<SystemTime>,
    /// When the first of those ends that the function presents.
    pub identity: Option<SystemTime>,
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
) -> Result<Credentials, CredentialsError> {
    let mut until = Until::default();
    let tls = https::tls()?;
    let tls = match ca {
        None => tls.with_root_certificates(https::public_roots()),
        Some(source) => {
            let verifier = authorities::read(source, now)?;
            until.ca = verifier.until();
            // What is "dangerous" here is to bring a verifier along; it is one that adds a rule.
            tls.dangerous().with_custom_certificate_verifier(verifier)
        }
    };
    let mut tls = match identity {
        None => tls.with_no_client_auth(),
        Some(source) => {
            let identity::Identity { chain, key, until: end } = identity::read(source, now)?;
            until.identity = Some(end);
            let own = chain.first().cloned();
            tls.with_client_auth_cert(chain, key)
                .map_err(|error| unusable_key(source, own.as_ref(), &error))?
        }
    };
    // A session that is resumed is taken up without a look at the certificate that it was begun with, which
    // may have expired since. It would spare a new connection some 0.1 to 0.3 ms, 1 ms where our key is RSA.
    tls.resumption = Resumption::disabled();
    Ok(Credentials { tls, until })
}

fn unusable_key(
    source: &Source,
    own: Option<&CertificateDer<'_>>,
    error: &rustls::Error,
) -> CredentialsError {
    let own = own.and_then(|own| Certificate::from_der(own).ok());
    let kind = own.map(|own| own.key().in_words()).unwrap_or_default();
    CredentialsError::Key {
        secret: source.name.clone(),
        reason: format!(
            "{error}; the certificate is for a key of the kind {kind}; {ACCEPTED_KEYS} accepted"
        ),
    }
}
