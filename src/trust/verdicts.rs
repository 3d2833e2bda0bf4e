//! Verdicts that hold for a while: a client that is known costs a look-up instead of a verification.
//!
//! A verdict is kept under the header value, byte for byte, and holds for one generation of the bundle: it
//! never outlives a change of the bundle, and two spellings of one chain are two entries. A digest would be
//! a shorter key, and take longer to make than the rest of the look-up.
//!
//! Acceptances and refusals have room of their own: strangers, who can make any number of headers, push out
//! each other and no client. What is kept is finished text, and what is counted are its bytes.

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use quick_cache::{Weighter, unsync::Cache};

use super::{
    known_client::KnownClient,
    path_error::PathError,
    store::LoadedBundle,
    told::{ALLOCATION, Told},
};

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

/// What was decided of late. There is one lock for all threads: a look-up holds it for about a microsecond.
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
