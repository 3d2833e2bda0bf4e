//! What a freeze does to trust: Lambda stops the function between events, and what was taken back meanwhile must
//! not be trusted any more when it thaws.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::{path::Path, sync::Arc, time::Duration};

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode},
    pki::{Authority, Leaf},
    secrets::{SecretValue, Secrets},
};
use serde_json::json;
use support::{
    NOW,
    bucket::{self, Bucket},
    closing::{Closing, Conduct, ID},
    freezer::Freezer,
    get, key,
    lists::List,
    valid,
};
use tokio::{sync::Semaphore, task::JoinSet};

/// `TRUST_REFRESH_SECONDS`.
const REFRESH: i64 = 10;

/// What is taken back while the function runs.
#[derive(Debug, Clone, Copy)]
enum Change {
    CaRemoved,
    CrlAdded,
    CrlPublished,
    DenyAdded,
}

const CHANGES: [Change; 4] =
    [Change::CaRemoved, Change::CrlAdded, Change::CrlPublished, Change::DenyAdded];

/// How it goes on around the function.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// From the answer to one request to the next request, in seconds, all of them frozen.
    asleep: i64,
    /// How long Secrets Manager takes to answer, and S3 for two answers.
    secrets: Duration,
    /// How long the gateway does.
    gateway: Duration,
}

/// A client that stays, and one that does not.
struct Clients {
    ca: Authority,
    leaving_ca: Authority,
    staying: Leaf,
    leaving: Leaf,
}

impl Clients {
    fn new(change: Change) -> Self {
        let ca = Authority::root("Staying", key(), valid()).unwrap();
        let leaving_ca = Authority::root("Leaving", key(), valid()).unwrap();
        let issuer = match change {
            Change::CaRemoved => &leaving_ca,
            Change::CrlAdded | Change::CrlPublished | Change::DenyAdded => &ca,
        };
        let leaving = issuer.leaf("leaving", valid()).issue().unwrap();
        let staying = ca.leaf("staying", valid()).issue().unwrap();
        Self { ca, leaving_ca, staying, leaving }
    }

    fn bundle_before(&self) -> String {
        self.ca.pem() + &self.leaving_ca.pem()
    }

    fn list_after(&self) -> List {
        List::of(&self.ca).number(2).revoking(self.leaving.der())
    }

    fn bundle_after(&self, change: Change) -> String {
        match change {
            Change::CaRemoved => self.ca.pem(),
            Change::CrlAdded => self.ca.pem() + &self.list_after().pem(),
            Change::CrlPublished => self.bundle_before(),
            Change::DenyAdded => {
                let deny = [json!({ "subject": "CN=leaving" })];
                json!({ "anchors": [self.ca.pem()], "deny": deny }).to_string()
            }
        }
    }
}

/// The function in a process of its own, between a gateway and a Secrets Manager, each with its pace.
struct Journey {
    function: Freezer,
    secrets: Secrets,
    bucket: Bucket,
    events: EventSettings,
    requests: usize,
    _gateway: Closing,
}

impl Journey {
    /// A function that trusts those who leave.
    async fn before(change: Change, clients: &Clients, pace: Pace) -> Self {
        let gateway = Closing::start(Vec::new(), Conduct::AnswersAfter(pace.gateway)).await;
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        secrets.put("clients", SecretValue::Text(clients.bundle_before())).unwrap();
        secrets.delay(pace.secrets);
        let bucket = Bucket::start().await;
        bucket.publish(&[&List::of(&clients.ca).der()]);
        bucket.delay(pace.secrets / 2);
        let mut variables = vec![
            ("GATEWAY_URL", gateway.url()),
            ("TRUST_BUNDLE_SECRETS", "clients".to_owned()),
            ("TRUST_REFRESH_SECONDS", REFRESH.to_string()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url()),
            ("AWS_ENDPOINT_URL_S3", bucket.url().to_owned()),
        ];
        if matches!(change, Change::CrlPublished) {
            variables.push(("TRUST_CRLS", bucket::LOCATION.to_owned()));
        }
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let bootstrap = Path::new(env!("CARGO_BIN_EXE_bootstrap"));
        let mut function = Freezer::start_at(NOW, bootstrap, &variables).await;
        function.asked().await;
        function.freeze().await;
        let events = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self { function, secrets, bucket, events, requests: 0, _gateway: gateway }
    }

    fn change(&self, change: Change, clients: &Clients) {
        let bundle = SecretValue::Text(clients.bundle_after(change));
        self.secrets.put("clients", bundle).unwrap();
        if matches!(change, Change::CrlPublished) {
            self.bucket.publish(&[&clients.list_after().der()]);
        }
    }

    fn event(&mut self, client: &Leaf) -> Vec<u8> {
        let mut request = get(vec![client.der().to_vec()]);
        request.headers.push((ID.to_owned(), self.requests.to_string().into_bytes()));
        request.body = support::closing::body(self.requests);
        self.requests += 1;
        self.events.event(&request).unwrap()
    }

    /// The status of an answer, of a function that is frozen before the event and once more after it.
    async fn send(&mut self, client: &Leaf) -> u16 {
        let event = self.event(client);
        self.function.give(event);
        self.function.thaw().await;
        self.answer().await
    }

    async fn answer(&mut self) -> u16 {
        let answer = self.function.answer().await;
        self.function.freeze().await;
        assert_eq!(self.secrets.unanswered(), 0, "something was left running behind an answer");
        self.function.thaw().await;
        self.function.asked().await;
        self.function.freeze().await;
        Answer::check(&answer, self.events.header_mode).unwrap().status.as_u16()
    }
}

/// Plays one change at one pace.
async fn who_leaves_is_refused_in_time(change: Change, pace: Pace) {
    let clients = Clients::new(change);
    let mut journey = Journey::before(change, &clients, pace).await;
    assert_eq!(journey.send(&clients.leaving).await, 200, "{change:?} {pace:?}");
    journey.change(change, &clients);
    let mut passed = 0;
    while passed < 2 * REFRESH.max(pace.asleep) {
        journey.function.pass(pace.asleep);
        passed += pace.asleep;
        let status = journey.send(&clients.leaving).await;
        let right = status == 403 || (status == 200 && passed < REFRESH);
        assert!(right, "{change:?} {pace:?}: {status} after {passed} s");
    }
    assert_eq!(journey.send(&clients.staying).await, 200, "{change:?} {pace:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_accepted_who_was_taken_back_a_refresh_ago_however_long_the_function_was_frozen()
{
    const AT_ONCE: usize = 12;
    let mut journeys = JoinSet::new();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    for change in CHANGES {
        for asleep in [1, 5, 12, 400] {
            for (secrets, gateway) in
                [5, 50, 500].into_iter().flat_map(|s| [1, 10, 300].map(|g| (s, g)))
            {
                let [secrets, gateway] = [secrets, gateway].map(Duration::from_millis);
                let turns = Arc::clone(&turns);
                journeys.spawn(async move {
                    let _turn = turns.acquire().await.unwrap();
                    who_leaves_is_refused_in_time(change, Pace { asleep, secrets, gateway }).await;
                });
            }
        }
    }
    assert_eq!(journeys.join_all().await.len(), CHANGES.len() * 4 * 9);
}

#[tokio::test]
async fn answer_that_was_under_way_during_a_freeze_is_as_old_as_its_question() {
    let clients = Clients::new(Change::CaRemoved);
    let pace = Pace {
        asleep: REFRESH,
        secrets: Duration::from_millis(300),
        gateway: Duration::from_millis(1),
    };
    for asleep in [1, 3600] {
        let mut journey = Journey::before(Change::CaRemoved, &clients, pace).await;
        journey.function.pass(REFRESH);
        let event = journey.event(&clients.leaving);
        journey.function.give(event);
        journey.function.thaw().await;
        while journey.secrets.requests() < 2 {
            tokio::task::yield_now().await;
        }
        // Frozen with the old answer under way, which has come when it thaws.
        journey.function.freeze().await;
        journey.change(Change::CaRemoved, &clients);
        while journey.secrets.unanswered() > 0 {
            tokio::task::yield_now().await;
        }
        journey.function.pass(asleep);
        journey.function.thaw().await;
        let status = journey.answer().await;
        assert_eq!(status, if asleep < REFRESH { 200 } else { 403 });
    }
}

#[tokio::test]
async fn crl_that_a_freeze_has_interrupted_is_gone_on_with_by_the_next_request() {
    let change = Change::CrlPublished;
    let clients = Clients::new(change);
    let pace = Pace { asleep: 0, secrets: Duration::ZERO, gateway: Duration::from_millis(300) };
    let mut journey = Journey::before(change, &clients, pace).await;
    journey.change(change, &clients);
    journey.bucket.hold(true);
    // Soon due: the first request finds the new manifest, and the second asks for the CRL beside its own work.
    journey.function.pass(REFRESH - 2);
    assert_eq!(journey.send(&clients.leaving).await, 200);
    assert_eq!(journey.send(&clients.leaving).await, 200);
    assert_eq!(journey.bucket.unanswered(), 1);
    // While the function is frozen, the connection goes.
    journey.bucket.hang_up().await;
    journey.function.pass(3600);
    assert_eq!(journey.send(&clients.leaving).await, 403);
    assert_eq!(journey.send(&clients.staying).await, 200);
}
