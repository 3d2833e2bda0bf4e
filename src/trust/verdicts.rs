//! Verdicts that hold for a while: a client that is known costs a look-up instead of a verification.
//!
//! A verdict is kept under the header value, byte for byte, and holds for one generation of the bundle: it
//! never outlives a change of the bundle, and two spellings of one chain are two entries. A digest would be
//! a shorter key, and take longer to make than the rest of the look-up.
//!
//! Acceptances and refusals have room of their own: strangers, who can make any number of headers, push out
//! each other and no client. What is kept is finished text, and what is counted are its bytes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use quick_cache::{Weighter, unsync::Cache};

use super::{KnownClient, PathError, Told, store::LoadedBundle, told::ALLOCATION};

/// The most bytes that acceptances may take: some 4,000 usual ones. The oldest and rarest go first.
const MOST_ACCEPTED: u64 = 16 * 1024 * 1024;
/// The same for refusals: some 1,000 usual ones, or 60 of the longest.
const MOST_REFUSED: u64 = 4 * 1024 * 1024;
/// What a usual verdict takes, header included.
const USUAL: u64 = 4 * 1024;
/// How long an acceptance holds at most; less where a certificate of its path ends before.
const ACCEPTED: Duration = Duration::from_secs(300);
/// How long a refusal holds: an authority may be added any time. What no longer holds is looked for as often.
const REFUSED: Duration = Duration::from_secs(10);

/// A client that is verified, or why its certificate is not.
pub(crate) type Verdict = Result<Arc<KnownClient>, Refused>;

/// A readable certificate that did not pass.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) reason: PathError,
    pub(crate) told: Arc<Told>,
}

/// What was decided of late. Events are handled by one thread, so one lock is enough.
pub(crate) struct Verdicts(Mutex<Kept>);

struct Kept {
    accepted: Room<Arc<KnownClient>>,
    refused: Room<Arc<Refused>>,
    swept: SystemTime,
}

/// A bounded cache of what was decided one way.
type Room<T> = Cache<Box<[u8]>, Entry<T>, Bytes>;

#[derive(Clone)]
struct Entry<T> {
    verdict: T,
    /// What the verdict takes on the heap.
    heap: usize,
    generation: u64,
    from: SystemTime,
    until: SystemTime,
}

impl<T> Entry<T> {
    fn holds(&self, generation: u64, now: SystemTime) -> bool {
        self.generation == generation && self.from <= now && now < self.until
    }
}

/// How many bytes an entry takes.
#[derive(Clone)]
struct Bytes;

impl<T> Weighter<Box<[u8]>, Entry<T>> for Bytes {
    fn weight(&self, header: &Box<[u8]>, entry: &Entry<T>) -> u64 {
        // The cache's own: links and a hash, and as much again for those that it remembers to have had.
        const LINKS: usize = 64;
        let table = 2 * (size_of::<(Box<[u8]>, Entry<T>)>() + LINKS);
        let bytes = header.len() + ALLOCATION + entry.heap + table;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl Refused {
    fn heap(&self) -> usize {
        // Of a reason only texts are kept, and its words have them all.
        let reason = self.reason.to_string().len() + ALLOCATION;
        let boxed = size_of::<PathError>() + ALLOCATION;
        size_of::<Self>()
            + ALLOCATION
            + reason
            + boxed
            + size_of::<Told>()
            + ALLOCATION
            + self.told.heap()
    }
}

impl Verdicts {
    pub(crate) fn new() -> Self {
        let room = |most: u64| (usize::try_from(most / USUAL).unwrap_or_default(), most);
        let (clients, most_accepted) = room(MOST_ACCEPTED);
        let (strangers, most_refused) = room(MOST_REFUSED);
        Self(Mutex::new(Kept {
            accepted: Cache::with_weighter(clients, most_accepted, Bytes),
            refused: Cache::with_weighter(strangers, most_refused, Bytes),
            swept: SystemTime::UNIX_EPOCH,
        }))
    }

    /// The verdict on a header by a bundle, if it still holds; one from a time that has not come yet does
    /// not. What does not hold is dropped.
    pub(crate) fn get(
        &self,
        header: &[u8],
        bundle: &LoadedBundle,
        now: SystemTime,
    ) -> Option<Verdict> {
        let mut kept = self.kept();
        if let Some(client) = held(&mut kept.accepted, header, bundle.generation, now) {
            return Some(Ok(client));
        }
        let refused = held(&mut kept.refused, header, bundle.generation, now)?;
        Some(Err(Refused::clone(&refused)))
    }

    pub(crate) fn keep(
        &self,
        header: &[u8],
        bundle: &LoadedBundle,
        verdict: &Verdict,
        now: SystemTime,
    ) {
        let generation = bundle.generation;
        let mut kept = self.kept();
        kept.sweep(generation, now);
        match verdict {
            Ok(client) => {
                let (verdict, heap) = (Arc::clone(client), client.heap());
                let until = client.valid_until().min(now + ACCEPTED);
                let entry = Entry { verdict, heap, generation, from: now, until };
                kept.accepted.insert(header.into(), entry);
            }
            Err(refused) => {
                let (verdict, heap) = (Arc::new(refused.clone()), refused.heap());
                let entry = Entry { verdict, heap, generation, from: now, until: now + REFUSED };
                kept.refused.insert(header.into(), entry);
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Drops what no longer holds: all that is there is looked at, and that not for each request.
    fn sweep(&mut self, generation: u64, now: SystemTime) {
        if now.duration_since(self.swept).is_ok_and(|since| since < REFUSED) {
            return;
        }
        self.swept = now;
        self.accepted.retain(|_, entry| entry.holds(generation, now));
        self.refused.retain(|_, entry| entry.holds(generation, now));
    }
}

fn held<T: Clone>(
    room: &mut Room<T>,
    header: &[u8],
    generation: u64,
    now: SystemTime,
) -> Option<T> {
    let entry = room.get(header)?;
    if entry.holds(generation, now) {
        return Some(entry.verdict.clone());
    }
    room.remove(header);
    None
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use time::{OffsetDateTime, macros::datetime};

    use super::*;
    use crate::{
        certificate::{PresentedChain, identity::Identity},
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
        let client = KnownClient::new(&client, Box::default());
        (LoadedBundle { value, versions: Vec::new(), generation: 1 }, Ok(Arc::new(client)))
    }

    /// A refusal that is told in about so many bytes.
    fn refused(bytes: usize) -> Verdict {
        let identity = Identity {
            sha256: String::new(),
            subject: "a".repeat(bytes),
            issuer: String::new(),
            serial: String::new(),
            not_before: String::new(),
            not_after: String::new(),
            san: Vec::new(),
        };
        let told = Arc::new(Told::new(&identity, Box::default()));
        Err(Refused { reason: PathError::TooManyPaths, told })
    }

    fn header(number: u64, length: usize) -> Vec<u8> {
        let mut header = number.to_be_bytes().to_vec();
        header.resize(length, 0);
        header
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
        let (loaded, _) = judged(60);
        let verdicts = Verdicts::new();
        verdicts.keep(b"header", &loaded, &refused(100), after(0));
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
    fn room_for_verdicts_is_bounded_by_what_they_are() {
        let (loaded, accepted) = judged(60);
        for (length, told) in [(100, 0), (2_000, 500), (2_000, 60_000), (64 * 1024, 60_000)] {
            let verdicts = Verdicts::new();
            let most = 2 * MOST_ACCEPTED / u64::try_from(length + told).unwrap();
            for number in 0..most {
                verdicts.keep(&header(number, length), &loaded, &accepted, after(0));
                verdicts.keep(&header(number, length + 1), &loaded, &refused(told), after(0));
            }
            let kept = verdicts.kept();
            assert!(kept.accepted.weight() <= MOST_ACCEPTED, "{length}");
            assert!(kept.refused.weight() <= MOST_REFUSED, "{length}, {told}");
            assert!(kept.refused.weight() > MOST_REFUSED / 2, "{length}, {told}");
            let bytes = u64::try_from(kept.refused.len() * (length + told)).unwrap();
            assert!(
                bytes < kept.refused.weight(),
                "{length}, {told}: there is more than is counted"
            );
            assert!(kept.refused.get(&*header(most - 1, length + 1)).is_some(), "the newest");
        }
    }

    #[test]
    fn strangers_push_out_no_client() {
        const CLIENTS: u64 = 1_000;
        const STRANGERS: u64 = 10;
        let (loaded, accepted) = judged(60);
        let verdicts = Verdicts::new();
        let mut strangers = CLIENTS..;
        // They were here before, and come all the time.
        for number in 0..CLIENTS {
            for stranger in strangers.by_ref().take(usize::try_from(STRANGERS).unwrap()) {
                verdicts.keep(&header(stranger, 2_000), &loaded, &refused(500), after(0));
            }
            verdicts.keep(&header(number, 2_000), &loaded, &accepted, after(0));
        }
        for number in 0..CLIENTS {
            let client = verdicts.get(&header(number, 2_000), &loaded, after(1));
            assert!(client.is_some(), "{number}");
        }
    }

    #[test]
    fn verdict_that_no_longer_holds_goes() {
        let (loaded, accepted) = judged(60);
        let verdicts = Verdicts::new();
        let lengths = || {
            let kept = verdicts.kept();
            (kept.accepted.len(), kept.refused.len())
        };
        for (number, verdict) in (0..).zip([&accepted, &accepted, &refused(0), &refused(0)]) {
            verdicts.keep(&header(number, 100), &loaded, verdict, after(0));
        }
        assert_eq!(lengths(), (2, 2));
        assert!(verdicts.get(&header(2, 100), &loaded, after(10)).is_none());
        assert_eq!(lengths(), (2, 1), "it was met");
        verdicts.keep(&header(4, 100), &loaded, &refused(0), after(10));
        assert_eq!(lengths(), (2, 1), "others are swept when there is a new one");
        assert!(verdicts.get(&header(0, 100), &loaded, after(60)).is_none());
        assert_eq!(lengths(), (1, 1));
        let newer = LoadedBundle { generation: 2, ..loaded };
        verdicts.keep(&header(5, 100), &newer, &accepted, after(59));
        assert_eq!(lengths(), (1, 0), "another bundle ends all");
    }

    #[test]
    fn ordinary_client_takes_little() {
        let (_, verdict) = judged(60);
        let heap = verdict.unwrap().heap();
        assert!(heap < 1_000, "{heap} bytes beside what the gateway is told");
    }
}
