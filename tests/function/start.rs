//! Start-up, as the built function does it.

use std::process::{Command, Output};

fn start(variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bootstrap"))
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// What Lambda sets, with a Runtime API that nobody serves: whoever gets that far ends there.
const LAMBDA: [(&str, &str); 4] = [
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
    ("AWS_LAMBDA_FUNCTION_NAME", "adapter"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
];

#[test]
fn outside_lambda_it_says_in_one_line_what_to_run_instead_and_exits_2() {
    let output = start(&[]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("cargo run -p alb-mtls -- demo"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn wrong_settings_stop_the_start_with_all_faults_listed() {
    let mut variables = LAMBDA.to_vec();
    variables.extend([
        ("GATEWAY_URL", "wso2.internal"),
        ("CLIENT_CERT_MODE", "maybe"),
        ("GATEWAY_TIMEOUT", "5"),
    ]);
    let output = start(&variables);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    for name in ["GATEWAY_URL", "TRUST_BUNDLE_SECRETS", "CLIENT_CERT_MODE", "GATEWAY_TIMEOUT_MS"] {
        assert!(log.contains(name), "{name}: {log}");
    }
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn lines_in_json_have_the_time_without_which_lambda_does_not_believe_their_level() {
    let variables = [&LAMBDA[..], &[("AWS_LAMBDA_LOG_FORMAT", "JSON")]].concat();
    let log = String::from_utf8(start(&variables).stdout).unwrap();
    let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], "ERROR");
    let time = line["timestamp"].as_str().unwrap();
    assert!(time.len() > 19 && time[10..].starts_with('T') && time.ends_with('Z'), "{time}");
}
