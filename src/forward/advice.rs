//! What to do about a TLS handshake with the gateway that failed.

use std::borrow::Cow;

use rustls::{AlertDescription, CertificateError, pki_types::ServerName};

use super::client::Presented;

/// The next step, given as whom the function came.
pub(super) fn advice(fault: &rustls::Error, presented: Presented) -> Cow<'static, str> {
    match fault {
        rustls::Error::InvalidCertificate(error) => gateways_certificate(error),
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)
            if presented == Presented::Nothing =>
        {
            "does the gateway want other algorithms than those of TLS 1.2 and 1.3?".into()
        }
        // Up to TLS 1.2 also for a certificate that is missing (RFC 5246 section 7.4.6).
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)
            if presented == Presented::Certificate =>
        {
            "is the certificate in GATEWAY_IDENTITY_SECRET in the gateway's trust store, or does the gateway want \
             other algorithms than those of TLS 1.2 and 1.3?"
                .into()
        }
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => NO_IDENTITY.into(),
        fault if refuses_our_certificate(fault) => match presented {
            Presented::Certificate => {
                "is the certificate in GATEWAY_IDENTITY_SECRET in the gateway's trust store?".into()
            }
            Presented::NothingThoughAsked => NO_IDENTITY.into(),
            Presented::Nothing => {
                "does the gateway want a client certificate (GATEWAY_IDENTITY_SECRET)?".into()
            }
        },
        _ => "does the gateway speak TLS 1.2 or 1.3 there?".into(),
    }
}

const NO_IDENTITY: &str = "the gateway asks for a client certificate; set GATEWAY_IDENTITY_SECRET";

fn gateways_certificate(error: &CertificateError) -> Cow<'static, str> {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, UnknownIssuer,
    };
    match error {
        UnknownIssuer | BadSignature => {
            "is the gateway's certificate, or the CA that signed it, in GATEWAY_CA_SECRET, and within its dates?".into()
        }
        NotValidForNameContext { expected, presented } if presented.is_empty() => format!(
            "the gateway's certificate has no subject alternative name, and a common name alone does not count; a \
             subject alternative name with {} is needed",
            general_name(expected)
        )
        .into(),
        NotValidForName | NotValidForNameContext { .. } => {
            "GATEWAY_URL has to name a host that the gateway's certificate is for".into()
        }
        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
            "the gateway needs a certificate that is valid now".into()
        }
        // Most often a self-signed one with CA:TRUE.
        _ => "the gateway needs a certificate that is for servers and no CA's, or GATEWAY_CA_SECRET has to hold this very one".into(),
    }
}

/// As openssl's `subjectAltName` has it.
fn general_name(name: &ServerName<'_>) -> String {
    let kind = if matches!(name, ServerName::IpAddress(_)) { "IP" } else { "DNS" };
    format!("{kind}:{}", name.to_str())
}

/// Whether an alert of the gateway says that it does not take our certificate, or wants one.
pub(super) fn refuses_our_certificate(fault: &rustls::Error) -> bool {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
        CertificateUnknown, UnknownCA, UnsupportedCertificate,
    };
    matches!(
        fault,
        rustls::Error::AlertReceived(
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | UnknownCA
                | UnsupportedCertificate
        )
    )
}
