//! The time that a request has: the client gets an answer of ours before Lambda ends the invocation, whatever
//! the gateway does.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use alb_mtls::alb::Answer;
use support::{
    Journey, PATIENCE, Pki,
    closing::{Closing, Conduct, request},
    code,
};

/// A request with a body that fits into a connection's buffers, and one with a body that does not.
const SMALL: usize = 7;
const LARGE: usize = 399;

/// How a gateway can fail to finish, under which scheme it is asked, and for what.
const ENDLESS: [(Conduct, &str, usize); 6] = [
    // No TLS handshake, so no connection.
    (Conduct::Silent, "https:", SMALL),
    // The request cannot be written to its end.
    (Conduct::Silent, "http:", LARGE),
    // Not one byte of an answer.
    (Conduct::ClosesUnanswered(PATIENCE), "http:", SMALL),
    (Conduct::StallsInHead, "http:", SMALL),
    (Conduct::StallsInBody, "http:", SMALL),
    (Conduct::Drips, "http:", SMALL),
];

/// The status and code of the answer, and how long it took.
async fn told(
    gateway: &Closing,
    scheme: &str,
    id: usize,
    settings: &[(&str, &str)],
    seconds_left: i64,
) -> (u16, String, Duration) {
    let pki = Pki::new();
    let url = gateway.url().replace("http:", scheme);
    let settings: Vec<_> =
        settings.iter().copied().chain([("GATEWAY_URL", url.as_str())]).collect();
    let journey = Journey::new(&pki, &settings).await;
    let event = journey.events.event(&request("PUT", id, pki.chain())).unwrap();
    let begun = Instant::now();
    let answer = journey.deliver_with_deadline(&event, seconds_left).await;
    let took = begun.elapsed();
    let answer = Answer::check(&answer, journey.events.header_mode).unwrap();
    let word = if answer.status == 200 { String::new() } else { code(&answer) };
    (answer.status.as_u16(), word, took)
}

/// Asserts that no such gateway takes longer than `limit`, and that none is asked a second time.
async fn assert_given_up_after(limit: Duration, settings: &[(&str, &str)], seconds_left: i64) {
    for (conduct, scheme, id) in ENDLESS {
        let gateway = Closing::start(Vec::new(), conduct).await;
        let (status, word, took) = told(&gateway, scheme, id, settings, seconds_left).await;
        assert_eq!((status, word.as_str()), (504, "GatewayTimeout"), "{scheme} {conduct:?}");
        let read = usize::from(conduct != Conduct::Silent);
        assert_eq!((gateway.accepted(), gateway.seen(id)), (1, read), "{scheme} {conduct:?}");
        // Well before anything else could have ended it.
        assert!((limit..limit + SLACK).contains(&took), "{scheme} {conduct:?}: {took:?}");
    }
}

/// What a busy machine may add to any time; less than the default of every setting.
const SLACK: Duration = Duration::from_millis(2_000);

#[tokio::test]
async fn gateway_that_never_finishes_has_the_time_of_the_setting() {
    let limit = Duration::from_millis(200);
    assert_given_up_after(limit, &[("GATEWAY_TIMEOUT_MS", "200")], 30).await;
}

#[tokio::test]
async fn gateway_that_never_finishes_has_no_more_than_the_invocation_less_half_a_second() {
    assert_given_up_after(Duration::from_millis(500), &[], 1).await;
    let gateway = Closing::start(Vec::new(), Conduct::Answers).await;
    let (status, ..) = told(&gateway, "http:", LARGE, &[], 1).await;
    assert_eq!((status, gateway.seen(LARGE)), (200, 1), "one that does finish is heard");
}

#[tokio::test]
async fn both_times_a_request_is_sent_share_the_time_that_it_has() {
    let pki = Pki::new();
    let late = Conduct::ClosesUnanswered(Duration::from_millis(600));
    let gateway = Closing::start(vec![late], Conduct::Silent).await;
    let url = gateway.url();
    let settings = [("GATEWAY_URL", url.as_str()), ("GATEWAY_TIMEOUT_MS", "1000")];
    let journey = Journey::new(&pki, &settings).await;
    let begun = Instant::now();
    let answer = journey.send(&request("GET", 7, pki.chain())).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (504, "GatewayTimeout".to_owned()));
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    assert_eq!(gateway.accepted(), 2);
}
