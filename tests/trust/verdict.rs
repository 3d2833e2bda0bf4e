//! What becomes of a client before a trust bundle.

use std::time::SystemTime;

use alb_mtls_adapter::{
    certificate::PresentedChain,
    rejection::PublicText,
    trust::{self, PathError, Revocation, VerifiedClient, bundle::TrustBundle},
};

use crate::support::{NOW, header};

pub(crate) const OK: &str = "accepted";

/// The word for a client, or that it is accepted.
pub(crate) fn word(chain: &[&[u8]], bundle: &TrustBundle) -> &'static str {
    word_of(verify(chain, bundle))
}

pub(crate) fn verify(chain: &[&[u8]], bundle: &TrustBundle) -> Result<VerifiedClient, PathError> {
    judge(chain, bundle, Revocation::default())
}

pub(crate) fn judge(
    chain: &[&[u8]],
    bundle: &TrustBundle,
    revocation: Revocation,
) -> Result<VerifiedClient, PathError> {
    judge_at(chain, bundle, revocation, SystemTime::from(NOW))
}

pub(crate) fn judge_at(
    chain: &[&[u8]],
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Result<VerifiedClient, PathError> {
    let chain = PresentedChain::from_header(header(chain).as_bytes()).unwrap();
    trust::verify(&chain, bundle, revocation, now)
}

pub(crate) fn word_of(verdict: Result<VerifiedClient, PathError>) -> &'static str {
    match verdict {
        Ok(_) => OK,
        Err(reason) => PublicText::from(&reason).code,
    }
}
