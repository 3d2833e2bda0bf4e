//! Every way to say no, and the one place where a no becomes an answer.
//!
//! The client gets a status, a word and a fixed text, in the shape that WSO2's clients parse already.
//! The reason in full is for the log: [`Rejection`]'s `Display`.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    admission::AdmissionError,
    certificate::CertificateError,
    event::{EventError, HeaderMaps, ListenerError},
    forward::{ForwardError, gateway::GatewayError},
    response::{AlbResponse, ResponseError},
    secrets::store::StoreError,
    trust::{AuthenticationError, Member, PathError},
};

/// Why a request is not forwarded, or its answer not passed on.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The delivery is no HTTP request.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It came from where it should not.
    #[error(transparent)]
    Listener(#[from] ListenerError),
    /// Its client may not go on.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    /// There is no trust bundle.
    #[error(transparent)]
    Trust(#[from] Arc<StoreError>),
    /// The request cannot be forwarded unchanged.
    #[error(transparent)]
    Forward(#[from] ForwardError),
    /// The gateway did not answer.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The gateway's answer cannot be passed on.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// A fault of this function's own.
    #[error("the function panicked; please report it with the log lines before this one")]
    Panic,
}

/// What a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicText {
    /// The status.
    pub status: StatusCode,
    /// One word: the load balancer's own, where it has one for the case.
    pub code: &'static str,
    /// What happened, in a few words.
    pub message: &'static str,
    /// What the client can do about it.
    pub description: &'static str,
}

impl Rejection {
    /// What the client is told; never more than this.
    pub fn public(&self) -> PublicText {
        match self {
            Self::Event(_) | Self::Forward(ForwardError::Connect) => BAD_REQUEST,
            Self::Listener(
                ListenerError::NotHttps { .. } | ListenerError::Unsaid | ListenerError::SaidTwice,
            ) => HTTPS_REQUIRED,
            Self::Listener(ListenerError::TargetGroup { .. }) => UNEXPECTED_TARGET_GROUP,
            Self::Admission(error) => error.into(),
            Self::Trust(_) => NO_BUNDLE,
            Self::Forward(ForwardError::AmbiguousTarget { .. }) => AMBIGUOUS_TARGET,
            Self::Gateway(error) => gateway(error),
            Self::Response(_) => TOO_LARGE,
            Self::Panic => INTERNAL,
        }
    }

    /// The answer for the client.
    pub fn answer(&self, maps: HeaderMaps, request_id: &str) -> AlbResponse {
        let PublicText { status, code, message, description } = self.public();
        let body = Body { code, message, description, request_id };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 section 15.5.2 wants a challenge; no registered scheme means a TLS certificate.
            let challenge = HeaderValue::from_static("MutualTLS realm=\"client certificate\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        // Four strings always serialize; the status alone would say enough.
        let body = serde_json::to_vec(&body).map(Bytes::from).unwrap_or_default();
        AlbResponse::new(maps, status, headers, body)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    description: &'a str,
    request_id: &'a str,
}

impl From<&AdmissionError> for PublicText {
    fn from(error: &AdmissionError) -> Self {
        match error {
            AdmissionError::Missing { .. } => MISSING,
            AdmissionError::Unauthenticated(error) => match error {
                AuthenticationError::Certificate(unreadable) => (&unreadable.error).into(),
                AuthenticationError::Path(error) => error.into(),
                AuthenticationError::Bundle(_) => NO_BUNDLE,
                AuthenticationError::Crowded(_) => CROWDED,
                AuthenticationError::Unencodable(_) => INTERNAL,
            },
        }
    }
}

impl From<&CertificateError> for PublicText {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::HeaderTooLong { .. } | CertificateError::TooLarge { .. } => {
                PublicText {
                    code: "ClientCertMaxSizeExceeded",
                    message: "Client certificate too large",
                    description: "Present a smaller certificate, or fewer intermediates.",
                    ..UNREADABLE
                }
            }
            CertificateError::TooMany => PublicText {
                code: "ClientCertMaxChainDepthExceeded",
                message: "Client certificate chain too long",
                description: "Present the client certificate with the intermediates that it needs, and no more.",
                ..UNREADABLE
            },
            CertificateError::Repeated { .. }
            | CertificateError::Percent(_)
            | CertificateError::Pem(_)
            | CertificateError::Label { .. }
            | CertificateError::None
            | CertificateError::Malformed { .. } => UNREADABLE,
        }
    }
}

impl From<&PathError> for PublicText {
    fn from(error: &PathError) -> Self {
        match error.reason() {
            PathError::Expired { member: Member::Leaf } => PublicText {
                code: "ClientCertExpired",
                message: "Client certificate expired",
                description: "Renew the client certificate.",
                ..UNTRUSTED
            },
            PathError::NotYetValid { member: Member::Leaf } => PublicText {
                code: "ClientCertNotYetValid",
                message: "Client certificate not yet valid",
                description: "Present a client certificate whose validity has begun.",
                ..UNTRUSTED
            },
            PathError::KeyUsage { member: Member::Leaf, .. }
            | PathError::ExtendedKeyUsage { member: Member::Leaf }
            | PathError::IsCa => PublicText {
                code: "ClientCertPurposeInvalid",
                message: "Certificate not for client authentication",
                description: "Present a certificate that is issued for client authentication.",
                ..UNTRUSTED
            },
            PathError::KeyType { .. } => PublicText {
                code: "ClientCertTypeUnsupported",
                message: "Client certificate has a key that is not accepted",
                description: "Present a certificate with an RSA key of 2048 bits or more, or on a curve.",
                ..UNTRUSTED
            },
            PathError::Revoked { .. } => PublicText {
                code: "ClientCertCrlHit",
                message: "Client certificate revoked",
                description: "Present a client certificate that has not been revoked.",
                ..UNTRUSTED
            },
            PathError::Undetermined { .. } => PublicText {
                code: "ClientCertCrlProcessingError",
                message: "Revocation of the client certificate cannot be checked",
                description: "Ask the operator of this API; the log tells more under the request id.",
                ..UNTRUSTED
            },
            PathError::Denied(_) => PublicText {
                code: "ClientCertRejected",
                message: "Client certificate not permitted",
                description: "Present a client certificate that is permitted here.",
                ..UNTRUSTED
            },
            PathError::Clock => INTERNAL,
            PathError::Untrusted { .. }
            | PathError::TooManyPaths
            | PathError::Signature { .. }
            | PathError::Algorithm { .. }
            | PathError::IssuerKey { .. }
            | PathError::Expired { .. }
            | PathError::NotYetValid { .. }
            | PathError::KeyUsage { .. }
            | PathError::ExtendedKeyUsage { .. }
            | PathError::Rule { .. }
            | PathError::Hinted { .. } => UNTRUSTED,
        }
    }
}

/// The load balancer itself answers 504 where it cannot connect in time, and 502 where it is refused.
fn gateway(error: &GatewayError) -> PublicText {
    match error {
        GatewayError::Credentials(_) => PublicText {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "GatewayCredentialsUnavailable",
            message: "The API gateway cannot be reached safely now",
            description: "Try again later.",
        },
        GatewayError::Unreachable(_) | GatewayError::Handshake { .. } => PublicText {
            status: StatusCode::BAD_GATEWAY,
            code: "GatewayUnreachable",
            message: "The API gateway cannot be reached",
            description: "Try again later. The request was not sent.",
        },
        GatewayError::ConnectTooSlow { .. } => {
            PublicText { description: "Try again later. The request was not sent.", ..TOO_SLOW }
        }
        GatewayError::TooSlow { .. } => TOO_SLOW,
        GatewayError::NoAnswer(_) => PublicText {
            status: StatusCode::BAD_GATEWAY,
            code: "GatewayFault",
            message: "The API gateway gave no valid answer",
            description: "Try again later. The request may have been processed.",
        },
        GatewayError::TooLarge | GatewayError::TooManyHeaders => TOO_LARGE,
    }
}

const HTTPS_REQUIRED: PublicText = PublicText {
    status: StatusCode::FORBIDDEN,
    code: "HttpsRequired",
    message: "HTTPS required",
    description: "Send the request over HTTPS.",
};
const UNEXPECTED_TARGET_GROUP: PublicText = PublicText {
    status: StatusCode::FORBIDDEN,
    code: "UnexpectedTargetGroup",
    message: "Not served here",
    description: "Ask the operator of this API.",
};
const BAD_REQUEST: PublicText = PublicText {
    status: StatusCode::BAD_REQUEST,
    code: "BadRequest",
    message: "Bad request",
    description: "The request is not valid HTTP.",
};

const AMBIGUOUS_TARGET: PublicText = PublicText {
    status: StatusCode::BAD_REQUEST,
    code: "AmbiguousTarget",
    message: "Ambiguous request target",
    description: "Percent-encode the characters of the path and query that a URL does not allow.",
};

const MISSING: PublicText = PublicText {
    status: StatusCode::UNAUTHORIZED,
    code: "ClientCertMissing",
    message: "Client certificate required",
    description: "Present a client certificate in the TLS handshake.",
};

const UNREADABLE: PublicText = PublicText {
    status: StatusCode::BAD_REQUEST,
    code: "ClientCertInvalid",
    message: "Client certificate unreadable",
    description: "Present a valid X.509 certificate in the TLS handshake, and send no certificate header.",
};

const UNTRUSTED: PublicText = PublicText {
    status: StatusCode::FORBIDDEN,
    code: "ClientCertUntrusted",
    message: "Client certificate not trusted",
    description: "Present a certificate of an authority that this service trusts, with its intermediates.",
};

const NO_BUNDLE: PublicText = PublicText {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "TrustBundleUnavailable",
    message: "Client certificates cannot be verified now",
    description: "Try again later.",
};

const CROWDED: PublicText = PublicText {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "VerificationOverloaded",
    message: "Too many new client certificates at a time",
    description: "Try again later.",
};

const TOO_SLOW: PublicText = PublicText {
    status: StatusCode::GATEWAY_TIMEOUT,
    code: "GatewayTimeout",
    message: "The API gateway did not answer in time",
    description: "Try again later. The request may have been processed.",
};

const TOO_LARGE: PublicText = PublicText {
    status: StatusCode::BAD_GATEWAY,
    code: "GatewayResponseTooLarge",
    message: "The answer of the API gateway is too large",
    description: "Ask for less at a time: an answer may have about 1 MB, or 750 KB of binary data.",
};

const INTERNAL: PublicText = PublicText {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "InternalError",
    message: "Internal error",
    description: "Try again later.",
};
