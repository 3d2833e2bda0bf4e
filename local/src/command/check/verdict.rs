//! The verdict on what a client presents, from the functions that judge it in Lambda.

use std::time::SystemTime;

use alb_mtls_adapter::{
    admission::{Admission, AdmissionError},
    certificate::{
        Certificate, PresentedChain, UnreadableHeader, absence::Absence, identity::Identity,
    },
    rejection::PublicText,
    trust::{
        self, AuthenticationError, PathError, Revocation, Unverified, VerifiedClient,
        bundle::TrustBundle,
    },
};
use http::HeaderName;
use serde::Serialize;

use super::{
    advice::advice,
    rule::{self, Nearest, Rule},
};
use crate::command::{outcome::Outcome, policy::Policy};

/// Where the load balancer puts the chain; it is named where one is missing.
const HEADER: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert");

/// What `--format json` prints: these members, in one object. The rest is for people.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) verdict: Decision,
    /// The load balancer's word for what is wrong.
    pub(super) reason: Option<&'static str>,
    pub(super) detail: String,
    /// `None` where it could not be read.
    pub(super) leaf: Option<Identity>,
    /// What the gateway would be sent.
    pub(super) header: Option<String>,
    pub(super) anchor: Option<Anchor>,
    /// The rule of the trust bundle that let the client in or kept it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Rule>,
    /// The entry of `allow` that came nearest to a client whom none names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nearest: Option<Nearest>,
    /// From the leaf's issuer upwards.
    #[serde(skip)]
    pub(super) issuers: Vec<Identity>,
    /// What to do about it.
    #[serde(skip)]
    pub(super) advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    Accepted,
    Refused,
}

#[derive(Debug, Serialize)]
pub(super) struct Anchor {
    sha256: String,
    pub(super) subject: String,
}

impl Verdict {
    /// Judges the value of the header, or that there is none.
    pub(super) fn of(
        header: Option<&[u8]>,
        bundle: &TrustBundle,
        policy: &Policy,
        now: SystemTime,
    ) -> Self {
        let chain = header.map(read).transpose();
        let (chain, judged) = match chain {
            Ok(chain) => {
                let judged = judge(chain.as_ref(), bundle, policy.revocation, now);
                (chain, judged)
            }
            Err(unreadable) => (None, Err(AuthenticationError::from(unreadable).into())),
        };
        let ruling = ruled(&judged).and_then(|leaf| bundle.ruling(leaf));
        let leaf = match &judged {
            Ok(client) => client.as_ref().map(|client| Identity::clone(client.identity())),
            Err(unverified) => unverified.leaf.as_ref().map(Identity::of),
        };
        let missing = || AdmissionError::Missing { header: HEADER, absence: Absence::Nothing };
        let admitted = policy.client_cert_mode.admit(judged, missing);
        let advice = reason(&admitted).and_then(|reason| {
            let other = chain.as_ref().and_then(|it| misplaced(it, bundle, policy.revocation, now));
            other.or_else(|| advice(reason, chain.as_ref(), bundle))
        });
        let verdict = match admitted {
            Ok(admission) => {
                let header = told(&admission).map(|it| policy.gateway_cert_format.write(it.der()));
                Self { leaf, header, advice, ..Self::accepted(&admission) }
            }
            Err(reason) => Self { leaf, advice, ..Self::refused(&reason) },
        };
        let (rule, nearest) = rule::told(ruling);
        Self { rule, nearest, ..verdict }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.verdict {
            Decision::Accepted => Outcome::Yes,
            Decision::Refused => Outcome::No,
        }
    }

    fn accepted(admission: &Admitted) -> Self {
        match admission {
            Admission::Verified(client) => Self {
                anchor: Some(Anchor::of(&Identity::of(client.anchor()))),
                issuers: client.issuers().iter().map(Identity::of).collect(),
                ..Self::new(
                    Decision::Accepted,
                    format!(
                        "the client's certificate leads to the anchor {}",
                        Identity::of(client.anchor()).subject
                    ),
                )
            },
            Admission::Anonymous | Admission::Preflight => Self::new(
                Decision::Accepted,
                "no client certificate, and none is required".to_owned(),
            ),
            Admission::Reported(refusal) => {
                Self { verdict: Decision::Accepted, ..Self::refused(&refusal.reason) }
            }
        }
    }

    fn refused(reason: &AdmissionError) -> Self {
        Self {
            reason: Some(PublicText::from(reason).code),
            ..Self::new(Decision::Refused, reason.to_string())
        }
    }

    fn new(verdict: Decision, detail: String) -> Self {
        Self {
            verdict,
            reason: None,
            detail,
            leaf: None,
            header: None,
            anchor: None,
            rule: None,
            nearest: None,
            issuers: Vec::new(),
            advice: None,
        }
    }
}

impl Anchor {
    fn of(identity: &Identity) -> Self {
        Self { sha256: identity.sha256.clone(), subject: identity.subject.clone() }
    }
}

/// Who may go on.
type Admitted = Admission<VerifiedClient, Certificate>;

/// The certificate that the gateway is told of.
fn told(admission: &Admitted) -> Option<&Certificate> {
    match admission {
        Admission::Verified(client) => Some(client.leaf()),
        Admission::Anonymous | Admission::Preflight => None,
        Admission::Reported(refusal) => refusal.leaf.as_ref(),
    }
}

/// Why a client is refused, or would be.
fn reason(admitted: &Result<Admitted, AdmissionError>) -> Option<&AdmissionError> {
    match admitted {
        Ok(Admission::Reported(refusal)) => Some(&refusal.reason),
        Ok(Admission::Verified(_) | Admission::Anonymous | Admission::Preflight) => None,
        Err(reason) => Some(reason),
    }
}

/// The next step where another certificate of the chain would be accepted in the first place. Not a CA's,
/// though a self-signed one in PEM text is a client's too: a root is sent along for other reasons.
fn misplaced(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Option<String> {
    let clients = (2..).zip(&chain.others).filter(|(_, other)| !other.is_ca());
    let mut accepted = clients.filter(|(_, client)| {
        let rest = chain.others.iter().filter(|other| other != client).chain([&chain.leaf]);
        let turned =
            PresentedChain { leaf: Certificate::clone(client), others: rest.cloned().collect() };
        trust::verify(&turned, bundle, revocation, now).is_ok()
    });
    accepted.next().map(|(position, client)| {
        let subject = Identity::of(client).subject;
        format!(
            "put the client's own certificate first, then its issuer, the root last or not at all: certificate \
             {position}, {subject}, would be accepted there"
        )
    })
}

fn read(header: &[u8]) -> Result<PresentedChain, UnreadableHeader> {
    PresentedChain::from_header(header).map_err(|error| UnreadableHeader::new(error, header))
}

/// The certificate that came as far as to the rules.
fn ruled(judged: &Judged) -> Option<&Certificate> {
    match judged {
        Ok(client) => client.as_ref().map(VerifiedClient::leaf),
        Err(unverified) => match &unverified.reason {
            AuthenticationError::Path(PathError::Denied(_)) => unverified.leaf.as_ref(),
            _ => None,
        },
    }
}

/// The client, verified, or why it is not; `None` where it presents nothing.
type Judged = Result<Option<VerifiedClient>, Unverified<Certificate>>;

fn judge(
    chain: Option<&PresentedChain>,
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Judged {
    let Some(chain) = chain else { return Ok(None) };
    match trust::verify(chain, bundle, revocation, now) {
        Ok(client) => Ok(Some(client)),
        Err(error) => Err(Unverified { reason: error.into(), leaf: Some(chain.leaf.clone()) }),
    }
}
