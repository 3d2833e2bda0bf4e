//! The forgery matrix: what a hostile client can put into a request, and what comes of it.
//!
//! A row is one change to the event of an honest client. The whole function answers it, in both variants
//! of the header maps, and an honest request follows on the same connection, so that whatever was left
//! over of the first would be read as its beginning. [`Arena::faults`] holds for every row.

mod arena;
mod event;
mod preflights;
mod rows;

use alb_mtls::alb::HeaderMode;
use arena::{Arena, Setup, Trial, Variables};
use event::{Event, TARGET_GROUP};
use preflights::{as_preflight, near_misses, preflights, reported, with_certificate};
use rows::{
    VERIFY_MODE_ALONE, connections, controls, copies, events, framings, hops, hosts, listeners,
    names, other_formats, spellings, targets, too_much, without_certificate,
};
use serde_json::{Value, json};

use Outcome::{AnsweredHere, Forwarded, Refused};
use Who::{Client, Nobody, Stranger, Victim};

const CERTIFICATE: &str = "x-amzn-mtls-clientcert";

#[tokio::test]
async fn what_a_client_writes_is_never_taken_for_its_certificate_nor_for_another_request() {
    let everything = [
        spellings(),
        names(),
        copies(),
        other_formats(),
        too_much(),
        connections(),
        controls(),
        targets(),
        framings(),
        hops(),
        hosts(),
        listeners(),
        events(),
    ];
    play(Setup::default(), everything.into_iter().flatten().collect()).await;
}

#[tokio::test]
async fn no_setting_lets_a_forged_header_through() {
    let renamed: Variables = &[
        ("CLIENT_CERT_HEADER", "X-Secret-Name"),
        ("GATEWAY_CERT_HEADER", "X-Gateway_Cert"),
        ("GATEWAY_CERT_FORMAT", "base64-der"),
    ];
    let rfc9440: Variables = &[("GATEWAY_CERT_FORMAT", "rfc9440")];
    let identity: Variables = &[("IDENTITY_HEADERS", "true")];
    let all: Variables = &[
        ("GATEWAY_CERT_FORMAT", "rfc9440"),
        ("IDENTITY_HEADERS", "true"),
        ("GATEWAY_HOST_HEADER", "wso2.internal:8243"),
    ];
    for variables in [renamed, rfc9440, identity, all] {
        let rows = [spellings(), copies(), connections(), hops(), hosts()];
        play(
            Setup { variables, ..Setup::default() },
            rows.into_iter().flatten().filter(|row| row.name != VERIFY_MODE_ALONE).collect(),
        )
        .await;
    }
}

#[tokio::test]
async fn header_of_verify_mode_is_the_only_one_where_it_is_the_one_that_is_read() {
    let variables = &[("CLIENT_CERT_HEADER", "x-amzn-mtls-clientcert-leaf")];
    let passthrough = row(
        "the header of passthrough mode, and none of verify mode",
        |event, arena| {
            event.remove(arena.incoming());
            event.add(CERTIFICATE, arena.victims());
        },
        Refused(401, "ClientCertMissing"),
    );
    let rows = [spellings(), connections(), vec![passthrough]];
    play(Setup { variables, ..Setup::default() }, rows.into_iter().flatten().collect()).await;
}

#[tokio::test]
async fn without_a_certificate_forged_names_neither_open_the_door_nor_travel() {
    for (mode, outcome) in [
        ("required", Refused(401, "ClientCertMissing")),
        ("optional", Forwarded(Nobody)),
        ("report", Forwarded(Nobody)),
    ] {
        let rows = [spellings(), connections()].into_iter().flatten();
        let rows = rows.filter(|row| row.outcome == Forwarded(Client));
        let rows = rows.map(|row| without_certificate(row, outcome)).collect();
        let variables: Variables = &[("CLIENT_CERT_MODE", mode), ("IDENTITY_HEADERS", "true")];
        play(Setup { variables, ..Setup::default() }, rows).await;
    }
}

#[tokio::test]
async fn optional_still_refuses_what_is_forged_in_the_header_itself() {
    let variables = &[("CLIENT_CERT_MODE", "optional")];
    let rows = copies().into_iter().filter(|row| row.outcome != Refused(401, "ClientCertMissing"));
    play(Setup { variables, ..Setup::default() }, rows.collect()).await;
}

#[tokio::test]
async fn report_tells_of_a_stranger_and_of_nothing_that_was_written_twice() {
    let variables = &[("CLIENT_CERT_MODE", "report"), ("IDENTITY_HEADERS", "true")];
    let rows = copies().into_iter().map(|row| match row.outcome {
        Refused(400 | 401, _) => Row { outcome: Forwarded(Nobody), ..row },
        Refused(..) => Row { outcome: Forwarded(Stranger), ..row },
        _ => row,
    });
    play(Setup { variables, ..Setup::default() }, rows.collect()).await;
}

#[tokio::test]
async fn target_group_that_is_not_expected_is_refused_however_it_is_written() {
    let named = |name: &'static str, arn: Value| {
        row(
            name,
            move |event, _| event.target_group = arn.clone(),
            Refused(403, "UnexpectedTargetGroup"),
        )
    };
    let mut rows = vec![
        named("another target group", json!(TARGET_GROUP.replace("ours", "theirs"))),
        named("the target group in another case", json!(TARGET_GROUP.to_uppercase())),
        named("the target group with a space", json!(format!("{TARGET_GROUP} "))),
        named("two target groups in one", json!(format!("{TARGET_GROUP},{TARGET_GROUP}"))),
        named("an empty target group", json!("")),
        named("no target group", Value::Null),
        row(
            "the target group in a header",
            |event, _| {
                event.target_group = Value::Null;
                event.add("x-amzn-target-group-arn", TARGET_GROUP);
            },
            Refused(403, "UnexpectedTargetGroup"),
        ),
    ];
    rows.push(row("the target group that is expected", |_, _| {}, Forwarded(Client)));
    let variables = &[("TARGET_GROUP_ARNS", TARGET_GROUP)];
    play(Setup { variables, ..Setup::default() }, rows).await;
}

#[tokio::test]
async fn path_of_the_gateway_cannot_be_left() {
    let ambiguous = |path: &'static str| {
        row(
            format!("the path {path}"),
            move |event, _| event.path = path.to_owned(),
            Refused(400, "AmbiguousTarget"),
        )
    };
    let mut rows: Vec<_> =
        ["/..", "/../", "//..//x", "/x/../..", "/%2e./x", "/..\\x", "/..;/x", "/%25%32%65./x"]
            .map(ambiguous)
            .into();
    rows.push(row(
        "a path that begins like an authority",
        |event, _| event.path = "//evil/@evil:80".to_owned(),
        Forwarded(Client),
    ));
    play(Setup { base_path: "/wso2", ..Setup::default() }, rows).await;
}

#[tokio::test]
async fn nothing_of_a_forged_header_comes_back_from_a_gateway_that_echoes() {
    // It answers whoever comes without a certificate with its own headers, and those of the request.
    let rows = [spellings(), connections(), hops()].into_iter().flatten();
    let rows = rows.filter(|row| row.outcome == Forwarded(Client));
    let mut rows: Vec<_> = rows.map(|row| without_certificate(row, Forwarded(Nobody))).collect();
    rows.push(row(
        "the load balancer's words and a cookie",
        |event, arena| {
            event.remove(arena.incoming());
            event.add("cookie", "session=1");
            event.add("x_forwarded_for", "198.51.100.7");
            event.add("X-Amzn.Trace-Id", "Root=1-forged");
        },
        Forwarded(Nobody),
    ));
    let variables = &[("CLIENT_CERT_MODE", "optional")];
    play(Setup { variables, insists: true, ..Setup::default() }, rows).await;
}

const FORWARD: (&str, &str) = ("PREFLIGHT", "forward");

#[tokio::test]
async fn preflight_is_refused_without_a_certificate_unless_the_setting_lets_it_pass() {
    for (variables, outcome) in [
        (&[][..], Refused(401, "ClientCertMissing")),
        (&[("PREFLIGHT", "refuse")][..], Refused(401, "ClientCertMissing")),
        (&[FORWARD][..], Forwarded(Nobody)),
    ] {
        play(Setup { variables, ..Setup::default() }, preflights(outcome)).await;
    }
}

#[tokio::test]
async fn nothing_but_a_preflight_passes_as_one() {
    play(Setup { variables: &[FORWARD], ..Setup::default() }, near_misses()).await;
}

#[tokio::test]
async fn what_is_forged_on_a_preflight_goes_no_further() {
    let identity: Variables = &[FORWARD, ("IDENTITY_HEADERS", "true")];
    let renamed: Variables = &[
        FORWARD,
        ("CLIENT_CERT_HEADER", "X-Secret-Name"),
        ("GATEWAY_CERT_HEADER", "X-Gateway_Cert"),
    ];
    let rfc9440: Variables = &[FORWARD, ("GATEWAY_CERT_FORMAT", "rfc9440")];
    for variables in [identity, renamed, rfc9440] {
        let rows = [spellings(), connections(), hops()].into_iter().flatten();
        // What names another method makes it no preflight.
        let rows = rows.filter(|row| !row.name.contains("x-http-method-override"));
        let rows = rows.map(|row| as_preflight(without_certificate(row, Forwarded(Nobody))));
        play(Setup { variables, ..Setup::default() }, rows.collect()).await;
    }
    let rows = [names(), controls(), hosts(), too_much()].into_iter().flatten();
    let rows = rows.filter(|row| matches!(row.outcome, Refused(400, _)));
    let rows = rows.map(as_preflight).collect();
    play(Setup { variables: &[FORWARD], ..Setup::default() }, rows).await;
}

#[tokio::test]
async fn certificate_on_a_preflight_is_judged_as_any_other() {
    let copies = || {
        copies().into_iter().map(|row| match row.outcome {
            Refused(401, _) => as_preflight(Row { outcome: Forwarded(Nobody), ..row }),
            _ => as_preflight(row),
        })
    };
    for mode in ["required", "optional"] {
        let rows = copies().chain(with_certificate()).collect();
        let variables = &[FORWARD, ("CLIENT_CERT_MODE", mode)];
        play(Setup { variables, ..Setup::default() }, rows).await;
    }
    let rows = copies().chain(with_certificate()).map(reported).collect();
    let variables = &[FORWARD, ("CLIENT_CERT_MODE", "report")];
    play(Setup { variables, ..Setup::default() }, rows).await;
}

#[tokio::test]
async fn preflight_passes_no_other_listener_and_no_other_target_group() {
    let rows = listeners().into_iter().filter(|row| row.outcome == Refused(403, "HttpsRequired"));
    let rows = rows.map(|row| {
        let outcome = row.outcome;
        as_preflight(without_certificate(row, outcome))
    });
    play(Setup { variables: &[FORWARD], ..Setup::default() }, rows.collect()).await;
    let theirs = row(
        "of another target group",
        |event, arena| {
            event.remove(arena.incoming());
            event.target_group = json!(TARGET_GROUP.replace("ours", "theirs"));
        },
        Refused(403, "UnexpectedTargetGroup"),
    );
    let ours = row(
        "of the target group",
        |event, arena| event.remove(arena.incoming()),
        Forwarded(Nobody),
    );
    let variables = &[FORWARD, ("TARGET_GROUP_ARNS", TARGET_GROUP)];
    let rows = vec![as_preflight(theirs), as_preflight(ours)];
    play(Setup { variables, ..Setup::default() }, rows).await;
}

type Change = Box<dyn Fn(&mut Event, &Arena)>;

/// One hostile request.
struct Row {
    name: String,
    change: Change,
    outcome: Outcome,
}

fn row(
    name: impl Into<String>,
    change: impl Fn(&mut Event, &Arena) + 'static,
    outcome: Outcome,
) -> Row {
    Row { name: name.into(), change: Box::new(change), outcome }
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The client gets this status and code, and the gateway sees nothing.
    Refused(u16, &'static str),
    /// The function answers by itself, and the gateway sees nothing.
    AnsweredHere,
    /// The gateway sees the request as coming from them.
    Forwarded(Who),
}

/// Whose certificate the gateway is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Client,
    Victim,
    Stranger,
    Nobody,
}

/// Plays every row in both variants; the whole matrix is printed if anything is wrong in it.
async fn play(setup: Setup<'_>, rows: Vec<Row>) {
    assert!(!rows.is_empty());
    let arena = Arena::open(&setup).await;
    let mut matrix = Vec::new();
    for row in &rows {
        for maps in [HeaderMode::Multi, HeaderMode::Single] {
            matrix.push(arena.trial(row, maps).await);
        }
    }
    let faulty = matrix.iter().filter(|trial| !trial.faults.is_empty()).count();
    let lines: Vec<_> = matrix.iter().map(Trial::line).collect();
    assert_eq!(faulty, 0, "under {:?}\n{}", setup.variables, lines.join("\n"));
}
