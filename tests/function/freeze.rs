//! What a freeze does to connections: Lambda stops the function between events, the gateway closes the
//! idle connection meanwhile, and the next event is there when the function thaws.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeMap, time::Duration};

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode},
    pki::{Authority, Validity},
    secrets::{SecretValue, Secrets},
};
use support::{
    Pki,
    closing::{Closing, Conduct, ID, METHODS, request, text},
    freezer::Freezer,
    key, real_parts,
};
use time::{Duration as Days, OffsetDateTime};

/// When a freeze begins and what happens in it.
#[derive(Debug, Clone, Copy)]
enum Freeze {
    /// The function waits for an event; the connection ends, then the event comes.
    ClosedThenGiven,
    /// The function waits for an event; it comes, then the connection ends.
    GivenThenClosed,
    /// The function has answered and not yet asked for more.
    Answered,
}

const FREEZES: [Freeze; 3] = [Freeze::ClosedThenGiven, Freeze::GivenThenClosed, Freeze::Answered];

/// The function in a process of its own, between a gateway and a Secrets Manager.
struct Journey {
    function: Freezer,
    gateway: Closing,
    pki: Pki,
    events: EventSettings,
    _secrets: Secrets,
}

impl Journey {
    async fn new(gateway: Closing) -> Self {
        let pki = pki();
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        secrets.put("clients", SecretValue::Text(pki.root.pem())).unwrap();
        let function = Freezer::start(
            &real_parts::bootstrap(),
            &[
                ("GATEWAY_URL", &gateway.url()),
                ("TRUST_BUNDLE_SECRETS", "clients"),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url()),
            ],
        )
        .await;
        let events = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self { function, gateway, pki, events, _secrets: secrets }
    }

    fn event(&self, id: usize) -> Vec<u8> {
        self.events.event(&request(method(id), id, self.pki.chain())).unwrap()
    }

    async fn send(&mut self, id: usize) -> Answer {
        self.function.asked().await;
        self.function.give(self.event(id));
        self.answer().await
    }

    /// Sends a request with a freeze before it, in which the gateway closes the connection.
    async fn send_after(&mut self, freeze: Freeze, id: usize) -> Answer {
        let event = self.event(id);
        if !matches!(freeze, Freeze::Answered) {
            self.function.asked().await;
        }
        self.function.freeze().await;
        if matches!(freeze, Freeze::GivenThenClosed) {
            self.function.give(event);
            self.written().await;
            self.gateway.close().await;
        } else {
            self.gateway.close().await;
            self.function.give(event);
            self.written().await;
        }
        self.function.thaw().await;
        if matches!(freeze, Freeze::Answered) {
            self.function.asked().await;
        }
        self.answer().await
    }

    /// Lets the Runtime API's task write the event, if it is asked for.
    async fn written(&self) {
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }

    async fn answer(&mut self) -> Answer {
        Answer::check(&self.function.answer().await, self.events.header_mode).unwrap()
    }
}

fn method(id: usize) -> &'static str {
    METHODS[id % METHODS.len()]
}

/// The process goes by the real clock.
fn pki() -> Pki {
    let valid = Validity::starting(OffsetDateTime::now_utc() - Days::days(1), Days::days(30));
    let root = Authority::root("Test Root", key(), valid).unwrap();
    let issuing = root.intermediate("Test Issuing", key(), valid).unwrap();
    let leaf = issuing.leaf("client-1", valid).issue().unwrap();
    Pki { root, issuing, leaf }
}

/// Whether this is the answer to this request and to no other.
fn is_answer_to(answer: &Answer, id: usize) -> bool {
    let expected = if method(id) == "HEAD" { String::new() } else { text(id) };
    answer.status == 200
        && answer.headers.get(ID).is_some_and(|value| *value == id.to_string())
        && answer.body == expected
}

/// What became of requests, in words, and how often; nothing is said of one that was answered and seen once.
#[derive(Default)]
struct Faults(BTreeMap<String, usize>);

impl Faults {
    fn note(&mut self, journey: &Journey, id: usize, answer: &Answer) {
        let (own, seen) = (is_answer_to(answer, id), journey.gateway.seen(id));
        if !own || seen != 1 {
            let fault = format!("{} answered {}, seen {seen} times", method(id), answer.status);
            *self.0.entry(fault).or_default() += 1;
        }
    }
}

#[tokio::test]
async fn no_request_is_lost_or_sent_twice_however_often_the_function_freezes() {
    const REQUESTS: usize = 10_000;
    const STRAIGHT: usize = 10;
    let mut journey = Journey::new(Closing::start(Vec::new(), Conduct::Answers).await).await;
    let mut faults = Faults::default();
    let mut freezes = 0;
    for id in 0..REQUESTS {
        let answer = match id % STRAIGHT {
            // The seven methods, and before each of them every freeze in turn.
            0 if id > 0 => {
                freezes += 1;
                journey.send_after(FREEZES[freezes % FREEZES.len()], id).await
            }
            _ => journey.send(id).await,
        };
        faults.note(&journey, id, &answer);
    }
    assert!(faults.0.is_empty(), "{freezes} freezes: {:?}", faults.0);
    // Reused until it was closed, and then one more.
    assert_eq!(journey.gateway.accepted(), freezes + 1);
}

#[tokio::test]
async fn connection_is_used_across_events_and_not_after_a_few_seconds() {
    let mut journey = Journey::new(Closing::start(Vec::new(), Conduct::Answers).await).await;
    for (id, (seconds, connections)) in
        [(0, 1), (0, 1), (1, 1), (5, 2), (1, 2)].into_iter().enumerate()
    {
        journey.function.asked().await;
        journey.function.freeze().await;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        journey.function.give(journey.event(id));
        journey.function.thaw().await;
        assert!(is_answer_to(&journey.answer().await, id));
        assert_eq!(journey.gateway.accepted(), connections, "request {id}");
    }
}

#[tokio::test]
async fn connection_that_is_closed_as_the_next_request_leaves_loses_only_what_must_not_be_sent_twice()
 {
    const REQUESTS: usize = 1_400;
    let pauses: Vec<_> = (0..REQUESTS)
        .map(|id| Conduct::AnswersOnce(Duration::from_micros(u64::try_from(id % 50 * 40).unwrap())))
        .collect();
    let gateway = Closing::start(pauses, Conduct::AnswersOnce(Duration::ZERO)).await;
    let mut journey = Journey::new(gateway).await;
    let mut faults = Faults::default();
    for id in 0..REQUESTS {
        let answer = journey.send(id).await;
        faults.note(&journey, id, &answer);
    }
    // Of these a part may have been processed, for all that the function knows.
    faults.0.remove("POST answered 502 Bad Gateway, seen 0 times");
    faults.0.remove("PATCH answered 502 Bad Gateway, seen 0 times");
    assert!(faults.0.is_empty(), "{:?}", faults.0);
}
