//! The bundle over time: fetched, refreshed, replaced, kept, and given up.

use alb_mtls::{
    alb::Answer,
    pki::{Authority, Leaf, Validity},
    secrets::SecretValue,
};
use http::StatusCode;

use crate::support::{self, Journey, Pki, Standing, client_of, code, get, key, lists::List, valid};

/// A function whose clock stands until it is moved.
struct Aging {
    journey: Journey,
    clock: Standing,
}

impl Aging {
    async fn new(bundle: &str) -> Self {
        let clock = Standing::at(support::NOW);
        let journey = Journey::with_clock(bundle, &[], clock.clock()).await;
        Self { journey, clock }
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
    }

    fn put(&self, bundle: &str) {
        self.journey.secrets.put("bundle", SecretValue::Text(bundle.to_owned())).unwrap();
    }

    async fn send(&self, leaf: &Leaf) -> Answer {
        self.journey.send(&get(vec![leaf.der().to_vec()])).await
    }

    /// How often Secrets Manager was asked so far.
    fn requests(&self) -> usize {
        self.journey.secrets.requests()
    }

    fn version(&self) -> String {
        self.journey.last_line()["bundle_versions"][0].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn missing_bundle_is_asked_for_again_once_a_second_has_passed() {
    let pki = Pki::new();
    let aging = Aging::new("").await;
    let client = client_of(&pki.root);
    aging.put(&pki.root.pem());
    assert_eq!(aging.send(&client).await.status, 503);
    assert_eq!(aging.requests(), 1);
    aging.pass(1);
    assert_eq!(aging.send(&client).await.status, 200);
    assert_eq!(aging.requests(), 2);
}

#[tokio::test]
async fn bundle_that_is_due_is_fetched_before_the_verdict() {
    let (old, new) = (Pki::new(), Pki::new());
    let aging = Aging::new(&old.root.pem()).await;
    let client = client_of(&old.root);
    assert_eq!(aging.send(&client).await.status, 200);
    let first = aging.version();
    aging.put(&new.root.pem());
    aging.pass(300);
    // A CA that was removed is no longer trusted, and the new one is.
    assert_eq!(aging.send(&client).await.status, 403);
    assert_ne!(aging.version(), first);
    assert_eq!(aging.send(&client_of(&new.root)).await.status, 200);
    assert_eq!(aging.requests(), 2);
}

#[tokio::test]
async fn bundle_that_is_soon_due_is_fetched_beside_the_gateway_and_is_there_with_the_answer() {
    let (old, new) = (Pki::new(), Pki::new());
    let aging = Aging::new(&old.root.pem()).await;
    let client = client_of(&old.root);
    aging.put(&new.root.pem());
    aging.pass(224);
    assert_eq!(aging.send(&client).await.status, 200);
    assert_eq!(aging.requests(), 1);
    aging.pass(1);
    let first = aging.version();
    // The verdict is not delayed, and what the old one says holds.
    assert_eq!(aging.send(&client).await.status, 200);
    assert_eq!(aging.version(), first);
    assert_eq!((aging.requests(), aging.journey.secrets.unanswered()), (2, 0));
    assert_eq!(aging.send(&client).await.status, 403);
    assert_eq!(aging.requests(), 2);
}

#[tokio::test]
async fn unchanged_bundle_is_confirmed_and_not_asked_for_again_before_its_time() {
    let pki = Pki::new();
    let aging = Aging::new(&pki.root.pem()).await;
    let client = client_of(&pki.root);
    aging.pass(300);
    aging.send(&client).await;
    assert_eq!(aging.requests(), 2);
    let version = aging.version();
    aging.pass(224);
    assert_eq!(aging.send(&client).await.status, 200);
    assert_eq!(aging.version(), version);
    assert_eq!(aging.requests(), 2);
}

#[tokio::test]
async fn new_authority_works_on_its_first_request_and_strangers_drive_no_calls() {
    let (old, new, stranger) = (Pki::new(), Pki::new(), Pki::new());
    let aging = Aging::new(&old.root.pem()).await;
    aging.put(&format!("{}{}", old.root.pem(), new.root.pem()));
    // Too young to ask for.
    assert_eq!(aging.send(&client_of(&new.root)).await.status, 403);
    assert_eq!(aging.requests(), 1);
    aging.pass(10);
    assert_eq!(aging.send(&client_of(&new.root)).await.status, 200);
    assert_eq!(aging.requests(), 2);
    for _ in 0..20 {
        assert_eq!(aging.send(&client_of(&stranger.root)).await.status, 403);
    }
    assert_eq!(aging.requests(), 2);
    assert_eq!(aging.send(&client_of(&old.root)).await.status, 200);
}

#[tokio::test]
async fn broken_or_missing_bundle_never_replaces_a_good_one() {
    let pki = Pki::new();
    let aging = Aging::new(&pki.root.pem()).await;
    let client = client_of(&pki.root);
    let refused = async |aging: &Aging| {
        let before = aging.requests();
        aging.pass(300);
        assert_eq!(aging.send(&client).await.status, 200);
        assert_eq!(aging.requests(), before + 1);
        // A good client pays for a failure once in ten seconds.
        for (seconds, requests) in [(0, 1), (9, 1), (1, 2)] {
            aging.pass(seconds);
            assert_eq!(aging.send(&client).await.status, 200);
            assert_eq!(aging.requests(), before + requests);
        }
    };
    aging.put("no certificate");
    refused(&aging).await;
    aging.put("");
    refused(&aging).await;
    aging.put(&pki.leaf.key().pem());
    refused(&aging).await;
    aging.put(&Authority::root("Old", key(), support::expired()).unwrap().pem());
    refused(&aging).await;
    aging.journey.secrets.remove("bundle");
    refused(&aging).await;
    aging.journey.secrets.fail_with(StatusCode::BAD_REQUEST, "AccessDeniedException");
    refused(&aging).await;
}

#[tokio::test]
async fn bundle_that_is_too_old_is_not_used_and_the_next_one_is() {
    let pki = Pki::new();
    let aging = Aging::new(&pki.root.pem()).await;
    let client = client_of(&pki.root);
    aging.journey.secrets.fail_with(StatusCode::BAD_REQUEST, "AccessDeniedException");
    aging.pass(86_399);
    assert_eq!(aging.send(&client).await.status, 200);
    assert_eq!(aging.requests(), 2);
    aging.pass(1);
    let answer = aging.send(&client).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (503, "TrustBundleUnavailable".to_owned()));
    aging.journey.secrets.recover();
    aging.pass(1);
    assert_eq!(aging.send(&client).await.status, 200);
}

#[tokio::test]
async fn authority_of_the_same_name_with_a_new_key_works_on_its_first_request() {
    let old = Authority::root("Renewed", key(), valid()).unwrap();
    let new = Authority::root("Renewed", key(), valid()).unwrap();
    let aging = Aging::new(&old.pem()).await;
    aging.put(&format!("{}{}", old.pem(), new.pem()));
    aging.pass(10);
    assert_eq!(aging.send(&client_of(&new)).await.status, 200);
    assert_eq!(aging.send(&client_of(&old)).await.status, 200);
}

#[tokio::test]
async fn known_client_is_refused_once_its_certificate_has_ended() {
    let pki = Pki::new();
    let aging = Aging::new(&pki.root.pem()).await;
    let minute = Validity::starting(support::NOW, time::Duration::MINUTE);
    let client = pki.root.leaf("client", minute).issue().unwrap();
    for (seconds, status) in [(0, 200), (59, 200), (1, 200), (1, 403)] {
        aging.pass(seconds);
        assert_eq!(aging.send(&client).await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn client_that_was_refused_gets_in_once_its_certificate_has_begun() {
    let pki = Pki::new();
    let aging = Aging::new(&pki.root.pem()).await;
    let soon = Validity::starting(support::NOW + time::Duration::seconds(5), time::Duration::DAY);
    let client = pki.root.leaf("client", soon).issue().unwrap();
    assert_eq!(aging.send(&client).await.status, 403);
    assert_eq!(aging.send(&client).await.status, 403);
    aging.pass(10);
    assert_eq!(aging.send(&client).await.status, 200);
}

#[tokio::test]
async fn list_that_is_added_takes_back_a_verdict_that_was_remembered() {
    let pki = Pki::new();
    let client = client_of(&pki.root);
    let aging = Aging::new(&pki.root.pem()).await;
    assert_eq!(aging.send(&client).await.status, 200);
    aging.put(&(pki.root.pem() + &List::of(&pki.root).revoking(client.der()).pem()));
    aging.pass(300);
    let answer = aging.send(&client).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (403, "ClientCertCrlHit".to_owned()));
}

#[tokio::test]
async fn verdict_is_remembered_no_longer_than_its_list_is_of_date_and_a_new_one_heals_at_once() {
    let pki = Pki::new();
    let client = client_of(&pki.root);
    let with = |list: List| pki.root.pem() + &list.pem();
    let aging = Aging::new(&with(List::of(&pki.root).days(-1, 0))).await;
    assert_eq!(aging.send(&client).await.status, 200);
    aging.pass(1);
    let answer = aging.send(&client).await;
    assert_eq!(code(&answer), "ClientCertCrlProcessingError");
    aging.put(&with(List::of(&pki.root).number(2)));
    aging.pass(10);
    assert_eq!(aging.send(&client).await.status, 200);
}

#[tokio::test]
async fn setting_demands_lists_of_the_whole_function() {
    let pki = Pki::new();
    let client = client_of(&pki.root);
    let demanding = [("REVOCATION", "require-leaf")];
    for (bundle, status) in
        [(pki.root.pem(), 403), (pki.root.pem() + &List::of(&pki.root).pem(), 200)]
    {
        let journey = Journey::trusting(&bundle, &demanding).await;
        let answer = journey.send(&get(vec![client.der().to_vec()])).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn clock_that_was_ahead_keeps_no_old_bundle() {
    let (old, new) = (Pki::new(), Pki::new());
    let aging = Aging::new(&old.root.pem()).await;
    let client = client_of(&old.root);
    aging.pass(3_600);
    assert_eq!(aging.send(&client).await.status, 200);
    aging.put(&new.root.pem());
    aging.clock.put_back();
    assert_eq!(aging.send(&client).await.status, 403);
    assert_eq!(aging.requests(), 3);
    assert_eq!(aging.send(&client_of(&new.root)).await.status, 200);
    assert_eq!(aging.requests(), 3);
}
