//! Every no: its status, its word, and what it keeps to itself.

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode},
    pki::Authority,
};
use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{self, Journey, Pki, code, expired, get, header, key, valid};

#[tokio::test]
async fn refusal_has_the_shape_that_clients_of_wso2_parse_and_says_little() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let stranger = Authority::root("Stranger Root", key(), valid()).unwrap();
    let leaf = stranger.leaf("stranger", valid()).issue().unwrap();
    let answer = journey.send(&get(vec![leaf.der().to_vec()])).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body,
        json!({
            "code": "ClientCertUntrusted",
            "message": "Client certificate not trusted",
            "description": "Present a certificate of an authority that this service trusts, with its intermediates.",
            "request_id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        })
    );
    let line = journey.last_line();
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["status"], 403);
    assert_eq!(line["code"], "ClientCertUntrusted");
    assert!(line["detail"].as_str().unwrap().contains("Stranger Root"), "{line}");
    assert_eq!(line["client"]["subject"], "CN=stranger");
    assert_eq!(line["client"]["sha256"], alb_mtls::pki::fingerprint(leaf.der()));
    assert!(!line.to_string().contains("MII"));
}

#[tokio::test]
async fn missing_certificate_is_401_with_a_challenge() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let answer = journey.send(&get(vec![])).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (401, "ClientCertMissing".to_owned()));
    assert!(answer.headers.contains_key("www-authenticate"));
    journey.assert_not_forwarded();
}

#[tokio::test]
async fn missing_certificate_is_explained_by_what_is_there_instead_and_nothing_is_quoted() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let certificate = header(&[pki.leaf.der()]);
    for (name, value, reason) in [
        ("x-other", "value", "the client presented none, or the listener"),
        ("x-amzn-mtls-clientcert-leaf", certificate.as_str(), "the listener is in verify mode"),
        ("x-renamed", certificate.as_str(), "there is a certificate in x-renamed"),
    ] {
        let mut request = get(vec![]);
        request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        assert_eq!(code(&journey.send(&request).await), "ClientCertMissing");
        let line = journey.last_line();
        assert!(line["detail"].as_str().unwrap().contains(reason), "{line}");
        assert!(!line.to_string().contains("MII"), "{line}");
    }
}

#[tokio::test]
async fn preflight_without_a_certificate_is_told_of_the_setting_and_logged_when_it_passes() {
    let pki = Pki::new();
    let preflight = |method: &str| {
        let mut request = get(vec![]);
        method.clone_into(&mut request.method);
        for (name, value) in
            [("origin", "https://app.example.com"), ("access-control-request-method", "POST")]
        {
            request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
        request
    };
    for (settings, method, status, hinted) in [
        (&[][..], "OPTIONS", 401, true),
        (&[("PREFLIGHT", "refuse")][..], "OPTIONS", 401, true),
        (&[], "GET", 401, false),
        (&[("PREFLIGHT", "forward")], "GET", 401, false),
        (&[("CLIENT_CERT_MODE", "report")], "OPTIONS", 200, true),
    ] {
        let journey = Journey::new(&pki, settings).await;
        assert_eq!(journey.send(&preflight(method)).await.status, status, "{settings:?} {method}");
        let line = journey.last_line();
        let detail = line["detail"].as_str().unwrap();
        assert_eq!(detail.contains("PREFLIGHT=forward"), hinted, "{line}");
        assert_eq!(line.get("preflight"), None, "{line}");
    }
    for mode in ["required", "optional", "report"] {
        let settings = [("PREFLIGHT", "forward"), ("CLIENT_CERT_MODE", mode)];
        let journey = Journey::new(&pki, &settings).await;
        assert_eq!(journey.send(&preflight("OPTIONS")).await.status, 200, "{mode}");
        let line = journey.last_line();
        assert_eq!((&line["preflight"], &line["level"]), (&json!(true), &json!("INFO")), "{line}");
        for absent in ["code", "detail", "would_refuse", "client"] {
            assert_eq!(line.get(absent), None, "{mode}: {line}");
        }
        // With a certificate it is a request like any other.
        let request = alb_mtls::alb::Request { chain: pki.chain(), ..preflight("OPTIONS") };
        assert_eq!(journey.send(&request).await.status, 200, "{mode}");
        let line = journey.last_line();
        assert_eq!(line.get("preflight"), None, "{line}");
        assert_eq!(line["client"]["subject"], "CN=client-1");
    }
}

#[tokio::test]
async fn preflight_passes_while_there_is_no_trust_bundle_and_nobody_else_does() {
    let journey = Journey::trusting("", &[("PREFLIGHT", "forward")]).await;
    let mut request = get(vec![]);
    request.method = "OPTIONS".to_owned();
    for (name, value) in [("origin", "null"), ("access-control-request-method", "GET")] {
        request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    assert_eq!(journey.send(&request).await.status, 200);
    request.chain = Pki::new().chain();
    assert_eq!(code(&journey.send(&request).await), "TrustBundleUnavailable");
}

#[tokio::test]
async fn request_through_another_listener_than_https_is_refused_unless_allowed() {
    let pki = Pki::new();
    for (setting, proto, word) in [
        ("true", r#""x-forwarded-proto":["https"]"#, None),
        ("true", r#""x-forwarded-proto":["http"]"#, Some("HttpsRequired")),
        ("true", r#""x-forwarded-proto":["https, http"]"#, Some("HttpsRequired")),
        ("true", r#""x-forwarded-proto":["https","https"]"#, Some("HttpsRequired")),
        ("true", r#""x-forwarded-proto":["https","http"]"#, Some("HttpsRequired")),
        ("true", r#""x-forwarded-proto":[""]"#, Some("HttpsRequired")),
        ("true", r#""x-forwarded-proto":[]"#, Some("HttpsRequired")),
        ("true", r#""x_forwarded_proto":["https"]"#, Some("HttpsRequired")),
        ("false", r#""x-forwarded-proto":["http"]"#, None),
        ("false", r#""x-forwarded-proto":[]"#, None),
    ] {
        let journey = Journey::new(&pki, &[("REQUIRE_HTTPS", setting)]).await;
        let event = journey.events.event(&get(pki.chain())).unwrap();
        let event = String::from_utf8(event).unwrap();
        let event = event.replace(r#""x-forwarded-proto":["https"]"#, proto);
        let answer: Value =
            serde_json::from_slice(&journey.deliver(event.as_bytes()).await).unwrap();
        assert_eq!(journey.last_line()["code"].as_str(), word, "{proto}");
        assert_eq!(answer["statusCode"], if word.is_some() { 403 } else { 200 });
    }
}

#[tokio::test]
async fn health_check_comes_through_no_listener_and_is_answered_all_the_same() {
    let journey = Journey::new(&Pki::new(), &[]).await;
    for (agent, word) in [("ELB-HealthChecker/2.0", None), ("curl/8", Some("HttpsRequired"))] {
        let event = json!({
            "httpMethod": "GET", "path": "/", "multiValueHeaders": {"user-agent": [agent]},
            "body": "", "isBase64Encoded": false,
        });
        let answer = journey.deliver(event.to_string().as_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["statusCode"], if word.is_some() { 403 } else { 200 }, "{agent}");
        assert_eq!(journey.last_line()["code"].as_str(), word, "{agent}");
        journey.assert_not_forwarded();
    }
}

#[tokio::test]
async fn event_of_another_target_group_is_refused_where_groups_are_named() {
    let pki = Pki::new();
    let ours = EventSettings::default().target_group_arn;
    let other = ours.replace("local", "other");
    for (named, status) in [(ours.clone(), 200), (format!("{other}, {ours}"), 200), (other, 403)] {
        let journey = Journey::new(&pki, &[("TARGET_GROUP_ARNS", &named)]).await;
        assert_eq!(journey.send(&get(pki.chain())).await.status, status, "{named}");
    }
    let journey = Journey::new(&pki, &[("TARGET_GROUP_ARNS", &ours)]).await;
    let event = journey.events.event(&get(pki.chain())).unwrap();
    let nobody_s = String::from_utf8(event).unwrap().replace("targetGroupArn", "other");
    journey.deliver(nobody_s.as_bytes()).await;
    assert_eq!(journey.last_line()["code"], "UnexpectedTargetGroup");
}

/// The template knows its own target group by name before the load balancer has given it an id.
#[tokio::test]
async fn target_group_that_is_named_without_its_id_is_taken_with_any_id_and_no_other_is() {
    let pki = Pki::new();
    let named = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/local/*";
    let journey = Journey::new(&pki, &[("TARGET_GROUP_ARNS", named)]).await;
    let ours = EventSettings::default().target_group_arn;
    let event = String::from_utf8(journey.events.event(&get(pki.chain())).unwrap()).unwrap();
    for (from, to, word) in [
        ("local/0123456789abcdef", "local/0123456789abcdef", None),
        ("local/0123456789abcdef", "local/fedcba9876543210", None),
        ("/local/", "/local-2/", Some("UnexpectedTargetGroup")),
        ("/local/", "/loca/", Some("UnexpectedTargetGroup")),
        ("/local/", "/Local/", Some("UnexpectedTargetGroup")),
        ("/local/", "/local/local/", Some("UnexpectedTargetGroup")),
        ("local/0123456789abcdef", "local/", Some("UnexpectedTargetGroup")),
        ("local/0123456789abcdef", "local/*", Some("UnexpectedTargetGroup")),
        ("local/0123456789abcdef", "local", Some("UnexpectedTargetGroup")),
        ("123456789012", "210987654321", Some("UnexpectedTargetGroup")),
        ("us-east-1", "us-east-2", Some("UnexpectedTargetGroup")),
        ("arn:aws:", "arn:aws-cn:", Some("UnexpectedTargetGroup")),
        ("arn:aws:", " arn:aws:", Some("UnexpectedTargetGroup")),
    ] {
        let arn = ours.replace(from, to);
        journey.deliver(event.replace(&ours, &arn).as_bytes()).await;
        assert_eq!(journey.last_line()["code"].as_str(), word, "{arn}");
    }
}

#[tokio::test]
async fn event_with_a_fault_is_answered_in_the_form_that_it_came_in() {
    let journey = Journey::new(&Pki::new(), &[]).await;
    for (mode, headers, other) in [
        (HeaderMode::Single, r#""headers":{"x-forwarded-proto":"https"}"#, "multiValueHeaders"),
        (HeaderMode::Multi, r#""multiValueHeaders":{"x-forwarded-proto":["https"]}"#, "headers"),
    ] {
        let answered = async |event: String| {
            let answer = journey.deliver(format!("{{{event}}}").as_bytes()).await;
            let word = code(&Answer::check(&answer, mode).unwrap());
            (word, serde_json::from_slice::<Value>(&answer).unwrap())
        };
        for fault in [
            r#""requestContext":5"#,
            r#""path":{}"#,
            r#""queryStringParameters":{"a":["b"]}"#,
            r#""multiValueQueryStringParameters":[]"#,
            r#""body":{"a":"b"}"#,
            r#""isBase64Encoded":"no""#,
            "!",
        ] {
            for event in
                [format!("{REQUEST},{headers},{fault}"), format!("{fault},{REQUEST},{headers}")]
            {
                assert_eq!(answered(event).await.0, "BadRequest", "{fault}");
            }
        }
        for (context, word) in [
            (r#"{"elb":5}"#, "BadRequest"),
            (r#"{"elb":{"targetGroupArn":"arn"}}"#, "ClientCertMissing"),
        ] {
            let event = format!(r#""requestContext":{context},{REQUEST},{headers}"#);
            let (told, answer) = answered(event).await;
            assert_eq!(told, word);
            assert!(answer.get(other).is_none(), "in the one form and not in both");
        }
    }
}

/// What every event has.
const REQUEST: &str = r#""httpMethod":"GET","path":"/""#;

#[tokio::test]
async fn each_kind_of_bad_certificate_has_its_status_and_word() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let late = pki.issuing.leaf("client", expired()).issue().unwrap();
    let late = header(&[late.der(), pki.issuing.der()]);
    let many = header(&vec![pki.leaf.der(); 17]);
    let long = "A".repeat(64 * 1024 + 1);
    for (value, status, word) in [
        ("%4", 400, "ClientCertInvalid"),
        ("not a certificate", 400, "ClientCertInvalid"),
        ("%0A", 400, "ClientCertInvalid"),
        (&long, 400, "ClientCertMaxSizeExceeded"),
        (&many, 400, "ClientCertMaxChainDepthExceeded"),
        (&late, 403, "ClientCertExpired"),
    ] {
        let event = json!({
            "httpMethod": "GET", "path": "/",
            "multiValueHeaders": {"x-forwarded-proto": ["https"], "x-amzn-mtls-clientcert": [value]},
        });
        let answer: Value =
            serde_json::from_slice(&journey.deliver(event.to_string().as_bytes()).await).unwrap();
        assert_eq!(answer["statusCode"], status, "{word}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["code"], word);
        journey.assert_not_forwarded();
    }
}

#[tokio::test]
async fn what_is_no_event_gets_a_400_in_the_form_that_can_be_told() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    for (event, headers) in [
        ("", "headers"),
        ("{", "headers"),
        ("null", "headers"),
        ("{\"multiValueHeaders\":{\"a\":1}}", "multiValueHeaders"),
        (
            "{\"httpMethod\":\"GET\",\"path\":\"/\",\"multiValueHeaders\":{\"a\":[\"\\u0000\"]}}",
            "multiValueHeaders",
        ),
        (
            "{\"httpMethod\":\"GET\",\"path\":\"/\",\"headers\":{},\"body\":\"%\",\"isBase64Encoded\":true}",
            "headers",
        ),
    ] {
        let answer: Value =
            serde_json::from_slice(&journey.deliver(event.as_bytes()).await).unwrap();
        assert_eq!(answer["statusCode"], 400, "{event}");
        assert!(answer[headers].is_object(), "{event}: {answer}");
        assert_eq!(journey.last_line()["code"], "BadRequest");
    }
}

#[tokio::test]
async fn event_that_cannot_be_read_leaves_nothing_of_itself_in_the_log() {
    let journey = Journey::new(&Pki::new(), &[]).await;
    for event in [
        r#"{"multiValueHeaders":{"authorization":"SECRET"}}"#,
        r#"{"httpMethod":"GET","path":"/","headers":{"a":["SECRET"]}}"#,
        r#"{"httpMethod":"GET","isBase64Encoded":"SECRET"}"#,
        r#""SECRET""#,
    ] {
        journey.deliver(event.as_bytes()).await;
        let line = journey.last_line();
        assert_eq!(line["code"], "BadRequest");
        assert!(line["detail"].as_str().unwrap().contains("column"), "{line}");
        assert!(!line.to_string().contains("SECRET"), "{line}");
    }
}

#[tokio::test]
async fn path_is_logged_escaped_and_cut() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let mut request = get(pki.chain());
    request.path = format!("/\u{202e}\u{2028}{}", "x".repeat(9_000));
    journey.send(&request).await;
    let logged = journey.last_line()["path"].as_str().unwrap().to_owned();
    assert!(logged.starts_with("/\\u{202e}\\u{2028}xxx") && logged.len() < 700, "{logged}");
}

#[tokio::test]
async fn request_past_its_deadline_is_answered_and_not_forwarded() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let event = journey.events.event(&get(pki.chain())).unwrap();
    for (seconds, status) in [(-1, 504), (0, 504), (30, 200), (-500_000, 200)] {
        let answer = journey.deliver_with_deadline(&event, seconds).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["statusCode"], status, "{seconds}");
        assert_eq!(journey.gateway.take_seen().len(), usize::from(status == 200), "{seconds}");
    }
}

#[tokio::test]
async fn without_a_usable_bundle_requests_and_health_checks_get_503() {
    let pki = Pki::new();
    let journey = Journey::trusting("no certificate\n", &[]).await;
    let answer = journey.send(&get(pki.chain())).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (503, "TrustBundleUnavailable".to_owned()));
    journey.assert_not_forwarded();
    assert_eq!(health(&journey).await["statusCode"], 503);
    // The clock stands still, so nobody asks Secrets Manager again.
    assert_eq!(journey.secrets.requests(), 1);
}

#[tokio::test]
async fn health_check_is_answered_here_and_never_forwarded() {
    let journey = Journey::new(&Pki::new(), &[]).await;
    assert_eq!(health(&journey).await["statusCode"], 200);
    journey.assert_not_forwarded();
}

async fn health(journey: &Journey) -> Value {
    let event = json!({
        "httpMethod": "GET", "path": "/",
        "multiValueHeaders": {"user-agent": ["ELB-HealthChecker/2.0"]},
        "body": "", "isBase64Encoded": false,
    });
    serde_json::from_slice(&journey.deliver(event.to_string().as_bytes()).await).unwrap()
}

#[tokio::test]
async fn panic_on_the_way_is_answered_and_logged_and_the_next_request_served() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    let pki = Pki::new();
    // A clock that gives way at the fourth look: the delivery takes one, and the request two before its
    // certificate is judged.
    let looks = Arc::new(AtomicUsize::new(usize::MAX));
    let left = Arc::clone(&looks);
    let clock = Arc::new(move || {
        let left = left.fetch_sub(1, Ordering::SeqCst);
        assert!(left > 0, "the clock gives way");
        support::clock()()
    });
    let journey = Journey::with_clock(&pki.root.pem(), &[], clock).await;
    looks.store(3, Ordering::SeqCst);
    let answer = journey.send(&get(pki.chain())).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (500, "InternalError".to_owned()));
    assert_eq!(journey.last_line()["code"], "InternalError");
    journey.assert_not_forwarded();
    looks.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(journey.send(&get(pki.chain())).await.status, 200);
}

#[test]
fn no_public_text_tells_why() {
    // The status alone decides who is to blame, and no text quotes anything.
    use alb_mtls_adapter::rejection::PublicText;
    use alb_mtls_adapter::trust::PathError;
    let detail = PathError::Untrusted {
        issuer: "CN=Internal".to_owned(),
        of_no_use: Vec::new(),
        pinned: None,
    };
    let public = PublicText::from(&detail);
    assert_eq!(public.status, StatusCode::FORBIDDEN);
    assert!(!public.description.contains("Internal"));
}

#[test]
fn certificate_whose_turn_does_not_come_is_answered_503_and_not_called_untrusted() {
    use std::time::Duration;

    use alb_mtls_adapter::{
        admission::AdmissionError,
        rejection::Rejection,
        trust::{AuthenticationError, Crowded},
    };
    let crowded = AuthenticationError::from(Crowded { within: Duration::from_secs(2) });
    let rejection = Rejection::from(AdmissionError::Unauthenticated(crowded));
    assert_eq!(
        (rejection.public().status, rejection.public().code),
        (StatusCode::SERVICE_UNAVAILABLE, "VerificationOverloaded")
    );
    assert!(rejection.to_string().contains("did not come within 2s"), "{rejection}");
}

#[tokio::test]
async fn hint_is_for_the_log_and_the_client_is_told_no_more_than_a_stranger() {
    let unknown = Authority::root("Unknown", key(), valid()).unwrap();
    let [old, new, stranger] =
        ["partner", "partner", "stranger"].map(|name| unknown.leaf(name, valid()).issue().unwrap());
    let journey = Journey::trusting(&old.pem(), &[]).await;
    let mut bodies = Vec::new();
    for (client, hinted) in [(&new, true), (&stranger, false)] {
        let answer = journey.send(&get(vec![client.der().to_vec()])).await;
        let line = journey.last_line();
        assert_eq!(
            (answer.status.as_u16(), line["code"].as_str()),
            (403, Some("ClientCertUntrusted"))
        );
        let detail = line["detail"].as_str().unwrap();
        assert_eq!(
            detail.contains("another certificate with this client's key or names is pinned"),
            hinted,
            "{detail}"
        );
        bodies.push(answer.body);
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(journey.send(&get(vec![old.der().to_vec()])).await.status, 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Bytes that are no event, and events with a stretch of them overwritten: there is an answer, and
    /// one that the load balancer takes in the form that it asks for.
    #[test]
    fn any_bytes_as_an_event_get_an_answer_that_the_load_balancer_takes(
        bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), damaged in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pki = Pki::new();
            let journey = Journey::new(&pki, &[]).await;
            let mut event = bytes.clone();
            let mut modes = vec![HeaderMode::Multi, HeaderMode::Single];
            if damaged {
                modes = vec![journey.events.header_mode];
                event = journey.events.event(&get(pki.chain())).unwrap();
                let at = at.index(event.len());
                let end = event.len().min(at + bytes.len());
                event.splice(at..end, bytes);
            }
            let answer = journey.deliver(&event).await;
            let taken = modes.into_iter().any(|mode| Answer::check(&answer, mode).is_ok());
            assert!(taken, "{}", String::from_utf8_lossy(&answer));
        });
    }
}
