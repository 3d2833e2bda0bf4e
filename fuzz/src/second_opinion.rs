//! `rustls-webpki` on the same chain.

use std::{iter, time::SystemTime};

use alb_mtls_adapter::certificate::PresentedChain;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use x509_parser::{certificate::X509Certificate, prelude::FromDer, x509::X509Version};

use crate::{pki, signing};

/// Whether `rustls-webpki` accepts the chain for client authentication, with these anchors.
///
/// # Errors
///
/// Why it does not.
pub fn of(chain: &PresentedChain, anchors: &[Vec<u8>]) -> Result<(), Error> {
    let anchors: Vec<_> = anchors.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let anchors = anchors.iter().map(anchor_from_trusted_cert).collect::<Result<Vec<_>, _>>()?;
    let others: Vec<_> =
        chain.others.iter().map(|other| CertificateDer::from(other.der())).collect();
    let leaf = CertificateDer::from(chain.leaf.der());
    let since = pki::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time of ours");
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &anchors,
            &others,
            UnixTime::since_unix_epoch(since),
            KeyUsage::client_auth(),
            None,
            None,
        )
        .map(|_| ())
}

/// Whether `rustls-webpki` gave up on a chain with strangers in it before it had tried every path.
pub fn gave_up(error: &Error) -> bool {
    matches!(
        error,
        Error::MaximumSignatureChecksExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumNameConstraintComparisonsExceeded
    )
}

/// Whether `rustls-webpki` refuses what RFC 5280 allows, and the chain has what it refuses.
pub fn is_stricter(error: &Error, chain: &PresentedChain) -> bool {
    let any = |has: fn(&X509Certificate<'_>) -> bool| {
        iter::once(&chain.leaf).chain(&chain.others).any(|certificate| {
            X509Certificate::from_der(certificate.der()).is_ok_and(|(_, read)| has(&read))
        })
    };
    match error {
        // It reads version 3 only.
        Error::UnsupportedCertVersion => any(|read| read.version() != X509Version::V3),
        // It looks for clientAuth itself, and does not know anyExtendedKeyUsage.
        Error::RequiredEkuNotFoundContext(_) => any(allows_any_usage),
        // It judges no policies, and takes none as critical.
        Error::UnsupportedCriticalExtension => any(has_critical_extension),
        // It compares names by their bytes.
        Error::UnknownIssuer => any_issuer_is_spelled_otherwise(chain),
        // It refuses every constraint on names of people, and every name that is none of a host.
        Error::NameConstraintViolation
        | Error::MalformedNameConstraint
        | Error::MalformedDnsIdentifier => any(constrains_names),
        other => gave_up(other),
    }
}

/// Whether the name of some issuer is nobody's in these very bytes.
fn any_issuer_is_spelled_otherwise(chain: &PresentedChain) -> bool {
    let ders = iter::once(&chain.leaf).chain(&chain.others).map(|certificate| certificate.der());
    let read: Vec<_> = ders
        .chain([signing::ROOT.as_slice()])
        .filter_map(|der| X509Certificate::from_der(der).ok())
        .map(|(_, certificate)| certificate)
        .collect();
    read.iter().any(|certificate| {
        let issuer = certificate.issuer().as_raw();
        read.iter().all(|other| other.subject().as_raw() != issuer)
    })
}

fn allows_any_usage(certificate: &X509Certificate<'_>) -> bool {
    certificate.extended_key_usage().is_ok_and(|usage| usage.is_some_and(|usage| usage.value.any))
}

fn has_critical_extension(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| extension.critical)
}

fn constrains_names(certificate: &X509Certificate<'_>) -> bool {
    certificate.name_constraints().is_ok_and(|constraints| constraints.is_some())
}
