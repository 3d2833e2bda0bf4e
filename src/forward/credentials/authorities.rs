//! Whom the function takes for the gateway: `GATEWAY_CA_SECRET`.

use std::{sync::Arc, time::SystemTime};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{
        WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{Block, CredentialsError, blocks};
use crate::{certificate::Certificate, secrets::Source};

const SETTING: &str = "GATEWAY_CA_SECRET";

/// Reads certificates. Those of CAs are authorities; and each stands for itself, whoever signed it:
/// gateways come with a self-signed certificate, which often says CA:TRUE, as no server's may.
///
/// One that has expired stays out.
pub(super) fn read(source: &Source, now: SystemTime) -> Result<Arc<Verifier>, CredentialsError> {
    let mut roots = RootCertStore::empty();
    let mut given = Vec::new();
    for block in blocks(SETTING, source) {
        let Block { place, label, der } = block?;
        if label != "CERTIFICATE" {
            let (setting, expected) = (SETTING, "a \"CERTIFICATE\"");
            return Err(CredentialsError::Label { setting, at: place, label, expected });
        }
        let certificate = match Certificate::from_der(&der) {
            Ok(certificate) => certificate,
            Err(fault) => {
                return Err(CredentialsError::Malformed { setting: SETTING, at: place, fault });
            }
        };
        if certificate.not_after() < now {
            tracing::warn!("{SETTING}: {place} has expired, and stays out");
            continue;
        }
        if certificate.is_ca() {
            roots.add(CertificateDer::from(der)).map_err(|error| CredentialsError::Authority {
                at: place,
                reason: error.to_string(),
            })?;
        }
        given.push(certificate);
    }
    if given.is_empty() {
        return Err(CredentialsError::NoAuthority { secret: source.name.clone() });
    }
    Ok(Arc::new(Verifier::new(roots, given)?))
}

/// Verifies the gateway's certificate.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Where there are any.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    given: Vec<Certificate>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn new(roots: RootCertStore, given: Vec<Certificate>) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let authorities = match roots.is_empty() {
            true => None,
            false => Some(
                WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
                    .build()
                    .map_err(|error| Error::General(error.to_string()))?,
            ),
        };
        Ok(Self { authorities, given, algorithms })
    }

    /// Of a certificate that was given there is nothing to prove but that it is used where and when it
    /// is meant to be.
    fn verify_itself(
        certificate: &Certificate,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let der = CertificateDer::from(certificate.der());
        verify_server_name(&ParsedCertificate::try_from(&der)?, name)?;
        let (from, until) = (unix(certificate.not_before()), unix(certificate.not_after()));
        if now < from {
            let fault = CertificateError::NotValidYetContext { time: now, not_before: from };
            return Err(fault.into());
        }
        if now > until {
            return Err(CertificateError::ExpiredContext { time: now, not_after: until }.into());
        }
        Ok(ServerCertVerified::assertion())
    }
}

/// No certificate that is read has a date before 1970.
fn unix(time: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let given = self.given.iter().find(|given| given.der() == end_entity.as_ref());
        match (given, &self.authorities) {
            (Some(certificate), _) => Self::verify_itself(certificate, name, now),
            (None, Some(authorities)) => {
                authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now)
            }
            (None, None) => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
