//! The real parts do what the other tests take for granted of them. No line of the function is run here.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use alb_mtls::wso2::Mode;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use support::real_parts::{Emulator, Moto, Nginx, Oracle, Secret, Taken, curl, openssl, part};

// --- WSO2's library calls ------------------------------------------------------------------------

/// What each mode makes of each spelling of a certificate: the leaf, nothing, or another certificate.
///
/// The modes are, left to right: enc-3.1, enc-4.1, enc-fix, raw-4.0, raw-4.1, raw-4.3, Choreo encoded, Choreo raw,
/// Identity Server.
const WSO2_READS: [(&str, [&str; 9]); 16] = [
    (
        "leaf as the load balancer sends it",
        ["no", "no", "leaf", "no", "no", "no", "no", "no", "no"],
    ),
    (
        "chain as the load balancer sends it",
        ["no", "no", "leaf", "no", "no", "no", "no", "no", "no"],
    ),
    ("escaped leaf", ["leaf", "leaf", "leaf", "no", "no", "no", "leaf", "no", "no"]),
    ("escaped chain", ["leaf", "leaf", "leaf", "no", "no", "no", "leaf", "no", "no"]),
    (
        "escaped chain, root first",
        ["WRONG", "WRONG", "WRONG", "no", "no", "no", "WRONG", "no", "no"],
    ),
    ("escaped with CRLF", ["no", "leaf", "leaf", "no", "no", "no", "leaf", "no", "no"]),
    ("escaped without line breaks", ["no", "leaf", "leaf", "no", "no", "no", "leaf", "no", "no"]),
    ("escaped as a form, space as +", ["leaf", "leaf", "no", "no", "no", "no", "leaf", "no", "no"]),
    ("escaped twice", ["no", "no", "no", "no", "no", "no", "no", "no", "no"]),
    ("escaped, text before BEGIN", ["no", "no", "no", "no", "no", "no", "no", "no", "no"]),
    ("escaped, another label", ["no", "no", "no", "no", "no", "no", "no", "no", "no"]),
    ("bare base64", ["no", "no", "leaf", "leaf", "no", "leaf", "no", "no", "leaf"]),
    ("bare base64, escaped", ["leaf", "leaf", "leaf", "no", "no", "no", "no", "no", "no"]),
    ("base64 of the PEM", ["leaf", "leaf", "leaf", "no", "no", "no", "no", "no", "leaf"]),
    ("PEM, newlines as spaces", ["no", "no", "leaf", "leaf", "no", "leaf", "no", "leaf", "no"]),
    ("PEM on a single line", ["no", "no", "leaf", "leaf", "no", "leaf", "no", "leaf", "leaf"]),
];

#[tokio::test]
async fn wso2_reads_a_p256_certificate_as_tabulated() {
    assert_reads_as_tabulated(&Pki::new("P-256").await).await;
}

#[tokio::test]
async fn wso2_reads_an_rsa_certificate_as_tabulated() {
    assert_reads_as_tabulated(&Pki::new("RSA").await).await;
}

#[tokio::test]
async fn wso2_tells_subject_and_reason() {
    let pki = Pki::new("P-256").await;
    let answers =
        Oracle::ask(&[(Mode::Enc41, &escaped(&pki.leaf)), (Mode::Enc41, "%zz"), (Mode::Enc41, "")])
            .await;
    assert_eq!(answers[0].as_ref().unwrap().subject, "CN=client");
    assert!(answers[1].as_ref().unwrap_err().contains("IllegalArgumentException"), "{answers:?}");
    assert!(answers[2].as_ref().unwrap_err().contains("CertificateException"), "{answers:?}");
}

async fn assert_reads_as_tabulated(pki: &Pki) {
    let spellings = spellings(pki);
    let questions: Vec<_> = spellings
        .iter()
        .flat_map(|(_, header)| Mode::all().map(|mode| (mode, header.as_str())))
        .collect();
    let leaf = sha256(&pki.leaf).await;
    let answers: Vec<_> = Oracle::ask(&questions)
        .await
        .iter()
        .map(|answer| match answer {
            Ok(Taken { sha256, .. }) if *sha256 == leaf => "leaf",
            Ok(_) => "WRONG",
            Err(_) => "no",
        })
        .collect();
    let read: Vec<_> =
        spellings.iter().map(|(name, _)| *name).zip(answers.chunks(Mode::all().len())).collect();
    let tabulated: Vec<_> = WSO2_READS.iter().map(|(name, row)| (*name, row.as_slice())).collect();
    assert_eq!(read, tabulated);
}

/// The rows of the table, in its order.
fn spellings(pki: &Pki) -> Vec<(&'static str, String)> {
    let Pki { leaf, root, .. } = pki;
    let base64: String = leaf.lines().filter(|line| !line.starts_with('-')).collect();
    vec![
        ("leaf as the load balancer sends it", as_sent(leaf)),
        ("chain as the load balancer sends it", as_sent(&format!("{leaf}{root}"))),
        ("escaped leaf", escaped(leaf)),
        ("escaped chain", escaped(&format!("{leaf}{root}"))),
        ("escaped chain, root first", escaped(&format!("{root}{leaf}"))),
        ("escaped with CRLF", escaped(&leaf.replace('\n', "\r\n"))),
        ("escaped without line breaks", escaped(&leaf.replace('\n', ""))),
        ("escaped as a form, space as +", escaped(leaf).replace("%20", "+")),
        ("escaped twice", escaped(&escaped(leaf))),
        ("escaped, text before BEGIN", escaped(&format!("subject=client\n{leaf}"))),
        ("escaped, another label", escaped(&leaf.replace("CERTIFICATE", "TRUSTED CERTIFICATE"))),
        ("bare base64", base64.clone()),
        ("bare base64, escaped", escaped(&base64)),
        ("base64 of the PEM", BASE64_STANDARD.encode(leaf)),
        ("PEM, newlines as spaces", leaf.trim_end().replace('\n', " ")),
        (
            "PEM on a single line",
            format!("-----BEGIN CERTIFICATE----- {base64} -----END CERTIFICATE-----"),
        ),
    ]
}

// --- nginx ---------------------------------------------------------------------------------------

#[tokio::test]
async fn nginx_escapes_the_leaf_and_only_the_leaf() {
    let nginx = Nginx::start().await;
    for kind in ["P-256", "RSA"] {
        let Pki { leaf, leaf_key, root } = Pki::new(kind).await;
        assert_eq!(nginx.escaped_cert(&leaf, &leaf_key).await, escaped(&leaf));
        assert_eq!(nginx.escaped_cert(&format!("{leaf}{root}"), &leaf_key).await, escaped(&leaf));
    }
}

// --- moto ----------------------------------------------------------------------------------------

#[tokio::test]
async fn moto_gives_back_text_and_bytes() {
    let moto = Moto::start().await;
    let arn = moto.create_secret("bundle", Secret::Text("-----BEGIN CERTIFICATE-----\n")).await;
    moto.create_secret("binary", Secret::Bytes(&[0, 255])).await;

    assert!(arn.starts_with("arn:aws:secretsmanager:eu-central-1:"), "{arn}");
    let by_arn = moto.call("GetSecretValue", json!({ "SecretId": arn })).await;
    assert_eq!(by_arn["SecretString"], "-----BEGIN CERTIFICATE-----\n");
    let binary = moto.call("GetSecretValue", json!({ "SecretId": "binary" })).await;
    assert_eq!(binary["SecretBinary"], BASE64_STANDARD.encode([0, 255]));
}

#[tokio::test]
async fn moto_gives_back_the_newest_version_after_an_update() {
    let moto = Moto::start().await;
    moto.create_secret("bundle", Secret::Text("old")).await;
    let old = moto.call("GetSecretValue", json!({ "SecretId": "bundle" })).await;
    moto.update_secret("bundle", Secret::Text("new")).await;
    let new = moto.call("GetSecretValue", json!({ "SecretId": "bundle" })).await;

    assert_eq!(new["SecretString"], "new");
    assert_ne!(new["VersionId"], old["VersionId"]);
}

#[tokio::test]
async fn two_motos_do_not_share_secrets() {
    let (one, other) = tokio::join!(Moto::start(), Moto::start());
    one.create_secret("bundle", Secret::Text("of one")).await;
    other.create_secret("bundle", Secret::Text("of the other")).await;

    let secret = one.call("GetSecretValue", json!({ "SecretId": "bundle" })).await;
    assert_eq!(secret["SecretString"], "of one");
}

// --- the Lambda runtime --------------------------------------------------------------------------

/// A function that answers with the event and what it runs under, unless the event names something else to do.
const FUNCTION: &str = r#"
import http.client, json, os, time

def ask(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    response = connection.getresponse()
    return response, response.read()

print("function started", flush=True)
while True:
    invocation, event = ask("GET", "next")
    event = json.loads(event)
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("exit"):
        os._exit(1)
    answer = {"event": event, "pid": os.getpid(), "environment": dict(os.environ)}
    ask("POST", invocation.getheader("Lambda-Runtime-Aws-Request-Id") + "/response", json.dumps(answer))
"#;

#[tokio::test]
async fn the_emulator_calls_one_started_function_again_and_again() {
    let function = Function::new();
    let emulator = function.emulator(&[("GREETING", "good day")]).await;
    assert!(!emulator.log().contains("function started"), "{}", emulator.log());

    let first = answer(&emulator, json!({ "call": 1 })).await;
    let second = answer(&emulator, json!({ "call": 2 })).await;

    assert_eq!(first["event"], json!({ "call": 1 }));
    assert_eq!(second["event"], json!({ "call": 2 }));
    assert_eq!(first["pid"], second["pid"]);
    assert_eq!(emulator.log().matches("function started").count(), 1, "{}", emulator.log());
    let environment = first["environment"].as_object().unwrap();
    assert_eq!(environment["GREETING"], "good day");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "alb-mtls-adapter");
    assert_eq!(environment["AWS_ACCESS_KEY_ID"], "test");
    assert!(
        !environment.contains_key("CARGO_MANIFEST_DIR"),
        "the test's own environment comes through"
    );
}

#[tokio::test]
async fn calls_at_once_wait_for_their_turn() {
    let function = Function::new();
    let emulator = function.emulator(&[]).await;
    let calls = tokio::join!(
        answer(&emulator, json!({ "call": 1, "sleep": 0.2 })),
        answer(&emulator, json!({ "call": 2 })),
        answer(&emulator, json!({ "call": 3 })),
    );
    assert_eq!(
        [&calls.0, &calls.1, &calls.2].map(|answer| answer["event"]["call"].as_u64()),
        [1, 2, 3].map(Some)
    );
}

#[tokio::test]
async fn two_emulators_run_side_by_side() {
    let function = Function::new();
    let (one, other) = tokio::join!(function.emulator(&[]), function.emulator(&[]));
    let (one, other) = tokio::join!(answer(&one, json!({})), answer(&other, json!({})));
    assert_ne!(one["pid"], other["pid"]);
}

#[tokio::test]
async fn a_function_past_its_deadline_is_ended_with_a_text_for_an_answer() {
    let function = Function::new();
    let emulator = function.emulator(&[("AWS_LAMBDA_FUNCTION_TIMEOUT", "1")]).await;
    answer(&emulator, json!({})).await;
    let late = emulator.invoke(r#"{"sleep":10}"#).await;
    assert_eq!(String::from_utf8(late).unwrap(), "Task timed out after 1.00 seconds");
}

#[tokio::test]
#[should_panic = "the emulator gave no answer"]
async fn a_function_that_ends_gives_no_answer() {
    let function = Function::new();
    function.emulator(&[]).await.invoke(r#"{"exit":true}"#).await;
}

#[tokio::test]
async fn the_function_ends_with_its_emulator() {
    let function = Function::new();
    let emulator = function.emulator(&[]).await;
    let pid = answer(&emulator, json!({})).await["pid"].as_u64().unwrap();
    let process = std::path::PathBuf::from(format!("/proc/{pid}"));
    assert!(process.exists());

    drop(emulator);

    // Its parent is gone: whoever adopts it has to collect it first.
    for _ in 0..100 {
        let state = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the function outlives its emulator");
}

struct Function(tempfile::TempDir);

impl Function {
    fn new() -> Function {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bootstrap");
        std::fs::write(&path, format!("#!{}{FUNCTION}", part("venv/bin/python").display()))
            .unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        Function(folder)
    }

    async fn emulator(&self, env: &[(&str, &str)]) -> Emulator {
        Emulator::start(&self.0.path().join("bootstrap"), env).await
    }
}

async fn answer(emulator: &Emulator, event: Value) -> Value {
    let answer = emulator.invoke(event.to_string()).await;
    serde_json::from_slice(&answer)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer)))
}

// --- curl ----------------------------------------------------------------------------------------

#[tokio::test]
async fn curl_speaks_http2() {
    let version = curl(["--version"]).await;
    assert!(String::from_utf8(version.stdout).unwrap().contains("HTTP2"));
}

#[tokio::test]
#[should_panic = "target/real-parts/bin/unheard-of is missing: run `make setup`"]
async fn a_missing_part_says_how_to_get_it() {
    part("bin/unheard-of");
}

// --- certificates, by openssl --------------------------------------------------------------------

/// A root and a leaf under it, in PEM.
struct Pki {
    root: String,
    leaf: String,
    leaf_key: String,
}

impl Pki {
    /// With keys of that kind: `RSA`, or a curve.
    ///
    /// The leaf's base64 has a plus in it. One of these small certificates in fifty has none, and would be read
    /// where all others are not. Nor is one in its signature enough: where the root follows, another certificate
    /// would be read.
    async fn new(kind: &str) -> Pki {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
        let certificate = async |name: &str, more: &[&str]| {
            let (certificate, key) = (path(&format!("{name}.pem")), path(&format!("{name}.key")));
            let subject = format!("/CN={name}");
            let curve = format!("ec_paramgen_curve:{kind}");
            let algorithm = match kind {
                "RSA" => vec!["-newkey", "rsa:2048"],
                _ => vec!["-newkey", "ec", "-pkeyopt", &curve],
            };
            let files = ["-out", &certificate, "-keyout", &key];
            let request = ["req", "-x509", "-nodes", "-days", "2", "-subj", &subject];
            openssl(request.iter().chain(&files).chain(&algorithm).chain(more)).await;
            let read = |path| std::fs::read_to_string(path).unwrap();
            (read(&certificate), read(&key))
        };
        let (root, _) = certificate("root", &[]).await;
        let issued_by_root = ["-CA", &path("root.pem"), "-CAkey", &path("root.key")];
        for _ in 0..20 {
            let (leaf, leaf_key) = certificate("client", &issued_by_root).await;
            if leaf[..350].contains('+') {
                return Pki { root, leaf, leaf_key };
            }
        }
        panic!("20 certificates without a plus before the signature")
    }
}

/// Of the DER, in lower-case hex.
async fn sha256(pem: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certificate.pem").into_os_string().into_string().unwrap();
    std::fs::write(&path, pem).unwrap();
    let output = openssl(["x509", "-in", &path, "-noout", "-fingerprint", "-sha256"]).await;
    let line = String::from_utf8(output).unwrap();
    line.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase()
}

/// Every byte but letters, digits and `-._~` escaped.
fn escaped(text: &str) -> String {
    escaped_but(text, "-._~")
}

/// As [`escaped`], with `+`, `/` and `=` left as they are.
fn as_sent(text: &str) -> String {
    escaped_but(text, "-._~+/=")
}

fn escaped_but(text: &str, safe: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        if character.is_ascii_alphanumeric() || safe.contains(character) {
            escaped.push(character);
        } else {
            write!(escaped, "%{:02X}", u32::from(character)).unwrap();
        }
        escaped
    })
}
