use serde_json::json;

use super::*;

fn check(answer: Value, mode: HeaderMode) -> Result<Answer, Refusal> {
    Answer::check(answer.to_string().as_bytes(), mode)
}

#[test]
fn a_good_answer_passes_in_either_mode() {
    let single = json!({
        "statusCode": 200,
        "statusDescription": "200 OK",
        "headers": {"Content-Type": "text/plain"},
        "body": "aGk=",
        "isBase64Encoded": true,
    });
    let answer = check(single, HeaderMode::Single).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/plain");
    assert_eq!(answer.body, "hi");

    let multi = json!({"statusCode": 201, "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]}, "body": "hi"});
    let answer = check(multi, HeaderMode::Multi).unwrap();
    assert_eq!(answer.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(answer.body, "hi");

    assert_eq!(check(json!({"statusCode": 204}), HeaderMode::Multi).unwrap().body, "");
}

#[test]
fn an_answer_with_both_header_maps_passes_with_the_one_that_counts() {
    let both = json!({"statusCode": 200, "headers": {"a": "1"}, "multiValueHeaders": {"a": ["2"]}});
    assert_eq!(check(both.clone(), HeaderMode::Single).unwrap().headers["a"], "1");
    assert_eq!(check(both, HeaderMode::Multi).unwrap().headers["a"], "2");
}

#[test]
fn what_a_load_balancer_refuses_is_refused_and_named() {
    use HeaderMode::{Multi, Single};
    let cases = [
        (json!([]), Single, "not a JSON object"),
        (json!({}), Single, "statusCode is missing"),
        (json!({"statusCode": "200"}), Single, "statusCode is \"200\""),
        (json!({"statusCode": 200.5}), Single, "statusCode is 200.5"),
        (json!({"statusCode": 99}), Single, "statusCode is 99"),
        (json!({"statusCode": 600}), Single, "statusCode is 600"),
        (json!({"statusCode": 101}), Single, "announces an answer"),
        (
            json!({"statusCode": 200, "statusDescription": null}),
            Single,
            "statusDescription is null",
        ),
        (
            json!({"statusCode": 200, "multiValueHeaders": {}}),
            Single,
            "multiValueHeaders but no headers",
        ),
        (json!({"statusCode": 200, "headers": {}}), Multi, "headers but no multiValueHeaders"),
        (json!({"statusCode": 200, "headers": null}), Single, "headers is not a JSON object"),
        (json!({"statusCode": 200, "headers": {"a": 1}}), Single, "headers[\"a\"] is not a string"),
        (
            json!({"statusCode": 200, "headers": {"a": ["1"]}}),
            Single,
            "headers[\"a\"] is not a string",
        ),
        (
            json!({"statusCode": 200, "multiValueHeaders": {"a": "1"}}),
            Multi,
            "[\"a\"] is not a list of strings",
        ),
        (
            json!({"statusCode": 200, "multiValueHeaders": {"a": [1]}}),
            Multi,
            "[\"a\"] is not a list of strings",
        ),
        (
            json!({"statusCode": 200, "headers": {"a b": "1"}}),
            Single,
            "\"a b\" is not a header name",
        ),
        (json!({"statusCode": 200, "headers": {"a": "1\n"}}), Single, "the value of \"a\""),
        (
            json!({"statusCode": 200, "headers": {"a": "x".repeat(32768)}}),
            Single,
            "headers have 32773 bytes",
        ),
        (json!({"statusCode": 200, "body": 1}), Single, "body is not a string"),
        (
            json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
            Single,
            "body is not base64",
        ),
        (
            json!({"statusCode": 200, "isBase64Encoded": "true"}),
            Single,
            "isBase64Encoded is neither",
        ),
        (
            json!({"statusCode": 200, "body": "x".repeat(1024 * 1024)}),
            Single,
            "a load balancer takes 1048576",
        ),
    ];
    for (answer, mode, expected) in cases {
        let refusal = check(answer, mode).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{refusal:?} instead of {expected:?}");
    }
    assert!(matches!(Answer::check(b"", Single), Err(Refusal::NotJson(_))));
}
