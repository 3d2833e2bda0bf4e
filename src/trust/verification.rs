//! The only way to a [`VerifiedClient`].

use std::time::SystemTime;

use super::{
    bundle::TrustBundle, lists::Revocation, path_error::PathError, search,
    verified_client::VerifiedClient,
};
use crate::certificate::PresentedChain;

/// Verifies the presented leaf for client authentication at the time `now`.
///
/// A leaf that is itself in the bundle is accepted as itself, with no path; its dates, key, usages and
/// revocation are checked all the same. For any other, intermediates come from the header, in any order,
/// and from the bundle. Who has passed all that still has to be one whom the bundle lets pass.
///
/// # Errors
///
/// [`PathError`]: the reason of the path that came furthest.
pub fn verify(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Result<VerifiedClient, PathError> {
    let proof = search::find(chain, bundle, revocation, now)?;
    bundle.access().check(&chain.leaf)?;
    Ok(VerifiedClient::new(chain.leaf.clone(), &proof))
}
