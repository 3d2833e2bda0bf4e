//! Verdicts that hold for a while: a client that is known costs a digest instead of a verification.
//!
//! A verdict is kept under the SHA-256 of the raw header value and the generation of the bundle, so it
//! never outlives a change of the bundle, and two spellings of one chain are two entries.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use quick_cache::sync::Cache;

use super::{PathError, VerifiedClient, store::LoadedBundle};
use crate::certificate::Certificate;

/// The most verdicts that are kept; strangers can add to them, and the oldest and rarest go first.
const MOST: usize = 1024;
/// How long an acceptance holds at most; less where a certificate of its path ends before.
const ACCEPTED: Duration = Duration::from_secs(300);
/// How long a refusal holds: an authority may be added any time.
const REFUSED: Duration = Duration::from_secs(10);

/// A client that is verified, or why its certificate is not.
pub(crate) type Verdict = Result<Arc<VerifiedClient>, Refused>;

/// A readable certificate that did not pass.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) reason: PathError,
    pub(crate) leaf: Certificate,
}

/// A bounded cache of verdicts.
pub(crate) struct Verdicts(Cache<Key, Entry>);

/// What a verdict depends on, time aside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    header: [u8; digest::SHA256_OUTPUT_LEN],
    generation: u64,
}

#[derive(Clone)]
struct Entry {
    verdict: Verdict,
    from: SystemTime,
    until: SystemTime,
}

impl Key {
    pub(crate) fn new(header: &[u8], loaded: &LoadedBundle) -> Self {
        let digest = digest::digest(&digest::SHA256, header);
        let mut header = [0; digest::SHA256_OUTPUT_LEN];
        header.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Self { header, generation: loaded.generation }
    }
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// The verdict, if it still holds; one from a time that has not come yet does not.
    pub(crate) fn get(&self, key: &Key, now: SystemTime) -> Option<Verdict> {
        let entry = self.0.get(key)?;
        (entry.from <= now && now < entry.until).then_some(entry.verdict)
    }

    pub(crate) fn keep(&self, key: Key, verdict: &Verdict, now: SystemTime) {
        let until = match verdict {
            Ok(client) => client.valid_until().min(now + ACCEPTED),
            Err(_) => now + REFUSED,
        };
        self.0.insert(key, Entry { verdict: verdict.clone(), from: now, until });
    }
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use time::{OffsetDateTime, macros::datetime};

    use super::*;
    use crate::{
        certificate::PresentedChain,
        trust::{
            self, Revocation,
            bundle::{Source, TrustBundle},
        },
    };

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    fn after(seconds: u64) -> SystemTime {
        SystemTime::from(NOW) + Duration::from_secs(seconds)
    }

    /// A bundle of some generation, and the verdict on a client of its that is valid for so long.
    fn judged(valid: u64) -> (LoadedBundle, Verdict) {
        let validity = Validity { not_before: NOW, not_after: after(valid).into() };
        let key = || KeyKind::P256.generate().unwrap();
        let root = Authority::root("Root", key(), validity).unwrap();
        let leaf = root.leaf("client", validity).issue().unwrap();
        let source = Source { name: "root".to_owned(), content: root.pem().into_bytes() };
        let value = TrustBundle::read(&[source], after(0)).unwrap();
        let chain = PresentedChain::from_pem(leaf.pem().as_bytes()).unwrap();
        let client = trust::verify(&chain, &value, Revocation::default(), after(0)).unwrap();
        (LoadedBundle { value, versions: Vec::new(), generation: 1 }, Ok(Arc::new(client)))
    }

    fn holds(valid: u64, at: SystemTime) -> bool {
        let (loaded, verdict) = judged(valid);
        let verdicts = Verdicts::new();
        let key = Key::new(b"header", &loaded);
        verdicts.keep(key.clone(), &verdict, after(0));
        verdicts.get(&key, at).is_some()
    }

    #[test]
    fn acceptance_holds_five_minutes_or_as_long_as_its_certificates() {
        assert!(holds(10_000, after(299)));
        assert!(!holds(10_000, after(300)));
        assert!(holds(60, after(59)));
        assert!(!holds(60, after(60)));
        assert!(
            !holds(60, SystemTime::from(NOW) - Duration::from_secs(1)),
            "the clock was set back"
        );
    }

    #[test]
    fn refusal_holds_ten_seconds() {
        let (loaded, accepted) = judged(60);
        let reason = PathError::TooManyPaths;
        let refused = Err(Refused { reason, leaf: accepted.unwrap().leaf().clone() });
        let verdicts = Verdicts::new();
        let key = Key::new(b"header", &loaded);
        verdicts.keep(key.clone(), &refused, after(0));
        assert!(verdicts.get(&key, after(9)).unwrap().is_err());
        assert!(verdicts.get(&key, after(10)).is_none());
    }

    #[test]
    fn another_header_and_another_generation_are_other_verdicts() {
        let (loaded, verdict) = judged(60);
        let verdicts = Verdicts::new();
        verdicts.keep(Key::new(b"header", &loaded), &verdict, after(0));
        let newer = LoadedBundle { generation: 2, ..loaded };
        assert!(verdicts.get(&Key::new(b"header", &newer), after(0)).is_none());
        assert!(verdicts.get(&Key::new(b"Header", &newer), after(0)).is_none());
    }

    #[test]
    fn number_of_verdicts_is_bounded() {
        let (loaded, verdict) = judged(60);
        let verdicts = Verdicts::new();
        for number in 0..4 * MOST {
            verdicts.keep(Key::new(&number.to_be_bytes(), &loaded), &verdict, after(0));
        }
        assert!(verdicts.0.len() <= MOST);
    }
}
