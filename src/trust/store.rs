//! The trust bundle as it stands in Secrets Manager.
//!
//! `aws_secretsmanager_caching` was read and not taken: it serves stale values without bound, has no
//! single flight, needs DescribeSecret as well, and would have the PEM parsed again each time.

use std::{sync::Arc, time::SystemTime};

use super::{
    bundle::{BundleError, RuleWarning, TrustBundle},
    crls::{CrlSet, Shelf},
};
use crate::secrets::{
    Freshness, Source,
    store::{Clock, Loaded, SecretStore, SecretsManager},
};

/// Holds the last good bundle, with the CRLs out of a bucket where there is one, or the wish for one.
pub type TrustStore = SecretStore<TrustBundle, Option<Shelf>>;

/// A bundle, and what it was read from.
pub type LoadedBundle = Loaded<TrustBundle>;

impl TrustStore {
    /// Makes a store and fetches its bundle. A failure is logged; the store then tries again when
    /// it is asked.
    pub async fn open(
        manager: SecretsManager,
        secrets: Vec<String>,
        crls: Option<Shelf>,
        freshness: Freshness,
        clock: Clock,
    ) -> Self {
        Self::filled("trust bundle", secrets, crls, read, manager, freshness, clock).await
    }
}

/// A bundle by which nobody could pass replaces none.
fn read(
    sources: &[Source],
    crls: &Option<Arc<CrlSet>>,
    now: SystemTime,
) -> Result<TrustBundle, BundleError> {
    let bundle = TrustBundle::read_with(sources, crls.as_deref(), now)?;
    if !bundle.is_usable() {
        let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
        let warnings = bundle.warnings().to_vec();
        return Err(BundleError::Empty { sources: names.join(", "), warnings });
    }
    for warning in bundle.warnings() {
        tracing::warn!(%warning, "an entry of the trust bundle stays out");
    }
    report_rules(bundle.rule_warnings());
    let (anchors, pinned) = (bundle.anchors().count(), bundle.pinned());
    tracing::info!(anchors, pinned, lists = bundle.lists().count(), "trust bundle read");
    Ok(bundle)
}

/// The first of the rules in doubt: there may be as many as revoked certificates.
fn report_rules(warnings: &[RuleWarning]) {
    const SHOWN: usize = 20;
    for warning in warnings.iter().take(SHOWN) {
        tracing::warn!(%warning, "a rule of the trust bundle is in doubt");
    }
    if let Some(more) = warnings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        tracing::warn!(
            more,
            "more rules of the trust bundle are in doubt; alb-mtls bundle shows them"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use serde_json::json;
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged when a bundle with one denial is loaded.
    fn logged(serial: &str) -> String {
        let valid = Validity::around(NOW, Duration::days(30));
        let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), valid).unwrap();
        let document =
            json!({"anchors": root.pem(), "deny": [{"issuer": "CN=Root", "serial": serial}]});
        let source = Source { name: "clients".to_owned(), content: document.to_string().into() };
        let log = Log::default();
        let writer = log.clone();
        let subscriber = lambda_runtime::tracing::subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            read(&[source], &None, SystemTime::from(NOW)).unwrap();
        });
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn rule_that_may_match_nobody_is_logged_once_when_its_bundle_is_loaded() {
        let log = logged("4660");
        assert_eq!(log.matches("a rule of the trust bundle is in doubt").count(), 1, "{log}");
        assert!(log.contains("entry 1 of \"deny\" in clients"), "{log}");
        assert!(log.contains("0x1234"), "{log}");
        assert!(!logged("0x1234").contains("in doubt"));
    }
}
