//! Certificates that were read before, found by their bytes: to read one again costs half of what its signature does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use quick_cache::{Weighter, unsync::Cache};

use super::Certificate;

/// The most bytes that they may take together, once they are read.
const MOST: u64 = 8 * 1024 * 1024;
/// How many times its own bytes a certificate may take when it is read, all that goes with it included. An ordinary one
/// takes ten times as many.
const READ: usize = 72;
/// How many of them are usual.
const USUAL: usize = 64;

/// Readings of certificates, each with what is known of its signature. The rarest and oldest go first.
///
/// Whoever keeps one vouches for it: strangers, who can make any number of them, must not push out others.
pub(crate) struct Readings(Mutex<Cache<Certificate, Certificate, Read>>);

impl Default for Readings {
    fn default() -> Self {
        Self(Mutex::new(Cache::with_weighter(USUAL, MOST, Read)))
    }
}

impl Readings {
    /// The reading of a certificate with these bytes, if there is one.
    pub(crate) fn get(&self, der: &[u8]) -> Option<Certificate> {
        self.kept().get(der).cloned()
    }

    /// Keeps a reading, unless there is one of the same bytes.
    pub(crate) fn keep(&self, certificate: &Certificate) {
        let mut kept = self.kept();
        if kept.get(certificate.der()).is_none() {
            kept.insert(certificate.clone(), certificate.clone());
        }
    }

    fn kept(&self) -> MutexGuard<'_, Cache<Certificate, Certificate, Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a reading takes.
#[derive(Clone)]
struct Read;

impl Weighter<Certificate, Certificate> for Read {
    fn weight(&self, certificate: &Certificate, _: &Certificate) -> u64 {
        u64::try_from(certificate.der().len().saturating_mul(READ)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use time::{Duration, macros::datetime};

    use super::*;

    fn certificate(name: &str) -> Certificate {
        let valid = Validity::around(datetime!(2026-06-01 12:00 UTC), Duration::days(30));
        let root = Authority::root(name, KeyKind::Ed25519.generate().unwrap(), valid).unwrap();
        Certificate::from_der(root.der()).unwrap()
    }

    #[test]
    fn reading_is_found_by_the_very_bytes_and_by_no_others() {
        let (readings, kept) = (Readings::default(), certificate("Root"));
        readings.keep(&kept);
        assert_eq!(readings.get(kept.der()).unwrap().reading(), kept.reading());
        let mut other = kept.der().to_vec();
        *other.last_mut().unwrap() ^= 1;
        assert!(readings.get(&other).is_none());
        assert!(readings.get(certificate("Root").der()).is_none());
    }

    #[test]
    fn reading_that_is_kept_twice_is_the_first() {
        let (readings, kept) = (Readings::default(), certificate("Root"));
        readings.keep(&kept);
        let again = Certificate::from_der(kept.der()).unwrap();
        readings.keep(&again);
        assert_eq!(readings.get(kept.der()).unwrap().reading(), kept.reading());
    }

    #[test]
    fn readings_are_bounded_by_what_they_take_and_the_newest_is_there() {
        let readings = Readings::default();
        let one = certificate("0").der().len() * READ;
        let many = usize::try_from(MOST).unwrap() / one + 100;
        let all: Vec<_> = (0..many).map(|number| certificate(&number.to_string())).collect();
        all.iter().for_each(|certificate| readings.keep(certificate));
        let kept = readings.kept().weight();
        assert!(kept <= MOST && kept > MOST / 2, "{kept}");
        assert!(readings.get(all.last().unwrap().der()).is_some());
    }
}
