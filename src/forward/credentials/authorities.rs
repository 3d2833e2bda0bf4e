//! Whom the function takes for the gateway: `GATEWAY_CA_SECRET`.

use std::{sync::Arc, time::SystemTime};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{
        WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime},
    server::ParsedCertificate,
};
use webpki::anchor_from_trusted_cert;

use super::{
    block::{Block, blocks, certificate, mistaken},
    error::CredentialsError,
};
use crate::{certificate::Certificate, secrets::Source};

const SETTING: &str = "GATEWAY_CA_SECRET";

/// Reads certificates. Those of CAs are authorities; and each stands for itself, whoever signed it:
/// gateways come with a self-signed certificate, which often says CA:TRUE, as no server's may.
///
/// One that has expired stays out.
pub(super) fn read(source: &Source, now: SystemTime) -> Result<Arc<Verifier>, CredentialsError> {
    let mut given = Vec::new();
    for block in blocks(SETTING, source) {
        let Block { place, label, der } = block?;
        if label != "CERTIFICATE" {
            let (setting, expected) = (SETTING, "a \"CERTIFICATE\"");
            return Err(CredentialsError::Label { setting, at: place, label, expected });
        }
        let certificate = certificate(SETTING, &place, &der)?;
        if certificate.not_after() < now {
            tracing::warn!("{SETTING}: {place} has expired, and stays out");
            continue;
        }
        let anchor = match certificate.may_issue() {
            true => Some(anchor(&der).map_err(|error| CredentialsError::Authority {
                at: place,
                reason: error.to_string(),
            })?),
            false => None,
        };
        given.push(Given { certificate, anchor });
    }
    if given.is_empty() {
        let none = CredentialsError::NoAuthority { secret: source.name.clone() };
        return Err(mistaken(SETTING, source).unwrap_or(none));
    }
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    Ok(Arc::new(Verifier { given, algorithms }))
}

fn anchor(der: &[u8]) -> Result<TrustAnchor<'static>, webpki::Error> {
    Ok(anchor_from_trusted_cert(&CertificateDer::from(der))?.to_owned())
}

/// Verifies the gateway's certificate.
#[derive(Debug)]
pub(super) struct Verifier {
    given: Vec<Given>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// A certificate of the secret.
#[derive(Debug)]
struct Given {
    certificate: Certificate,
    /// What an authority is to the validator, which knows no dates of it.
    anchor: Option<TrustAnchor<'static>>,
}

impl Verifier {
    /// When the first of the certificates ends.
    pub(super) fn until(&self) -> Option<SystemTime> {
        self.given.iter().map(|given| given.certificate.not_after()).min()
    }
}

impl Given {
    fn check_dates(&self, now: UnixTime) -> Result<(), Error> {
        let from = unix(self.certificate.not_before());
        let until = unix(self.certificate.not_after());
        if now < from {
            let fault = CertificateError::NotValidYetContext { time: now, not_before: from };
            return Err(fault.into());
        }
        if now > until {
            return Err(CertificateError::ExpiredContext { time: now, not_after: until }.into());
        }
        Ok(())
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
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let is_it = |given: &&Given| given.certificate.der() == end_entity.as_ref();
        match self.given.iter().find(is_it) {
            // There is nothing to prove but that it is used where and when it is meant to be.
            Some(given) => given.check_dates(now)?,
            None => {
                let current = self.given.iter().filter(|given| given.check_dates(now).is_ok());
                let authorities = current.filter_map(|given| given.anchor.clone()).collect();
                let algorithms = self.algorithms.all;
                verify_server_cert_signed_by_trust_anchor(
                    &certificate,
                    &authorities,
                    intermediates,
                    now,
                    algorithms,
                )?;
            }
        }
        verify_server_name(&certificate, name)?;
        Ok(ServerCertVerified::assertion())
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
