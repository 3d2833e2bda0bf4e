//! What to do about a refusal, for whoever runs the function or issues its clients' certificates.

use alb_mtls_adapter::{
    certificate::CertificateError,
    rejection::Rejection,
    trust::{Denial, Member, PathError, revocation::Doubt},
};

/// The next step; none where the refusal is not about a certificate.
pub(super) fn advice(rejection: &Rejection) -> Option<&'static str> {
    match rejection {
        Rejection::Missing { .. } => Some(
            "have the client present a certificate, or let clients without one pass with \
             CLIENT_CERT_MODE=optional",
        ),
        Rejection::Certificate { error, .. } => Some(certificate(error)),
        Rejection::Path(error) => Some(path(error)),
        _ => None,
    }
}

fn certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::HeaderTooLong { .. }
        | CertificateError::TooMany
        | CertificateError::TooLarge { .. } => {
            "have the client send its own certificate and the intermediates that lead to an anchor, and \
             nothing else"
        }
        CertificateError::Repeated { .. } => {
            "switch multi-value headers on, and see who else writes this header"
        }
        CertificateError::Percent(_) => {
            "hand in the header's value exactly as the load balancer wrote it, without quotes around it"
        }
        CertificateError::Pem(_) | CertificateError::Label { .. } | CertificateError::None => {
            "hand in certificates alone, each from its BEGIN line to its END line, the client's first"
        }
        CertificateError::Malformed { .. } => {
            "have the certificate issued anew; openssl x509 -noout -text shows what others read in it"
        }
    }
}

fn path(error: &PathError) -> &'static str {
    match error {
        PathError::Untrusted { .. } => {
            "have the client send the intermediates above its certificate, or put the authority of that \
             name into the trust bundle"
        }
        PathError::Signature { .. } => {
            "the issuer's certificate may be an older or newer one of the same name: put the one that \
             signed into the trust bundle or the client's chain, or have the certificate signed anew, with \
             SHA-256 or better"
        }
        PathError::TooManyPaths => "have the client send only the intermediates that it needs",
        PathError::KeyType { .. } => {
            "have a certificate issued for a new key: RSA from 2048 bits, P-256, P-384, P-521 or Ed25519"
        }
        PathError::IsCa => {
            "have a certificate issued to the client itself; one that is self-signed has to be in the trust \
             bundle in PEM text, or under \"pinned\""
        }
        PathError::Expired { member: Member::Leaf } => "renew the client's certificate",
        PathError::Expired { .. } => {
            "renew it, and replace it where it is: the trust bundle or the chain"
        }
        PathError::NotYetValid { .. } => {
            "wait until it is valid; if it should be, look at the clock of whoever issued it"
        }
        PathError::ExtendedKeyUsage { member: Member::Leaf } => {
            "have a certificate issued with clientAuth; if the client can get none but a server's, pin this one \
             in a document: \"pinned\": [{\"certificate\": \"-----BEGIN …\", \"accept_server_certificate\": true}]"
        }
        PathError::KeyUsage { .. } | PathError::ExtendedKeyUsage { .. } => {
            "have the certificate issued anew with that usage, or without the extension"
        }
        PathError::Revoked { .. } => {
            "have a new certificate issued; if this one was released, put the issuer's newest list into the \
             trust bundle"
        }
        PathError::Undetermined { doubt: Doubt::NoList(_), .. } => {
            "put the issuer's list into the trust bundle, or demand less with REVOCATION"
        }
        PathError::Undetermined { .. } => {
            "put the issuer's newest list into the trust bundle, and the certificate of whoever signed it"
        }
        PathError::Denied(Denial::Denied(_)) => {
            "take the client out of \"deny\", if it should pass"
        }
        PathError::Denied(Denial::NotAllowed) => "add the client to \"allow\", if it should pass",
        PathError::Rule { .. } => {
            "have that certificate issued anew, within what its issuers allow; the section says how"
        }
        PathError::Clock => "set the clock, or give a time with --at",
    }
}
