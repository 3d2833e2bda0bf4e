//! The life of a trust bundle, before a Secrets Manager of another hand and under the whole function:
//! authorities come and go, bundles break, secrets vanish, and Secrets Manager fails in every way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use alb_mtls::{
    alb::Answer,
    pki::{Authority, Leaf},
    secrets,
};
use aws_config::{SdkConfig, retry::RetryConfig};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

use crate::{
    faulty::{Conduct, Faulty},
    support::{
        Journey, NOW, PATIENCE, Standing, client_of, code, get, key,
        real_parts::{Moto, Secret},
        valid,
    },
};

const ACCEPTED: &str = "200";
const UNTRUSTED: &str = "403 ClientCertUntrusted";
const UNAVAILABLE: &str = "503 TrustBundleUnavailable";

/// How often the SDK tries before an attempt has failed.
const TRIES: usize = 3;

/// What takes no more than a second, on a machine that is busy.
const WITHIN_A_SECOND: Duration = Duration::from_millis(1_900);

// --- authorities come and go ----------------------------------------------------------------------

#[tokio::test]
async fn added_authority_works_on_its_first_request_and_the_old_one_all_the_while() {
    let [old, new] = authorities();
    let stage = Stage::trusting(&old.pem()).await;
    let (old_client, new_client) = (client_of(&old), client_of(&new));
    assert_eq!(stage.verdict(&old_client).await, ACCEPTED);
    assert_eq!(stage.verdict(&new_client).await, UNTRUSTED);
    stage.put(&[old.pem(), new.pem()].concat()).await;
    assert_eq!(stage.verdict(&old_client).await, ACCEPTED);
    stage.pass(10);
    assert_eq!(stage.verdict(&new_client).await, ACCEPTED);
    assert_eq!(stage.verdict(&old_client).await, ACCEPTED);
    assert_eq!(stage.verdict(&stage.stranger).await, UNTRUSTED);
    assert_eq!(stage.requests(), 2);
}

#[tokio::test]
async fn removed_authority_is_refused_once_the_bundle_is_refreshed_though_its_client_was_known() {
    let [kept, removed] = authorities();
    let stage = Stage::trusting(&[removed.pem(), kept.pem()].concat()).await;
    let (kept_client, removed_client) = (client_of(&kept), client_of(&removed));
    stage.put(&kept.pem()).await;
    // Late enough for the verdict to hold beyond the refresh.
    stage.pass(224);
    assert_eq!(stage.verdict(&kept_client).await, ACCEPTED);
    assert_eq!(stage.verdict(&removed_client).await, ACCEPTED);
    let before = stage.version();
    stage.pass(76);
    assert_eq!(stage.verdict(&removed_client).await, UNTRUSTED);
    assert_ne!(stage.version(), before);
    assert_eq!(stage.verdict(&kept_client).await, ACCEPTED);
    assert_eq!(stage.requests(), 2);
}

#[tokio::test]
async fn bundle_that_is_rolled_back_is_the_one_that_counts() {
    let [old, new] = authorities();
    let stage = Stage::trusting(&old.pem()).await;
    assert_eq!(stage.verdict(&client_of(&old)).await, ACCEPTED);
    let first = stage.version();
    stage.put(&new.pem()).await;
    stage.pass(300);
    stage.refresh().await;
    assert_eq!(stage.verdict(&client_of(&new)).await, ACCEPTED);
    assert_eq!(stage.verdict(&client_of(&old)).await, UNTRUSTED);
    let back = json!({
        "SecretId": "bundle",
        "VersionStage": "AWSCURRENT",
        "RemoveFromVersionId": stage.version(),
        "MoveToVersionId": first,
    });
    stage.moto.call("UpdateSecretVersionStage", back).await;
    stage.pass(300);
    stage.refresh().await;
    assert_eq!(stage.verdict(&client_of(&old)).await, ACCEPTED);
    assert_eq!(stage.version(), first);
    assert_eq!(stage.verdict(&client_of(&new)).await, UNTRUSTED);
}

// --- bundles break --------------------------------------------------------------------------------

#[tokio::test]
async fn bundle_cut_in_the_middle_of_a_certificate_replaces_nothing_and_the_mended_one_does() {
    let [old, new] = authorities();
    let old_pem = old.pem();
    let cut = [&new.pem(), &old_pem[..old_pem.len() / 2]].concat();
    broken_bundle_replaces_nothing_and_the_mended_one_does(&old, &new, &cut).await;
}

#[tokio::test]
async fn bundle_with_a_private_key_replaces_nothing_and_the_mended_one_does() {
    let [old, new] = authorities();
    let with_key = [new.pem(), new.key().pem()].concat();
    broken_bundle_replaces_nothing_and_the_mended_one_does(&old, &new, &with_key).await;
}

async fn broken_bundle_replaces_nothing_and_the_mended_one_does(
    old: &Authority,
    new: &Authority,
    broken: &str,
) {
    let stage = Stage::trusting(&old.pem()).await;
    let (old_client, new_client) = (client_of(old), client_of(new));
    assert_eq!(stage.verdict(&old_client).await, ACCEPTED);
    let before = stage.line();
    stage.put(broken).await;
    for _ in 0..3 {
        stage.pass(300);
        stage.refresh().await;
        assert_eq!(stage.verdict(&new_client).await, UNTRUSTED);
        assert_eq!(stage.verdict(&old_client).await, ACCEPTED);
        assert_eq!(stage.line(), before);
    }
    assert_eq!(stage.requests(), 4);
    stage.put(&new.pem()).await;
    stage.pass(10);
    assert_eq!(stage.verdict(&new_client).await, ACCEPTED);
    assert_eq!(stage.verdict(&old_client).await, UNTRUSTED);
}

// --- secrets vanish, and Secrets Manager fails ----------------------------------------------------

#[tokio::test]
async fn secret_that_is_to_be_deleted_is_outlasted_until_it_is_too_old_and_heals_when_restored() {
    let begin = async |stage: &Stage| {
        let delete = json!({ "SecretId": "bundle", "RecoveryWindowInDays": 7 });
        stage.moto.call("DeleteSecret", delete).await;
    };
    let end = async |stage: &Stage| {
        stage.moto.call("RestoreSecret", json!({ "SecretId": "bundle" })).await;
    };
    Outlasting::new().await.outage("InvalidRequestException", begin, end).await;
}

#[tokio::test]
async fn deleted_secret_is_outlasted_until_it_is_too_old_and_heals_when_created_anew() {
    let outlasting = Outlasting::new().await;
    let bundle = outlasting.authority.pem();
    let begin = async |stage: &Stage| {
        let delete = json!({ "SecretId": "bundle", "ForceDeleteWithoutRecovery": true });
        stage.moto.call("DeleteSecret", delete).await;
    };
    let end = async |stage: &Stage| {
        stage.moto.create_secret("bundle", Secret::Text(&bundle)).await;
    };
    outlasting.outage("ResourceNotFoundException", begin, end).await;
}

#[tokio::test]
async fn lost_permission_is_outlasted_until_the_bundle_is_too_old_and_heals() {
    let denied = Conduct::error("400 Bad Request", "AccessDeniedException");
    Outlasting::new().await.fault("AccessDeniedException", denied).await;
}

#[tokio::test]
async fn throttling_is_outlasted_until_the_bundle_is_too_old_and_heals() {
    let outlasting = Outlasting::new().await;
    let throttled = Conduct::error("400 Bad Request", "ThrottlingException");
    outlasting.fault("ThrottlingException", throttled).await;
    let throttled = Conduct::error("429 Too Many Requests", "TooManyRequestsException");
    outlasting.fault("TooManyRequestsException", throttled).await;
}

#[tokio::test]
async fn failing_service_is_outlasted_until_the_bundle_is_too_old_and_heals() {
    let outlasting = Outlasting::new().await;
    let failing = Conduct::error("500 Internal Server Error", "InternalServiceError");
    outlasting.fault("InternalServiceError", failing).await;
    let html = "content-type: text/html\r\n";
    let page = Conduct::answer("503 Service Unavailable", html, "<html></html>");
    outlasting.fault("cannot be fetched", page).await;
}

#[tokio::test]
async fn refused_connections_are_outlasted_until_the_bundle_is_too_old_and_heal() {
    Outlasting::new().await.fault("Connection refused", Conduct::Refused).await;
}

#[tokio::test]
async fn incomplete_answers_are_outlasted_until_the_bundle_is_too_old_and_heal() {
    let outlasting = Outlasting::new().await;
    outlasting.fault("cannot be fetched", Conduct::Cut).await;
    let half = r#"{"VersionId":"2","SecretString":"-----BEGIN "#;
    outlasting.fault("cannot be fetched", Conduct::answer("200 OK", "", half)).await;
    outlasting.fault("bundle is empty", Conduct::answer("200 OK", "", "{}")).await;
}

/// A client whose function goes through one outage after the other.
struct Outlasting {
    stage: Stage,
    authority: Authority,
    client: Leaf,
}

impl Outlasting {
    async fn new() -> Self {
        let [authority] = authorities();
        let stage = Stage::trusting(&authority.pem()).await;
        Self { stage, client: client_of(&authority), authority }
    }

    async fn fault(&self, told: &str, conduct: Conduct) {
        let begin = async |stage: &Stage| stage.journey.secrets.behave(conduct.clone()).await;
        let end = async |stage: &Stage| stage.journey.secrets.behave(Conduct::Honest).await;
        self.outage(told, begin, end).await;
    }

    /// `told` is what the log says of it once there is no bundle left to use.
    async fn outage(&self, told: &str, begin: impl AsyncFn(&Stage), end: impl AsyncFn(&Stage)) {
        let stage = &self.stage;
        assert_eq!(stage.verdict(&self.client).await, ACCEPTED);
        let (line, requests) = (stage.line(), stage.requests());
        begin(stage).await;
        for seconds in [300, 43_000, 43_099] {
            stage.pass(seconds);
            assert_eq!(stage.verdict(&self.client).await, ACCEPTED);
            stage.refresh().await;
            self.goes_on_unnoticed(&line).await;
        }
        for seconds in [1, 3600] {
            stage.pass(seconds);
            assert_eq!(stage.verdict(&self.client).await, UNAVAILABLE);
            assert!(stage.detail().contains(told), "{}", stage.detail());
            assert_eq!(stage.verdict(&stage.stranger).await, UNAVAILABLE);
        }
        let attempts = 5;
        let requests = stage.requests() - requests;
        assert!(requests <= attempts * TRIES, "{requests}");
        end(stage).await;
        stage.pass(1);
        assert_eq!(stage.verdict(&self.client).await, ACCEPTED);
        assert_eq!(stage.verdict(&stage.stranger).await, UNTRUSTED);
    }

    /// The log says the same as before, and Secrets Manager is not asked for each request.
    async fn goes_on_unnoticed(&self, line: &Value) {
        let requests = self.stage.requests();
        for _ in 0..10 {
            assert_eq!(self.stage.verdict(&self.client).await, ACCEPTED);
            assert_eq!(&self.stage.line(), line);
            assert_eq!(self.stage.verdict(&self.stage.stranger).await, UNTRUSTED);
        }
        assert_eq!(self.stage.requests(), requests);
    }
}

#[tokio::test]
async fn function_that_started_without_secrets_manager_answers_503_and_heals() {
    let [authority] = authorities();
    let stage = Stage::opened(&authority.pem(), Conduct::Refused).await;
    let client = client_of(&authority);
    assert_eq!(stage.verdict(&client).await, UNAVAILABLE);
    stage.pass(1);
    assert_eq!(stage.verdict(&client).await, UNAVAILABLE);
    assert_eq!(stage.verdict(&stage.stranger).await, UNAVAILABLE);
    stage.journey.secrets.behave(Conduct::Honest).await;
    stage.pass(1);
    assert_eq!(stage.verdict(&client).await, ACCEPTED);
    assert_eq!(stage.verdict(&stage.stranger).await, UNTRUSTED);
    assert_eq!(stage.requests(), 1);
}

// --- Secrets Manager is slow ----------------------------------------------------------------------

#[tokio::test]
async fn silent_secrets_manager_holds_a_known_client_up_once_in_ten_seconds_and_for_a_second() {
    let (stage, [old, new]) = Stage::before_a_slow_answer().await;
    stage.pass(300);
    assert_eq!(stage.verdict(&old).await, ACCEPTED);
    let before = stage.version();
    for (seconds, requests) in [(0, 2), (9, 2), (0, 2), (1, 3), (9, 3)] {
        stage.pass(seconds);
        let asked = Instant::now();
        assert_eq!(stage.verdict(&old).await, ACCEPTED);
        let waited = asked.elapsed();
        assert!(waited < WITHIN_A_SECOND, "{waited:?}");
        assert_eq!((stage.version(), stage.requests()), (before.clone(), requests));
    }
    stage.journey.secrets.behave(Conduct::Honest).await;
    stage.pass(1);
    assert_eq!(stage.verdict(&new).await, ACCEPTED);
    assert_eq!(stage.verdict(&old).await, ACCEPTED);
    assert_ne!(stage.version(), before);
    assert_eq!(stage.requests(), 4);
}

#[tokio::test]
async fn strangers_make_no_known_client_wait_longer_for_a_silent_secrets_manager() {
    let (stage, [old, _]) = Stage::before_a_slow_answer().await;
    let strangers: [_; 8] = authorities::<8>().map(|authority| client_of(&authority));
    for seconds in [10, 290] {
        stage.pass(seconds);
        let asked = Instant::now();
        let known = async {
            stage.journey.secrets.asked(stage.requests().max(1)).await;
            (stage.send(&old).await.status, asked.elapsed())
        };
        let refused = join_all(strangers.iter().map(|stranger| stage.send(stranger)));
        let (refused, (status, waited)) = tokio::join!(refused, known);
        assert!(refused.iter().all(|answer| answer.status == 403));
        assert_eq!(status, 200);
        assert!(waited < WITHIN_A_SECOND, "{waited:?}");
    }
    // All of them shared one attempt each time.
    assert_eq!(stage.requests(), 3);
}

#[tokio::test]
async fn client_of_an_added_authority_waits_for_a_slow_answer_and_is_let_in_by_it() {
    let (stage, [old, new]) = Stage::before_a_slow_answer().await;
    stage.pass(10);
    let meanwhile = async {
        stage.journey.secrets.asked(2).await;
        let answer = stage.send(&old).await;
        stage.journey.secrets.behave(Conduct::Honest).await;
        answer
    };
    let (new, stranger, old) =
        tokio::join!(stage.send(&new), stage.send(&stage.stranger), meanwhile);
    assert_eq!([new, stranger, old].map(|answer| answer.status.as_u16()), [200, 403, 200]);
    assert_eq!(stage.requests(), 2);
}

#[tokio::test]
async fn unknown_client_waits_a_second_at_most_and_is_let_in_by_the_next_look() {
    let (stage, [old, new]) = Stage::before_a_slow_answer().await;
    stage.pass(10);
    let asked = Instant::now();
    assert_eq!(stage.verdict(&new).await, UNTRUSTED);
    let waited = asked.elapsed();
    assert!(waited >= Duration::from_millis(900) && waited < WITHIN_A_SECOND, "{waited:?}");
    assert_eq!(stage.verdict(&old).await, ACCEPTED);
    stage.journey.secrets.behave(Conduct::Honest).await;
    stage.pass(10);
    assert_eq!(stage.verdict(&new).await, ACCEPTED);
    assert_eq!(stage.requests(), 3);
}

#[tokio::test]
async fn unknown_client_waits_no_longer_than_its_invocation_has() {
    let (stage, [old, new]) = Stage::before_a_slow_answer().await;
    stage.pass(10);
    let event = stage.journey.events.event(&get(vec![new.der().to_vec()])).unwrap();
    let asked = Instant::now();
    let answer = stage.journey.deliver_with_deadline(&event, 1).await;
    let waited = asked.elapsed();
    let answer = Answer::check(&answer, stage.journey.events.header_mode).unwrap();
    assert_eq!(answer.status, 403);
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    assert_eq!(stage.verdict(&old).await, ACCEPTED);
    stage.journey.secrets.behave(Conduct::Honest).await;
    stage.pass(10);
    assert_eq!(stage.verdict(&new).await, ACCEPTED);
    assert_eq!(stage.verdict(&stage.stranger).await, UNTRUSTED);
}

// --- many at once ---------------------------------------------------------------------------------

/// Of each kind.
const CLIENTS: usize = 16;
/// What each sends before the bundle changes, and after it has heard of that.
const BEFORE: usize = 3;
const AFTER: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotation_among_64_clients_loses_no_request_and_lets_nobody_in_wrongly() {
    let [kept, removed, added, unknown] = authorities();
    let rotation = Rotation::from(&[kept.pem(), removed.pem()].concat()).await;
    let mut clients = JoinSet::new();
    for authority in [&kept, &removed, &added, &unknown].into_iter().cycle().take(4 * CLIENTS) {
        let rotation = Arc::clone(&rotation);
        let (name, client) = (authority.name().to_owned(), client_of(authority));
        clients.spawn(async move { (name, rotation.visit(client).await) });
    }
    rotation.to(&[kept.pem(), added.pem()].concat()).await;
    let visits = timeout(PATIENCE, clients.join_all()).await.unwrap();

    let (always, never) = ([200, 200], [403, 403]);
    for (name, visit) in &visits {
        let changes = match name {
            name if name == kept.name() => always,
            name if name == removed.name() => [200, 403],
            name if name == added.name() => [403, 200],
            _ => never,
        };
        visit.assert_changes(changes);
    }
    let accepted =
        visits.iter().flat_map(|(_, visit)| &visit.0).filter(|heard| heard.status == 200);
    assert_eq!(rotation.stage.journey.gateway.seen().len(), accepted.count());
    assert_eq!(visits.len(), 4 * CLIENTS);
    assert_eq!(rotation.stage.requests(), 2);
}

/// A change of the bundle, and whether an answer has shown it yet.
struct Rotation {
    stage: Stage,
    old: String,
    shown: AtomicBool,
    everyone_has_begun: Barrier,
}

/// What a client was answered, one after the other.
struct Visit(Vec<Heard>);

#[derive(Debug)]
struct Heard {
    /// Whether an answer, to anybody, had shown the new bundle before the request was sent.
    new_was_shown: bool,
    status: u16,
}

impl Rotation {
    async fn from(bundle: &str) -> Arc<Self> {
        let stage = Stage::trusting(bundle).await;
        stage.send(&stage.stranger).await;
        let old = stage.version();
        let everyone_has_begun = Barrier::new(4 * CLIENTS + 1);
        Arc::new(Self { stage, old, shown: AtomicBool::new(false), everyone_has_begun })
    }

    /// The answer of Secrets Manager is held until it has been asked, so that requests pile up behind it.
    async fn to(&self, bundle: &str) {
        self.everyone_has_begun.wait().await;
        self.stage.put(bundle).await;
        self.stage.journey.secrets.behave(Conduct::Held).await;
        self.stage.pass(300);
        self.stage.journey.secrets.asked(2).await;
        self.stage.journey.secrets.behave(Conduct::Honest).await;
    }

    async fn visit(&self, client: Leaf) -> Visit {
        let mut heard = Vec::new();
        for _ in 0..BEFORE {
            heard.push(self.hear(&client).await);
        }
        self.everyone_has_begun.wait().await;
        let mut after = 0;
        while after < AFTER {
            heard.push(self.hear(&client).await);
            after += usize::from(heard.last().unwrap().new_was_shown);
        }
        Visit(heard)
    }

    async fn hear(&self, client: &Leaf) -> Heard {
        // A refusal waits for nothing, and would leave the others no turn.
        tokio::task::yield_now().await;
        let new_was_shown = self.shown.load(Ordering::SeqCst);
        let status = self.stage.send(client).await.status.as_u16();
        // The line of this answer, or of one given since.
        if self.stage.version() != self.old {
            self.shown.store(true, Ordering::SeqCst);
        }
        Heard { new_was_shown, status }
    }
}

impl Visit {
    /// Asserts one status before the bundle changed and another after an answer showed the new one; in
    /// between there is one change at most.
    fn assert_changes(&self, [before, after]: [u16; 2]) {
        let change = self.0.iter().position(|heard| heard.status != before).unwrap_or(self.0.len());
        let (earlier, later) = self.0.split_at(change);
        let right = change >= BEFORE
            && later.iter().all(|heard| heard.status == after)
            && (before == after || earlier.iter().all(|heard| !heard.new_was_shown));
        assert!(right, "{before} then {after}: {:?}", self.0);
    }
}

// --- the stage ------------------------------------------------------------------------------------

/// A function whose clock stands until it is moved, before a real Secrets Manager that can be made to fail.
struct Stage {
    moto: Moto,
    journey: Journey<Faulty>,
    clock: Standing,
    stranger: Leaf,
}

impl Stage {
    async fn trusting(bundle: &str) -> Self {
        Self::opened(bundle, Conduct::Honest).await
    }

    /// A function that trusts the authority of the first client; that of the second was added since, and
    /// the next answer that would say so is held.
    async fn before_a_slow_answer() -> (Self, [Leaf; 2]) {
        let [old, new] = authorities();
        let stage = Self::trusting(&old.pem()).await;
        stage.put(&[old.pem(), new.pem()].concat()).await;
        stage.journey.secrets.behave(Conduct::Held).await;
        (stage, [client_of(&old), client_of(&new)])
    }

    async fn opened(bundle: &str, conduct: Conduct) -> Self {
        let moto = Moto::start().await;
        moto.create_secret("bundle", Secret::Text(bundle)).await;
        let faulty = Faulty::before(moto.endpoint()).await;
        faulty.behave(conduct).await;
        let config = impatient(&secrets::config(&faulty.url()));
        let clock = Standing::at(NOW);
        let journey = Journey::before(faulty, &config, &[], clock.clock()).await;
        let stranger = client_of(&Authority::root("Unknown", key(), valid()).unwrap());
        Self { moto, journey, clock, stranger }
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
    }

    async fn put(&self, bundle: &str) {
        self.moto.update_secret("bundle", Secret::Text(bundle)).await;
    }

    /// Asks Secrets Manager if it is time to, and returns once what it said has been taken in: a
    /// stranger's request asks itself, or waits for whoever is asking.
    async fn refresh(&self) {
        assert_eq!(self.verdict(&self.stranger).await, UNTRUSTED);
    }

    async fn send(&self, client: &Leaf) -> Answer {
        // The clock is moved while others are on their way: none of them is to find its time gone.
        const SECONDS: i64 = 3600;
        let events = &self.journey.events;
        let event = events.event(&get(vec![client.der().to_vec()])).unwrap();
        let answer = self.journey.deliver_with_deadline(&event, SECONDS).await;
        Answer::check(&answer, events.header_mode).unwrap()
    }

    /// The status of a client's answer, with the code of a refusal. Who is accepted has reached the
    /// gateway, and nobody else has.
    async fn verdict(&self, client: &Leaf) -> String {
        let answer = self.send(client).await;
        let reached = self.journey.gateway.take_seen().len();
        assert_eq!(reached, usize::from(answer.status == 200));
        match answer.status.as_u16() {
            200 => ACCEPTED.to_owned(),
            status => format!("{status} {}", code(&answer)),
        }
    }

    /// How often Secrets Manager was asked so far.
    fn requests(&self) -> usize {
        self.journey.secrets.requests()
    }

    /// The last log line, without its times.
    fn line(&self) -> Value {
        let mut line = self.journey.last_line();
        for differing in ["timestamp", "gateway_ms", "duration_ms", "remembered"] {
            line.as_object_mut().unwrap().remove(differing);
        }
        line
    }

    fn version(&self) -> String {
        self.journey.last_line()["bundle_versions"][0].as_str().unwrap().to_owned()
    }

    fn detail(&self) -> String {
        self.journey.last_line()["detail"].as_str().unwrap().to_owned()
    }
}

/// To try as often as usual, and not to wait in between.
fn impatient(config: &SdkConfig) -> SdkConfig {
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    config.to_builder().retry_config(retry).build()
}

fn authorities<const N: usize>() -> [Authority; N] {
    std::array::from_fn(|number| {
        Authority::root(&format!("Authority {number}"), key(), valid()).unwrap()
    })
}

// --- an answer that is late ------------------------------------------------------------------------

#[tokio::test]
async fn nothing_is_asked_any_more_once_the_answer_is_out() {
    let (stage, [_, new]) = Stage::before_a_slow_answer().await;
    stage.pass(10);
    let event = stage.journey.events.event(&get(vec![new.der().to_vec()])).unwrap();
    // Half a second for Secrets Manager.
    stage.journey.deliver_with_deadline(&event, 1).await;
    stage.journey.secrets.behave(Conduct::Honest).await;
    assert_eq!(stage.requests(), 2);
    // Who had half a second is no reason for others to wait, or not to ask.
    assert_eq!(stage.verdict(&new).await, ACCEPTED);
    assert_eq!(stage.requests(), 3);
}

#[tokio::test]
async fn function_without_a_bundle_waits_longer_for_one_than_with_one() {
    let [authority] = authorities();
    let stage = Stage::opened(&authority.pem(), Conduct::Refused).await;
    let client = client_of(&authority);
    stage.journey.secrets.behave(Conduct::Held).await;
    stage.pass(1);
    let late = async {
        stage.journey.secrets.asked(1).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stage.journey.secrets.behave(Conduct::Honest).await;
    };
    let (answer, ()) = tokio::join!(stage.verdict(&client), late);
    assert_eq!(answer, ACCEPTED);
    assert_eq!(stage.requests(), 1);
}
