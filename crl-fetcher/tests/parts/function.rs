//! The function as Lambda invokes it.

use std::time::Duration;

use crl_fetcher::{
    FunctionError,
    shelf::{Shelf, ShelfError},
};
use serde_json::{Value, json};

use crate::{
    stage::{BUCKET, LEFT, Stage},
    support::{
        emf::Data,
        real_parts::Secret,
        web::{Page, gzip},
    },
};

#[tokio::test]
async fn schedule_has_the_crls_put_and_asks_for_the_same_no_second_time() {
    let stage = Stage::new().await;
    let answer = stage.scheduled(&[]).await.unwrap();
    assert_eq!(answer[0]["outcome"], "replaced", "{answer}");
    let file = stage.standing().await.manifest.crls[0].file();
    assert_eq!(stage.objects().await, [format!("live/{file}"), "live/manifest.json".to_owned()]);
    assert_eq!(stage.puts(), 2);

    let answer = stage.scheduled(&[]).await.unwrap();
    assert_eq!(answer[0]["outcome"], "unchanged", "{answer}");
    assert_eq!(stage.puts(), 2, "{}", stage.moto.log());

    stage.publish().await;
    let answer = stage.scheduled(&[]).await.unwrap();
    assert_eq!(answer[0]["outcome"], "replaced", "{answer}");
    assert_eq!(stage.standing().await.manifest.crls[0].number.as_deref(), Some("4097"));
    assert_eq!(stage.puts(), 4);
}

#[tokio::test]
async fn lines_tell_each_crl_and_one_has_the_metrics() {
    let stage = Stage::new().await;
    let urls = ["ca.crl?token=secret", "none.crl?token=secret"];
    let urls = urls.map(|path| stage.nginx.url(path)).join(",");
    let error = stage.scheduled(&[("CRL_URLS", &urls)]).await.unwrap_err();
    assert!(error.to_string().starts_with("1 of 2 CRLs could not be refreshed"), "{error}");
    let lines = stage.lines();
    assert!(!format!("{lines:?} {error} {error:?}").contains("secret"));
    let [crl, none, all] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(crl["issuer"], "CN=OpenSSL CA");
    assert_eq!((&crl["outcome"], &crl["number"]), (&json!("replaced"), &json!("4096")));
    assert_eq!((&crl["entries"], &crl["age_hours"]), (&json!(0), &json!(0)));
    assert_eq!((&none["level"], &none["outcome"]), (&json!("ERROR"), &json!("failed")));
    assert_eq!(none["reason"], "it answers 404 Not Found");
    let data = Data::of(all);
    assert_eq!(all["FunctionName"], "crl-fetcher");
    assert_eq!(data.value("CrlFetchFailed"), Some(1.0));
    assert_eq!(data.value("CrlEntries"), Some(0.0));
    // A second passes, and seven days are not whole any more.
    assert_eq!(data.value("CrlHoursLeft"), Some(7.0 * 24.0 - 1.0));
}

#[tokio::test]
async fn query_of_the_guide_asks_for_what_lines_have() {
    let stage = Stage::new().await;
    let urls = ["ca.crl", "none.crl"].map(|path| stage.nginx.url(path)).join(",");
    stage.scheduled(&[("CRL_URLS", &urls)]).await.unwrap_err();
    stage.scheduled(&[("TRUST_BUNDLE_SECRETS", "other")]).await.unwrap_err();
    let lines = stage.lines();
    let guide = include_str!("../../../docs/operations.md");
    let mut queries = guide.split("```text\n").filter_map(|text| text.split("```").next());
    let query = queries.find(|query| query.contains("ispresent(outcome)")).unwrap();
    for field in
        ["outcome", "url", "reason", "error", "issuer", "number", "entries", "hours_left", "level"]
    {
        assert!(query.contains(field), "{field} in {query}");
        assert!(lines.iter().any(|line| line.get(field).is_some()), "{field} in {lines:?}");
    }
}

#[tokio::test]
async fn refresh_that_comes_to_nothing_counts_every_url() {
    let stage = Stage::new().await;
    let changes = [("TRUST_BUNDLE_SECRETS", "other")];
    let error = stage.scheduled(&changes).await.unwrap_err();
    assert!(error.to_string().starts_with("secret other cannot be fetched"), "{error}");
    let lines = stage.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["level"], "ERROR");
    let data = Data::of(&lines[0]);
    assert_eq!((data.value("CrlFetchFailed"), data.value("CrlHoursLeft")), (Some(1.0), None));

    stage.moto.create_secret("other", Secret::Text("no bundle")).await;
    let error = stage.scheduled(&changes).await.unwrap_err();
    assert!(error.to_string().starts_with("the trust bundle cannot be used: "), "{error}");
}

#[tokio::test]
async fn two_runs_at_once_do_each_other_no_harm() {
    let stage = Stage::new().await;
    for _ in 0..3 {
        let (one, two) = tokio::join!(stage.scheduled(&[]), stage.scheduled(&[]));
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        let standing = stage.standing().await;
        let file = standing.manifest.crls[0].file();
        assert!(stage.objects().await.contains(&format!("live/{file}")));
        stage.publish().await;
    }
}

#[tokio::test]
async fn manifest_that_was_replaced_meanwhile_is_not_overwritten() {
    let stage = Stage::new().await;
    stage.scheduled(&[]).await.unwrap();
    let first = stage.standing().await;
    stage.publish().await;
    stage.scheduled(&[]).await.unwrap();
    let (second, bucket) = (stage.standing().await, stage.bucket());
    for before in [Some(&*first.version), None] {
        let error = bucket.publish(&first.manifest, before).await;
        assert!(matches!(error, Err(ShelfError::Overtaken { .. })), "{error:?}");
    }
    assert_eq!(stage.standing().await.manifest, second.manifest);
    bucket.publish(&first.manifest, Some(&second.version)).await.unwrap();
    assert_eq!(stage.standing().await.manifest, first.manifest);
}

#[tokio::test]
async fn object_that_nobody_names_leaves_the_bucket_a_day_later() {
    const DAYS: Duration = Duration::from_secs(2 * 86_400);
    let stage = Stage::new().await;
    stage.scheduled(&[]).await.unwrap();
    let first = format!("live/{}", stage.standing().await.manifest.crls[0].file());
    stage.publish().await;
    stage.scheduled(&[]).await.unwrap();
    stage.scheduled(&[]).await.unwrap();
    assert!(stage.objects().await.contains(&first), "it is not old enough");
    stage.function_in(DAYS, &[]).handle(&json!({}), LEFT).await.unwrap();
    assert_eq!(stage.objects().await.len(), 2);
    assert!(!stage.objects().await.contains(&first));
}

#[tokio::test]
async fn permission_that_is_lost_is_named_with_its_bucket() {
    let stage = Stage::new().await;
    stage.scheduled(&[]).await.unwrap();
    let before = stage.standing().await;
    stage.publish().await;
    stage.deny("s3:PutObject").await;
    let error = stage.scheduled(&[]).await.unwrap_err().to_string();
    assert!(error.contains(&format!("(kept): s3:PutObject on s3://{BUCKET}/live/")), "{error}");
    assert!(error.ends_with("give the function's role this action there"), "{error}");
    assert_eq!(stage.standing().await.manifest, before.manifest);

    stage.deny("s3:GetObject").await;
    let error = stage.scheduled(&[]).await.unwrap_err().to_string();
    let named = format!("s3:GetObject on s3://{BUCKET}/live/manifest.json: 403 ");
    assert!(error.starts_with(&named), "{error}");
}

#[tokio::test]
async fn bucket_that_is_not_there_is_named() {
    let stage = Stage::new().await;
    let error = stage.scheduled(&[("TRUST_CRLS", "s3://crls-of-others/")]).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("s3://crls-of-others/manifest.json: 404 NoSuchBucket"), "{error}");
}

#[tokio::test]
async fn server_that_says_nothing_takes_no_more_than_the_invocation_has() {
    let stage = Stage::new().await;
    stage.web.put("/silent.crl", Page::Silent);
    let urls = format!("{},{}", stage.web.url("/silent.crl"), stage.nginx.url("ca.crl"));
    // All but a second is kept for putting and answering.
    let function = stage.function(&[("CRL_URLS", &urls)]);
    let error = function.handle(&Value::Null, Duration::from_secs(21)).await.unwrap_err();
    let FunctionError::NotCurrent(report) = error else { panic!("{error}") };
    assert!(report.contains("it was not there within"), "{report}");
    assert_eq!(stage.standing().await.manifest.crls.len(), 1);
}

#[tokio::test]
async fn time_that_is_too_short_is_told() {
    let stage = Stage::new().await;
    let error = stage.function(&[]).handle(&json!({}), Duration::from_secs(3)).await.unwrap_err();
    assert!(matches!(error, FunctionError::TooSlow(_)), "{error}");
}

#[tokio::test]
async fn stack_that_is_created_or_changed_is_told_that_the_crls_are_there() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::of(b""));
    for request in ["Create", "Update"] {
        let (answers, outcome) = stage.stack(request, &[]).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(
            answers.last().unwrap(),
            &json!({
                "Status": "SUCCESS",
                "Reason": "",
                "PhysicalResourceId": "crls",
                "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/mtls/1",
                "RequestId": "11111111-2222-3333-4444-555555555555",
                "LogicalResourceId": "FirstCrls",
            })
        );
    }
    assert_eq!(stage.standing().await.manifest.crls.len(), 1);
    let put = stage.web.asked().pop().unwrap();
    assert!(!put.to_ascii_lowercase().contains("content-type"), "{put}");
}

#[tokio::test]
async fn stack_is_told_why_there_are_no_crls() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::of(b""));
    for (changes, why) in [
        (("CRL_URLS", &*stage.nginx.url("none.crl")), "it answers 404 Not Found"),
        (("CRL_URLS", "ldap:///CN=CA"), "ask the CA for an HTTP distribution point"),
        (("TRUST_CRLS", "s3://crls-of-others/"), "NoSuchBucket"),
    ] {
        let (answers, outcome) = stage.stack("Create", &[changes]).await;
        assert!(outcome.is_ok(), "Lambda would try again: {outcome:?}");
        let answer = answers.last().unwrap();
        assert_eq!(answer["Status"], "FAILED");
        assert!(answer["Reason"].as_str().unwrap().contains(why), "{answer}");
    }
    assert!(!format!("{:?}", stage.lines()).contains("signature="));
}

#[tokio::test]
async fn stack_whose_trust_bundle_is_not_uploaded_yet_is_not_held_up() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::of(b""));
    let (answers, outcome) = stage.stack("Create", &[("TRUST_BUNDLE_SECRETS", "other")]).await;
    let error = outcome.unwrap()["error"].clone();
    assert!(error.as_str().unwrap().starts_with("secret other cannot be fetched"), "{error}");
    assert_eq!(answers.last().unwrap()["Status"], "SUCCESS");
    assert_eq!(stage.lines()[0]["level"], "ERROR");
}

#[tokio::test]
async fn stack_goes_on_with_crls_that_are_good_though_their_ca_is_down() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::of(b""));
    stage.scheduled(&[]).await.unwrap();
    stage.nginx.put("ca.crl", b"<html>maintenance</html>");
    let (answers, outcome) = stage.stack("Update", &[]).await;
    assert_eq!(answers.last().unwrap()["Status"], "SUCCESS");
    assert_eq!(outcome.unwrap()[0]["outcome"], "kept");
}

#[tokio::test]
async fn stack_that_is_deleted_is_answered_at_once_whatever_the_settings_are() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::of(b""));
    let (answers, outcome) = stage.stack("Delete", &[("CRL_URLS", "")]).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(answers[0]["Status"], "SUCCESS");
    assert!(stage.objects().await.is_empty());
}

#[tokio::test]
async fn answer_that_does_not_arrive_is_an_error() {
    let stage = Stage::new().await;
    stage.web.put("/answer?signature=secret", Page::with("403 Forbidden", "", b""));
    let (answers, outcome) = stage.stack("Create", &[]).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, FunctionError::Answer(_)), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(answers.len(), 3);
}

#[tokio::test]
async fn test_event_of_any_shape_is_a_refresh() {
    let stage = Stage::new().await;
    stage.nginx.put("ca.crl", &gzip(&stage.ca.crl().await));
    for event in [Value::Null, json!({}), json!([1]), json!({"ResponseURL": 7})] {
        let answer = stage.function(&[]).handle(&event, LEFT).await.unwrap();
        assert_eq!(answer.as_array().map(Vec::len), Some(1), "{event}");
    }
}
