//! CRLs in a bucket, over time.

use alb_mtls::{
    alb::Answer,
    pki::{Authority, Leaf},
    secrets::{SecretValue, Secrets},
};
use tokio::time::timeout;

use crate::support::{
    self, Journey, Standing,
    bucket::{self, Bucket, listed},
    client_of, code, get, key,
    lists::List,
    valid,
};

const ACCEPTED: &str = "200";
const REVOKED: &str = "403 ClientCertCrlHit";
const UNDETERMINED: &str = "403 ClientCertCrlProcessingError";
const UNAVAILABLE: &str = "503 TrustBundleUnavailable";

/// A function that trusts one authority, whose CRLs are in a bucket, under a clock that stands until it is moved.
struct Stage {
    journey: Journey,
    bucket: Bucket,
    clock: Standing,
    root: Authority,
    client: Leaf,
}

impl Stage {
    async fn opened(lists: impl Fn(&Authority, &Bucket)) -> Self {
        Self::with(&[], lists).await
    }

    async fn with(settings: &[(&str, &str)], lists: impl Fn(&Authority, &Bucket)) -> Self {
        let root = Authority::root("Root", key(), valid()).unwrap();
        let client = client_of(&root);
        let bucket = Bucket::start().await;
        lists(&root, &bucket);
        let clock = Standing::at(support::NOW);
        let journey = Self::function(&root, &bucket, &clock, settings).await;
        Self { journey, bucket, clock, root, client }
    }

    async fn function(
        root: &Authority,
        bucket: &Bucket,
        clock: &Standing,
        settings: &[(&str, &str)],
    ) -> Journey {
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        secrets.put("bundle", SecretValue::Text(root.pem())).unwrap();
        let config = bucket.beside(&alb_mtls::secrets::config(&secrets.url()));
        let settings = [&[("TRUST_CRLS", bucket::LOCATION)], settings].concat();
        Journey::before(secrets, &config, &settings, clock.clock()).await
    }

    /// Another environment of the same function.
    async fn start_anew(&mut self, settings: &[(&str, &str)]) {
        self.journey = Self::function(&self.root, &self.bucket, &self.clock, settings).await;
    }

    async fn send(&self) -> Answer {
        self.journey.send(&get(vec![self.client.der().to_vec()])).await
    }

    async fn verdict(&self) -> String {
        let answer = self.send().await;
        match answer.status.as_u16() {
            200 => ACCEPTED.to_owned(),
            status => format!("{status} {}", code(&answer)),
        }
    }

    fn line(&self, name: &str) -> String {
        self.journey.last_line()[name].as_str().unwrap().to_owned()
    }

    fn list(&self) -> List {
        List::of(&self.root)
    }
}

/// A list with nobody on it.
fn clear(root: &Authority, bucket: &Bucket) {
    bucket.publish(&[&List::of(root).der()]);
}

// --- what is in the bucket counts -----------------------------------------------------------------

#[tokio::test]
async fn client_on_a_list_of_the_bucket_is_refused_and_another_is_not() {
    let stage = Stage::opened(clear).await;
    assert_eq!(stage.verdict().await, ACCEPTED);
    let named = stage.list().number(2).revoking(stage.client.der()).der();
    stage.bucket.publish(&[&named]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, REVOKED);
    let other = client_of(&stage.root);
    let answer = stage.journey.send(&get(vec![other.der().to_vec()])).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn list_of_another_key_and_one_out_of_date_clear_nobody() {
    let stranger = Authority::root("Root", key(), valid()).unwrap();
    let stage = Stage::opened(|_, bucket| bucket.publish(&[&List::of(&stranger).der()])).await;
    assert_eq!(stage.verdict().await, UNDETERMINED);
    let stage =
        Stage::opened(|root, bucket| bucket.publish(&[&List::of(root).days(-7, -1).der()])).await;
    assert_eq!(stage.verdict().await, UNDETERMINED);
}

#[tokio::test]
async fn unchanged_manifest_is_one_small_question_and_keeps_every_verdict() {
    let stage = Stage::opened(clear).await;
    assert_eq!(stage.bucket.take_asked(), ["manifest", "crl"]);
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, ACCEPTED);
    assert_eq!(stage.bucket.take_asked(), ["manifest unchanged"]);
    stage.clock.pass(299);
    assert_eq!(stage.verdict().await, ACCEPTED);
    assert_eq!(stage.journey.last_line()["bundle_versions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn manifest_that_was_only_written_again_fetches_no_list_and_keeps_every_verdict() {
    let stage = Stage::opened(clear).await;
    stage.bucket.take_asked();
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage.bucket.publish_at("2026-06-01T13:00:00Z", &[&stage.bucket.crl()]);
    // Soon due, and within the time that a verdict is remembered for.
    stage.clock.pass(230);
    for _ in 0..3 {
        assert_eq!(stage.verdict().await, ACCEPTED);
        assert_eq!(stage.journey.last_line()["remembered"], true);
    }
    assert_eq!(stage.bucket.take_asked(), ["manifest", "manifest unchanged"]);
}

#[tokio::test]
async fn list_that_is_known_is_not_fetched_again_beside_a_new_one() {
    let other = Authority::root("Other", key(), valid()).unwrap();
    let stage = Stage::opened(clear).await;
    stage.bucket.take_asked();
    stage.bucket.publish(&[&List::of(&other).der(), &stage.bucket.crl()]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, ACCEPTED);
    assert_eq!(stage.bucket.take_asked(), ["manifest", "crl"]);
}

// --- what is missing, wrong, or taken away --------------------------------------------------------

#[tokio::test]
async fn function_without_its_lists_serves_nobody_until_they_are_there() {
    let stage = Stage::opened(|_, _| {}).await;
    assert_eq!(stage.verdict().await, UNAVAILABLE);
    let detail = stage.line("detail");
    assert!(detail.contains("s3://crls-of-ours/lists/manifest.json"), "{detail}");
    assert!(
        detail.contains("404 Not Found (NoSuchKey); has the fetcher of the CRLs run"),
        "{detail}"
    );
    clear(&stage.root, &stage.bucket);
    stage.clock.pass(1);
    assert_eq!(stage.verdict().await, ACCEPTED);
}

/// What becomes of a function that has its lists, when something happens to the bucket.
async fn after(happens: impl FnOnce(&Stage)) -> Stage {
    let stage = Stage::opened(clear).await;
    assert_eq!(stage.verdict().await, ACCEPTED);
    happens(&stage);
    stage.clock.pass(301);
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage
}

/// A manifest with a list that revokes the client, and what stands in the place of that list.
fn instead(stage: &Stage, content: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) {
    let der = stage.list().number(2).revoking(stage.client.der()).der();
    stage.bucket.publish(&[&der]);
    let file = listed(&der).file();
    match content(der) {
        Some(content) => stage.bucket.put(&file, &content),
        None => stage.bucket.remove(&file),
    }
}

#[tokio::test]
async fn last_good_lists_serve_where_the_bucket_fails_and_not_for_ever() {
    let everything_that_happens: [fn(&Stage); 9] = [
        |stage| stage.bucket.remove("manifest.json"),
        |stage| stage.bucket.put("manifest.json", b"<html>"),
        |stage| stage.bucket.put("manifest.json", br#"{"format":1,"written":"","crls":[]}"#),
        |stage| stage.bucket.deny(true),
        |stage| instead(stage, |_| None),
        |stage| instead(stage, |_| Some(b"<html>".to_vec())),
        |stage| instead(stage, |der| Some(der[..der.len() - 1].to_vec())),
        |stage| instead(stage, |der| Some([der, vec![0]].concat())),
        |stage| {
            instead(stage, |der| {
                // Signatures differ in length.
                let other = || stage.list().number(3).revoking(stage.client.der()).der();
                std::iter::repeat_with(other).find(|other| other.len() == der.len())
            });
        },
    ];
    for happens in everything_that_happens {
        let stage = after(happens).await;
        stage.clock.pass(86_400);
        assert_eq!(stage.verdict().await, UNAVAILABLE);
    }
}

#[tokio::test]
async fn list_that_was_mended_is_taken_in_the_end() {
    let stage = after(|stage| instead(stage, |_| None)).await;
    stage.bucket.publish(&[&stage.list().number(2).revoking(stage.client.der()).der()]);
    stage.clock.pass(10);
    assert_eq!(stage.verdict().await, REVOKED);
}

#[tokio::test]
async fn list_that_was_taken_away_stays_until_a_newer_one_of_its_kind_is_there() {
    let other = Authority::root("Other", key(), valid()).unwrap();
    let mut stage = Stage::opened(|_, _| {}).await;
    let revoking = stage.list().number(2).revoking(stage.client.der()).der();
    stage.bucket.publish(&[&revoking]);
    stage.clock.pass(1);
    assert_eq!(stage.verdict().await, REVOKED);
    stage.bucket.publish(&[&List::of(&other).der()]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, REVOKED);
    // It stays so, whatever else changes, and an older one changes nothing,
    stage.bucket.publish(&[&List::of(&other).number(2).der(), &stage.list().der()]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, REVOKED);
    // until there is a newer one,
    stage.bucket.publish(&[&stage.list().number(3).der()]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, ACCEPTED);
    // or the function starts anew, which knows nothing of it, unless it is told to ask for one.
    stage.bucket.publish(&[&List::of(&other).number(2).der()]);
    stage.start_anew(&[("REVOCATION", "require-leaf")]).await;
    assert_eq!(stage.verdict().await, UNDETERMINED);
    stage.start_anew(&[]).await;
    assert_eq!(stage.verdict().await, ACCEPTED);
}

#[tokio::test]
async fn list_that_was_taken_away_clears_nobody_once_it_is_over() {
    let other = Authority::root("Other", key(), valid()).unwrap();
    let stage = Stage::opened(clear).await;
    stage.bucket.publish(&[&List::of(&other).days(-1, 30).der()]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage.clock.pass(7 * 86_400);
    assert_eq!(stage.verdict().await, UNDETERMINED);
    assert!(stage.line("detail").contains("out of date"), "{}", stage.line("detail"));
}

#[tokio::test]
async fn newer_list_of_another_key_does_not_take_the_place_of_the_issuing_keys() {
    let stage = Stage::opened(|_, _| {}).await;
    let new = Authority::root("Root", key(), valid()).unwrap();
    let bundle = format!("{}{}", stage.root.pem(), new.pem());
    stage.journey.secrets.put("bundle", SecretValue::Text(bundle)).unwrap();
    let revoking = stage.list().number(2).key_identifier(&[1; 20]);
    let revoking = revoking.revoking(stage.client.der()).der();
    stage.bucket.publish(&[&revoking]);
    stage.clock.pass(1);
    assert_eq!(stage.verdict().await, REVOKED);
    let newer = List::of(&new).number(3).key_identifier(&[2; 20]).der();
    stage.bucket.publish(&[&newer]);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, REVOKED);
}

// --- long lists -----------------------------------------------------------------------------------

#[tokio::test]
async fn list_whose_connections_end_too_soon_is_fetched_piece_by_piece() {
    let stage = Stage::opened(|root, bucket| {
        bucket.cut_after(60);
        clear(root, bucket);
    })
    .await;
    assert_eq!(stage.verdict().await, ACCEPTED);
    let asked = stage.bucket.take_asked();
    assert_eq!(asked[..4], ["manifest", "crl", "crl from 60", "crl from 120"]);
}

#[tokio::test]
async fn list_that_takes_long_to_come_is_read_beside_requests_and_holds_none_up() {
    let stage = Stage::opened(clear).await;
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage.bucket.publish(&[&stage.list().number(2).revoking(stage.client.der()).der()]);
    stage.bucket.hold(true);
    stage.bucket.take_asked();
    // Soon due: the manifest is new, and from now on its list is being read.
    stage.clock.pass(230);
    for _ in 0..5 {
        assert_eq!(stage.verdict().await, ACCEPTED);
        stage.clock.pass(1);
    }
    assert_eq!(stage.bucket.take_asked(), ["manifest"]);
    stage.bucket.hold(false);
    let change = async {
        while stage.verdict().await != REVOKED {
            tokio::task::yield_now().await;
        }
    };
    timeout(support::PATIENCE, change).await.unwrap();
    assert_eq!(stage.bucket.take_asked(), ["crl", "manifest unchanged"]);
}

#[tokio::test]
async fn reading_that_cannot_be_finished_does_not_stand_in_the_way_of_a_newer_manifest() {
    let stage = Stage::opened(clear).await;
    let gone = stage.list().number(2).der();
    stage.bucket.publish(&[&gone]);
    stage.bucket.hold(true);
    stage.clock.pass(230);
    assert_eq!(stage.verdict().await, ACCEPTED);
    // While it is being read, another one takes its place.
    stage.bucket.remove(&listed(&gone).file());
    stage.bucket.publish(&[&stage.list().number(3).revoking(stage.client.der()).der()]);
    stage.bucket.hold(false);
    stage.clock.pass(86_400);
    assert_eq!(stage.verdict().await, REVOKED);
}

#[tokio::test]
async fn list_that_is_not_there_when_it_is_due_is_waited_for_a_second_and_the_last_one_serves() {
    let stage = Stage::opened(clear).await;
    stage.bucket.publish(&[&stage.list().number(2).revoking(stage.client.der()).der()]);
    stage.bucket.hold(true);
    stage.clock.pass(300);
    assert_eq!(stage.verdict().await, ACCEPTED);
    // Nobody waits for it again so soon,
    assert_eq!(stage.verdict().await, ACCEPTED);
    stage.bucket.hold(false);
    stage.clock.pass(10);
    // and whoever does then goes on with what was begun.
    assert_eq!(stage.verdict().await, REVOKED);
    let asked = stage.bucket.take_asked();
    assert_eq!(asked.iter().filter(|asked| *asked == "manifest").count(), 2, "{asked:?}");
}

#[tokio::test]
async fn authority_that_is_taken_out_is_trusted_no_longer_though_the_bucket_fails() {
    let failing: [fn(&Stage); 3] = [
        |stage| stage.bucket.remove("manifest.json"),
        |stage| stage.bucket.deny(true),
        |stage| {
            stage.bucket.publish(&[&stage.list().number(2).der()]);
            stage.bucket.hold(true);
        },
    ];
    for fails in failing {
        let stage = Stage::opened(clear).await;
        assert_eq!(stage.verdict().await, ACCEPTED);
        fails(&stage);
        let other = Authority::root("Other", key(), valid()).unwrap();
        stage.journey.secrets.put("bundle", SecretValue::Text(other.pem())).unwrap();
        stage.clock.pass(301);
        assert_eq!(stage.verdict().await, "403 ClientCertUntrusted");
    }
}

#[tokio::test]
async fn bucket_that_keeps_silent_is_called_by_its_name() {
    let stage = Stage::opened(|_, _| {}).await;
    stage.bucket.delay(support::PATIENCE);
    stage.clock.pass(1);
    assert_eq!(stage.verdict().await, UNAVAILABLE);
    let detail = stage.line("detail");
    assert!(detail.contains("S3 did not answer within"), "{detail}");
}

#[tokio::test]
async fn secret_that_changes_meanwhile_counts_at_once() {
    let stage = Stage::opened(clear).await;
    stage.bucket.publish(&[&stage.list().number(2).der()]);
    stage.bucket.hold(true);
    stage.clock.pass(230);
    assert_eq!(stage.verdict().await, ACCEPTED);
    let added = Authority::root("Added", key(), valid()).unwrap();
    let bundle = format!("{}{}", stage.root.pem(), added.pem());
    stage.journey.secrets.put("bundle", SecretValue::Text(bundle)).unwrap();
    let new = client_of(&added);
    // A stranger's request asks, and does not wait for the list.
    stage.clock.pass(10);
    let answer = stage.journey.send(&get(vec![new.der().to_vec()])).await;
    assert_eq!(answer.status, 200);
}
