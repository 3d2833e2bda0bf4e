//! The trust bundle as it stands in Secrets Manager.
//!
//! `aws_secretsmanager_caching` was read and not taken: it serves stale values without bound, has no
//! single flight, needs DescribeSecret as well, and would have the PEM parsed again each time.

use std::time::SystemTime;

use super::bundle::{BundleError, TrustBundle};
use crate::{
    secrets::{
        Source,
        store::{Clock, Loaded, SecretStore, SecretsManager},
    },
    settings::Settings,
};

/// Holds the last good bundle, or the wish for one.
pub type TrustStore = SecretStore<TrustBundle>;

/// A bundle, and what it was read from.
pub type LoadedBundle = Loaded<TrustBundle>;

impl TrustStore {
    /// Makes a store and fetches its bundle. A failure is logged; the store then tries again when
    /// it is asked.
    pub async fn open(manager: SecretsManager, settings: &Settings, clock: Clock) -> Self {
        let secrets = settings.trust_bundle_secrets.clone();
        Self::filled("trust bundle", secrets, read, manager, settings, clock).await
    }
}

/// A bundle by which nobody could pass replaces none.
fn read(sources: &[Source], now: SystemTime) -> Result<TrustBundle, BundleError> {
    let bundle = TrustBundle::read(sources, now)?;
    if !bundle.is_usable() {
        let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
        let warnings = bundle.warnings().to_vec();
        return Err(BundleError::Empty { sources: names.join(", "), warnings });
    }
    for warning in bundle.warnings() {
        tracing::warn!(%warning, "an entry of the trust bundle stays out");
    }
    for warning in bundle.rule_warnings() {
        tracing::warn!(%warning, "a rule of the trust bundle is in doubt");
    }
    let (anchors, pinned) = (bundle.anchors().count(), bundle.pinned());
    tracing::info!(anchors, pinned, lists = bundle.lists().count(), "trust bundle read");
    Ok(bundle)
}
