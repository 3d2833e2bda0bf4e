//! Verdicts that hold for a while: a client that is known costs a look-up instead of a verification.
//!
//! A verdict is kept under the header value, byte for byte, and holds for one generation of the bundle: it
//! never outlives a change of the bundle, and two spellings of one chain are two entries. A digest would be
//! a shorter key, and take longer to make than the rest of the look-up.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use quick_cache::{Weighter, unsync::Cache};

use super::{PathError, VerifiedClient, store::LoadedBundle};
use crate::certificate::Certificate;

/// The most bytes that verdicts may take, about: 1,600 usual ones. Strangers can add to them, and the oldest
/// and rarest go first.
const MOST: u64 = 16 * 1024 * 1024;
/// What one takes beside the header that it is kept under: certificates as they were read, most of all.
const BESIDE: u64 = 8 * 1024;
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

/// A bounded cache of verdicts. Events are handled by one thread, so one lock is enough.
pub(crate) struct Verdicts(Mutex<Kept>);

type Kept = Cache<Box<[u8]>, Entry, Room>;

#[derive(Clone)]
struct Entry {
    verdict: Verdict,
    generation: u64,
    from: SystemTime,
    until: SystemTime,
}

/// How much room an entry takes, about.
#[derive(Clone)]
struct Room;

impl Weighter<Box<[u8]>, Entry> for Room {
    fn weight(&self, header: &Box<[u8]>, _: &Entry) -> u64 {
        u64::try_from(header.len()).unwrap_or(MOST).saturating_add(BESIDE)
    }
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        let about = usize::try_from(MOST / BESIDE).unwrap_or_default();
        Self(Mutex::new(Cache::with_weighter(about, MOST, Room)))
    }

    /// The verdict on a header by a bundle, if it still holds; one from a time that has not come yet does
    /// not.
    pub(crate) fn get(
        &self,
        header: &[u8],
        bundle: &LoadedBundle,
        now: SystemTime,
    ) -> Option<Verdict> {
        let kept = self.kept();
        let entry = kept.get(header)?;
        let holds = entry.generation == bundle.generation && entry.from <= now && now < entry.until;
        holds.then(|| entry.verdict.clone())
    }

    pub(crate) fn keep(
        &self,
        header: &[u8],
        bundle: &LoadedBundle,
        verdict: &Verdict,
        now: SystemTime,
    ) {
        let until = match verdict {
            Ok(client) => client.valid_until().min(now + ACCEPTED),
            Err(_) => now + REFUSED,
        };
        let (generation, verdict) = (bundle.generation, verdict.clone());
        self.kept().insert(header.into(), Entry { verdict, generation, from: now, until });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        verdicts.keep(b"header", &loaded, &verdict, after(0));
        verdicts.get(b"header", &loaded, at).is_some()
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
        verdicts.keep(b"header", &loaded, &refused, after(0));
        assert!(verdicts.get(b"header", &loaded, after(9)).unwrap().is_err());
        assert!(verdicts.get(b"header", &loaded, after(10)).is_none());
    }

    #[test]
    fn another_header_and_another_generation_are_other_verdicts() {
        let (loaded, verdict) = judged(60);
        let verdicts = Verdicts::new();
        verdicts.keep(b"header", &loaded, &verdict, after(0));
        assert!(verdicts.get(b"header", &loaded, after(0)).is_some());
        assert!(verdicts.get(b"Header", &loaded, after(0)).is_none());
        assert!(verdicts.get(b"heade", &loaded, after(0)).is_none());
        let newer = LoadedBundle { generation: 2, ..loaded };
        assert!(verdicts.get(b"header", &newer, after(0)).is_none());
        verdicts.keep(b"header", &newer, &verdict, after(0));
        assert!(verdicts.get(b"header", &newer, after(0)).is_some());
    }

    #[test]
    fn room_for_verdicts_is_bounded() {
        let (loaded, verdict) = judged(60);
        for length in [100, 2_000, 64 * 1024] {
            let verdicts = Verdicts::new();
            let header = |number: u64| {
                let mut header = number.to_be_bytes().to_vec();
                header.resize(length, 0);
                header
            };
            let fitting = MOST / (u64::try_from(length).unwrap() + BESIDE);
            for number in 0..2 * fitting {
                verdicts.keep(&header(number), &loaded, &verdict, after(0));
            }
            let kept = verdicts.kept();
            assert!(kept.weight() <= MOST, "{length}");
            assert!(kept.weight() > MOST / 2, "{length}");
            assert!(kept.get(&*header(2 * fitting - 1)).is_some(), "{length}: the newest is there");
        }
    }
}
