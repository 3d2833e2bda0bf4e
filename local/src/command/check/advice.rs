//! What to do about a refusal, for whoever runs the function or issues its clients' certificates.

use alb_mtls_adapter::{
    admission::AdmissionError,
    certificate::{CertificateError, PresentedChain, identity::Identity},
    trust::{
        AuthenticationError, Denial, Hint, Member, PathError, PinnedIssuer, bundle::TrustBundle,
        revocation::Doubt,
    },
};

/// The next step; none where the refusal is not about a certificate.
pub(super) fn advice(
    reason: &AdmissionError,
    chain: Option<&PresentedChain>,
    bundle: &TrustBundle,
) -> Option<String> {
    use AdmissionError::Unauthenticated;
    use AuthenticationError::Path;
    match (reason, chain) {
        (
            Unauthenticated(Path(PathError::Untrusted { of_no_use, pinned: None, .. })),
            Some(chain),
        ) if of_no_use.is_empty() => Some(missing_issuer(chain, bundle)),
        _ => fixed(reason).map(str::to_owned),
    }
}

/// Nobody has the name of the issuer at the top of the chain: who has to send it, or put it where.
fn missing_issuer(chain: &PresentedChain, bundle: &TrustBundle) -> String {
    let top = bundle.top_of(chain);
    let Identity { subject, issuer, .. } = Identity::of(top);
    if subject == issuer {
        return format!(
            "put {issuer} into the trust bundle as an anchor, if the clients of this CA are to be trusted"
        );
    }
    let issued = match top == &chain.leaf {
        true => "the client's certificate".to_owned(),
        false => subject,
    };
    let locations = match top.issuer_locations().first() {
        Some(url) => format!("; {issued} names a place where it is, which is not fetched: {url}"),
        None => String::new(),
    };
    format!(
        "have the client send the certificate of {issuer}, which issued {issued}, or put it into the trust \
         bundle: under \"intermediates\", or as an anchor if it is to be trusted by itself{locations}"
    )
}

fn fixed(reason: &AdmissionError) -> Option<&'static str> {
    let AdmissionError::Unauthenticated(error) = reason else {
        return Some(
            "have the client present a certificate, or let clients without one pass with \
             CLIENT_CERT_MODE=optional",
        );
    };
    match error {
        AuthenticationError::Certificate(unreadable) => Some(certificate(&unreadable.error)),
        AuthenticationError::Path(error) => Some(path(error)),
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
        PathError::Untrusted { pinned: Some(PinnedIssuer { why: None, .. }), .. } => {
            "put that certificate under \"anchors\", if its clients are to be trusted by it alone, or under \
             \"intermediates\", if an anchor is above it"
        }
        PathError::Untrusted { pinned: Some(_), .. } => {
            "have that CA's certificate issued anew with CA:TRUE and keyCertSign, and put it into the trust bundle"
        }
        PathError::Untrusted { .. } => {
            "have the client send the intermediates above its certificate, or put the authority of that \
             name into the trust bundle"
        }
        PathError::Signature { .. } => {
            "the issuer's certificate may be an older or newer one of the same name: put the one that \
             signed into the trust bundle or the client's chain, or have the certificate signed anew, with \
             SHA-256 or better"
        }
        PathError::Algorithm { algorithm, .. } if algorithm.starts_with("RSASSA-PSS") => {
            "have it signed with a salt as long as the digest, and one digest for all: openssl takes -sigopt \
             rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
        }
        PathError::Algorithm { .. } => {
            "have that certificate issued anew, with SHA-256 or better; one that was issued to a client and \
             cannot be had anew can be pinned"
        }
        PathError::IssuerKey { .. } => {
            "have that CA use a new key, and the certificates below it issued anew: RSA from 2048 bits, P-256, \
             P-384, P-521 or Ed25519"
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
            "put the issuer's list into the trust bundle, have it fetched, or demand less with REVOCATION"
        }
        PathError::Undetermined { doubt: Doubt::NotCovered(_), .. } => {
            "put CRLs of the issuer into the trust bundle that answer for this certificate: complete ones, of \
             its distribution point, kind and every reason"
        }
        PathError::Undetermined { doubt: Doubt::NoOrder, .. } => {
            "take the older of the two out of the trust bundle"
        }
        PathError::Undetermined { doubt: Doubt::Useless(_), .. } => {
            "have the CA make a CRL without that, and put it into the trust bundle"
        }
        PathError::Undetermined { .. } => {
            "put the issuer's newest list into the trust bundle, or have it fetched, and put the certificate of \
             whoever signed it into the bundle"
        }
        PathError::Denied(Denial::Denied(_)) => {
            "take the client out of \"deny\", if it should pass"
        }
        PathError::Denied(Denial::NotAllowed) => "add the client to \"allow\", if it should pass",
        PathError::Rule { .. } => {
            "have that certificate issued anew, within what its issuers allow; the section says how"
        }
        PathError::Clock => "set the clock, or give a time with --at",
        PathError::Hinted { hint, .. } => hinted(hint),
    }
}

fn hinted(hint: &Hint) -> &'static str {
    match hint {
        Hint::Order { .. } => {
            "turn the chain around: the client's own certificate first, then its issuer, the root last or not \
             at all"
        }
        Hint::Renewed { .. } => {
            "put the new certificate under \"pinned\" beside the one that is there, and take that one out when \
             the client no longer uses it"
        }
        Hint::SelfSigned => {
            "pin it, in PEM text or under \"pinned\", or have it issued by a CA of the bundle"
        }
        Hint::NewKey { .. } => {
            "have the certificate below it issued anew, by the CA's new certificate"
        }
    }
}
