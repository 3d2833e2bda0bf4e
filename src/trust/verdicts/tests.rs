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
    assert!(!holds(60, SystemTime::from(NOW) - Duration::from_secs(1)), "the clock was set back");
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
        assert!(bytes < kept.refused.weight(), "{length}, {told}: there is more than is counted");
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
