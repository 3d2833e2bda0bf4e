//! `alb-mtls bundle upload` where `aws` or AWS does not do as asked, by scripts that are called `aws`; and what it
//! refuses before it asks anybody.

use alb_mtls::pki::{Authority, KeyKind, Validity};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::support::{self, Pki, aws::Aws, aws::finished, root_now, run, stderr, stdout};

/// What `aws` answers for a secret that holds `content`, on standard output.
fn holding(pki: &Pki, content: &str) -> String {
    let answer = json!({"VersionId": "old-version", "SecretString": content}).to_string();
    format!("cat {}", pki.file("answer.json", answer.as_bytes()))
}

fn old_root() -> String {
    root_now("Old").pem()
}

/// One that reads, and does as the script says when it is to put.
fn writer(pki: &Pki, put: &str) -> Aws {
    let answer = holding(pki, &old_root());
    Aws::script(&format!("case \"$*\" in *get-secret-value*) {answer};; *) {put};; esac"))
}

#[test]
fn each_refusal_of_aws_exits_with_one_its_words_and_the_next_step() {
    let pki = Pki::valid_now();
    let api = |code: &str, words: &str| {
        format!("An error occurred ({code}) when calling the PutSecretValue operation: {words}")
    };
    for (said, next) in [
        (api("AccessDeniedException", "not authorized"), "secretsmanager put-secret-value failed"),
        (api("AccessDeniedException", "not authorized"), "next: the action named above"),
        (api("ExpiredTokenException", "expired"), "next: sign in again: aws sso login"),
        ("Error when retrieving token from sso: Token has expired".to_owned(), "aws sso login"),
    ] {
        let aws = writer(&pki, &format!("echo '{said}' >&2; exit 254"));
        let (status, report) = aws.json(&["--secret", "clients", "--yes", &pki.bundle()]);
        assert_eq!((status, &report["outcome"]), (1, &json!("refused")), "{report}");
        let note = report["notes"][0].as_str().unwrap();
        assert!(note.contains(&said) && note.contains(next), "{note}");
        assert_eq!(aws.left_behind(), 0);
    }
}

#[test]
fn content_that_aws_repeats_in_an_error_is_not_told() {
    let pki = Pki::valid_now();
    // As version 1 does where it takes its input for no JSON.
    let echo = "for it; do case $it in --cli-input-json=*) echo JSON received: >&2; cat ${it#*file://} >&2;; esac; \
                done; exit 252";
    let aws = writer(&pki, echo);
    let output = aws.run(&["--secret", "clients", "--yes", &pki.bundle()], b"");
    assert_eq!(output.status.code(), Some(1));
    let secret = pki.root.pem().lines().nth(1).unwrap().to_owned();
    assert!(stderr(&output).contains("its words repeat the content"), "{}", stderr(&output));
    for said in [stdout(&output), stderr(&output)] {
        assert!(!said.contains(&secret), "{said}");
    }
}

#[test]
fn file_for_aws_is_for_this_user_alone_and_gone_afterwards() {
    let pki = Pki::valid_now();
    let look = "for it; do case $it in --cli-input-json=*) stat -c %a ${it#*file://} >$HERE/mode;; esac; done; \
                echo no >&2; exit 1";
    let aws = writer(&pki, look);
    aws.run(&["--secret", "clients", "--yes", &pki.bundle()], b"");
    assert_eq!(std::fs::read_to_string(aws.path("mode")).unwrap(), "600\n");
    assert_eq!(aws.left_behind(), 0);
}

#[test]
fn aws_that_hangs_is_ended_and_what_it_may_have_done_is_said() {
    let pki = Pki::valid_now();
    let arguments = ["--secret", "clients", "--yes", "--timeout", "1", &pki.bundle()];
    let (status, report) = writer(&pki, "exec sleep 600").json(&arguments);
    assert_eq!((status, &report["outcome"]), (1, &json!("refused")), "{report}");
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.contains("put-secret-value did not answer within 1 s"), "{note}");
    assert!(note.contains("whether there is a new version is not known"), "{note}");
    // A look changes nothing.
    let (status, report) = Aws::script("exec sleep 600").json(&arguments);
    assert_eq!(status, 1);
    assert!(!report["notes"][0].as_str().unwrap().contains("is not known"), "{report}");
}

#[test]
fn interruption_leaves_no_file_behind_and_says_what_is_not_known() {
    let pki = Pki::valid_now();
    // The command that asks is interrupted by the one that it asks.
    let aws = writer(&pki, "ls $HERE/tmp >$HERE/seen; kill -INT $PPID; exec sleep 600");
    let output = aws.run(&["--secret", "clients", "--yes", &pki.bundle()], b"");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("interrupted; whether there is"), "{}", stderr(&output));
    assert!(std::fs::read_to_string(aws.path("seen")).unwrap().starts_with("alb-mtls-"));
    assert_eq!(aws.left_behind(), 0);
}

#[test]
fn version_that_does_not_become_current_is_no_success() {
    let pki = Pki::valid_now();
    let arguments = ["--secret", "clients", "--yes", "--timeout", "2", &pki.bundle()];
    let output = writer(&pki, "echo '{}'").run(&arguments, b"");
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains("waiting until version"), "{}", stderr(&output));
    assert!(stderr(&output).contains("was put and is not current yet"), "{}", stderr(&output));
}

#[test]
fn answer_that_is_none_is_refused() {
    let pki = Pki::valid_now();
    for answer in ["echo hello", "echo '{}'", "true"] {
        let aws = Aws::script(answer);
        let (status, report) = aws.json(&["--secret", "clients", "--yes", &pki.bundle()]);
        assert_eq!((status, &report["outcome"]), (1, &json!("refused")), "{report}");
        assert!(report["notes"][0].as_str().unwrap().contains("something else"), "{report}");
    }
}

#[test]
fn missing_aws_says_what_to_install() {
    let pki = Pki::valid_now();
    let aws = Aws::script("");
    let mut command = aws.upload(&["--secret", "clients", "--yes", &pki.bundle()]);
    command.env("PATH", "/nowhere");
    let output = finished(command, b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("install the AWS CLI"), "{}", stderr(&output));
}

#[test]
fn bundle_of_no_use_exits_with_two_and_aws_is_not_asked() {
    let pki = Pki::valid_now();
    let aws = Aws::script("exit 1");
    let large = pki.root.pem() + &"#".repeat(65_537 - pki.root.pem().len());
    let fits = large[..65_536].to_owned();
    let key = pki.root.pem() + &pki.leaf.key().pem();
    let document =
        pki.file("document.json", json!({"anchors": pki.root.pem()}).to_string().as_bytes());
    let long_ago =
        Validity::around(OffsetDateTime::now_utc() - Duration::days(90), Duration::days(30));
    let expired =
        Authority::root("Old", KeyKind::P256.generate().unwrap(), long_ago).unwrap().pem();
    for (content, words) in [
        (large.as_str(), "has 65537 bytes, and a secret holds 65536: pack it (gzip"),
        (&key, "is a \"PRIVATE KEY\""),
        ("nonsense", "holds no PEM"),
        ("", "nobody could be accepted by it"),
        (&expired, "nobody could be accepted by it"),
    ] {
        let file = pki.file("bad.pem", content.as_bytes());
        let output = aws.run(&["--secret", "clients", "--yes", &file], b"");
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(stderr(&output).contains(words), "{words}: {}", stderr(&output));
    }
    let bundle = pki.bundle();
    let output = aws.run(&["--secret", "clients", "--yes", &bundle, &document], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is a JSON document, and fills a secret by itself"));
    assert_eq!(aws.arguments(), "");
    // Its twin gets as far as `aws`.
    let file = pki.file("good.pem", fits.as_bytes());
    assert_eq!(aws.run(&["--secret", "clients", "--yes", &file], b"").status.code(), Some(1));
    assert!(aws.arguments().contains("get-secret-value"));
}

#[test]
fn rule_that_may_not_match_whom_it_means_is_warned_of_before_the_question() {
    let pki = Pki::valid_now();
    let rule = json!({"issuer": "CN=Nobody", "serial": "0A"});
    let document = json!({"anchors": pki.root.pem(), "deny": [rule]}).to_string();
    let file = pki.file("rules.json", document.as_bytes());
    let (status, report) = writer(&pki, "exit 1").json(&["--secret", "clients", &file]);
    assert_eq!((status, &report["outcome"]), (1, &json!("declined")), "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("may not match whom it means"), "{warnings}");
}

#[test]
fn bad_usage_exits_with_two() {
    let pki = Pki::valid_now();
    let bundle = pki.bundle();
    for arguments in [
        &["bundle", "upload", &bundle][..],
        &["bundle", "upload", "--secret", "clients"],
        &["bundle", "upload", "--secret", "clients", "--rollback", &bundle],
        &["bundle", "upload", "--secret", "file:///etc/passwd", &bundle],
        &["bundle", "upload", "--secret", "clients", "--timeout", "0", &bundle],
    ] {
        assert_eq!(run(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn looking_at_a_bundle_is_as_it_was_and_a_file_called_upload_is_read_by_its_path() {
    let pki = Pki::valid_now();
    let bundle = pki.bundle();
    let file = pki.file("upload", pki.root.pem().as_bytes());
    let folder = std::path::Path::new(&file).parent().unwrap();
    for arguments in [
        &["bundle", "./upload"][..],
        &["bundle", &bundle, "upload"],
        &["bundle", "--bundle", "upload"],
        &["bundle", "--", "upload"],
    ] {
        let mut command = support::alb_mtls(arguments);
        command.current_dir(folder);
        let output = finished(command, b"");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        assert!(stdout(&output).contains("CN=Test Root"), "{arguments:?}");
    }
    // "help" is a file like any other.
    let output = run(&["bundle", "help"], b"");
    assert!(stderr(&output).contains("cannot read help"), "{}", stderr(&output));
    let output = run(&["bundle"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("<FILE>"), "{}", stderr(&output));
}
