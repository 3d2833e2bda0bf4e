//! `alb-mtls bundle upload`, through the real `aws` into a Secrets Manager of another hand.

use std::process::{Command, Output};

use alb_mtls::pki::fingerprint;
use alb_mtls_adapter::secrets::Source;
use serde_json::{Value, json};

use crate::support::{
    Pki,
    aws::{Aws, finished},
    real_parts::{Moto, REGION, Secret, part},
    root_now, stderr, stdout,
};

/// A Secrets Manager, the real `aws` before it, and whose certificates are put there.
struct Stage {
    moto: Moto,
    aws: Aws,
    pki: Pki,
}

impl Stage {
    /// With an empty secret `clients`, as the template makes it.
    async fn new() -> Self {
        let stage = Self::after("").await;
        stage.moto.call("CreateSecret", json!({ "Name": "clients" })).await;
        stage
    }

    /// With lines of a script before each call of the real `aws`.
    async fn after(script: &str) -> Self {
        let moto = Moto::start().await;
        let aws = Aws::script(&format!(
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION={REGION} \
             AWS_ENDPOINT_URL={} AWS_CONFIG_FILE=$HERE/config AWS_SHARED_CREDENTIALS_FILE=$HERE/none\n\
             real={}\n{script}\nexec $real \"$@\"",
            moto.endpoint(),
            part("venv/bin/aws").display()
        ));
        Self { moto, aws, pki: Pki::valid_now() }
    }

    async fn holding(content: &str) -> Self {
        let stage = Self::after("").await;
        stage.moto.create_secret("clients", Secret::Text(content)).await;
        stage
    }

    /// Uploads files to `clients` without a question.
    fn upload(&self, files: &[&str]) -> (i32, Value) {
        self.aws.json(&[&["--secret", "clients", "--yes"], files].concat())
    }

    fn roll_back(&self) -> (i32, Value) {
        self.aws.json(&["--secret", "clients", "--yes", "--rollback"])
    }

    /// The current version.
    async fn current(&self) -> Value {
        // Without the stage, moto answers with the version that was put last.
        let current = json!({ "SecretId": "clients", "VersionStage": "AWSCURRENT" });
        self.moto.call("GetSecretValue", current).await
    }

    fn file(&self, name: &str, content: &str) -> String {
        self.pki.file(name, content.as_bytes())
    }
}

/// The names under a member of the change.
fn names(report: &Value, member: &str) -> Vec<String> {
    let all = report["change"][member].as_array().unwrap().iter();
    all.map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["who"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn first_bundle_goes_into_the_empty_secret_of_the_template() {
    let stage = Stage::new().await;
    let (status, report) = stage.upload(&[&stage.pki.bundle()]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    assert_eq!(names(&report, "added"), ["anchor_and_client CN=Test Root"]);
    assert_eq!(report["change"]["added"][0]["sha256"], fingerprint(stage.pki.root.der()));
    assert_eq!((&report["replaced"], &report["roll_back"]), (&json!(null), &json!(null)));
    let current = stage.current().await;
    assert_eq!(current["SecretString"], stage.pki.root.pem());
    assert_eq!(current["VersionId"], report["version"]);
}

#[tokio::test]
async fn next_bundle_shows_who_comes_and_who_goes_and_can_be_rolled_back_and_forward() {
    let [old, new] = ["Old", "New"].map(root_now);
    let stage = Stage::holding(&(old.pem() + &Pki::valid_now().root.pem())).await;
    let before = stage.current().await;
    let (status, report) = stage.upload(&[&stage.file("new.pem", &new.pem())]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    assert_eq!(names(&report, "added"), ["anchor_and_client CN=New"]);
    assert_eq!(
        names(&report, "removed"),
        ["anchor_and_client CN=Old", "anchor_and_client CN=Test Root"]
    );
    assert_eq!(report["replaced"], before["VersionId"]);
    assert_eq!(report["roll_back"], "alb-mtls bundle upload --secret clients --rollback");

    let (status, back) = stage.roll_back();
    assert_eq!((status, &back["outcome"]), (0, &json!("rolled_back")), "{back}");
    assert_eq!(names(&back, "removed"), ["anchor_and_client CN=New"]);
    assert_eq!(back["replaced"], report["version"]);
    assert_eq!(stage.current().await["SecretString"], before["SecretString"]);

    let (status, forward) = stage.roll_back();
    assert_eq!((status, &forward["version"]), (0, &report["version"]), "{forward}");
    assert_eq!(stage.current().await["SecretString"], new.pem());
}

#[tokio::test]
async fn nothing_is_uploaded_that_says_the_same_so_that_the_version_before_stays() {
    let [one, two] = ["One", "Two"].map(root_now);
    let stage = Stage::holding(&(one.pem() + &two.pem())).await;
    let before = stage.current().await;
    for (content, words) in [
        (one.pem() + &two.pem(), "byte for byte"),
        (format!("# partners\n{}{}", two.pem(), one.pem()), "says the same"),
    ] {
        // Without --yes: there is nothing to agree to.
        let file = stage.file("same.pem", &content);
        let (status, report) = stage.aws.json(&["--secret", "clients", &file]);
        assert_eq!((status, &report["outcome"]), (0, &json!("nothing_to_do")), "{report}");
        assert!(report["notes"][0].as_str().unwrap().contains(words), "{report}");
        assert_eq!(report["version"], before["VersionId"]);
    }
    assert_eq!(stage.current().await["VersionId"], before["VersionId"]);
    let (status, report) = stage.upload(&[&stage.file("other.pem", &one.pem())]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")));
}

#[tokio::test]
async fn what_is_read_back_is_the_file_to_the_byte() {
    let stage = Stage::new().await;
    let (root, leaf) = (stage.pki.root.pem(), stage.pki.leaf.pem());
    let document = json!({"anchors": root, "pinned": leaf, "deny": [{"dns": "x.example"}]});
    let odd = format!("\u{feff}# Größe 😀 \"\\ \r\n{root}# end");
    for content in [&odd, &document.to_string()] {
        let (status, report) = stage.upload(&[&stage.file("odd", content)]);
        assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
        assert_eq!(&stage.current().await["SecretString"], content);
        let (_, again) = stage.upload(&[&stage.file("odd", content)]);
        assert_eq!(again["outcome"], "nothing_to_do", "{again}");
    }
    // What is no text, as bytes: the function reads both.
    let packed = stage.pki.path("roots.pem.gz");
    let gzip = format!("gzip -9 -c {} >{}", stage.pki.chain_file(), packed.display());
    assert!(Command::new("sh").args(["-c", &gzip]).status().unwrap().success());
    let (status, report) = stage.upload(&[packed.to_str().unwrap()]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    assert!(stage.current().await["SecretString"].is_null());
    let (_, again) = stage.upload(&[packed.to_str().unwrap()]);
    assert_eq!(again["outcome"], "nothing_to_do", "{again}");
}

#[tokio::test]
async fn content_is_in_no_argument_no_output_and_no_file_that_stays() {
    let stage = Stage::new().await;
    let pinned = stage.pki.chain_file();
    let secret = stage.pki.leaf.pem().lines().nth(1).unwrap().to_owned();
    let output = stage.aws.run(&["--secret", "clients", "--yes", &pinned], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let arguments = stage.aws.arguments();
    assert!(arguments.contains("put-secret-value"), "{arguments}");
    for said in [&arguments, stdout(&output), stderr(&output)] {
        assert!(!said.contains(&secret) && !said.contains("BEGIN"), "{said}");
    }
    assert_eq!(stage.aws.left_behind(), 0);
}

#[tokio::test]
async fn secret_that_cannot_be_read_now_does_not_keep_a_good_bundle_out() {
    let stage = Stage::holding("{\"username\": \"admin\", \"password\": \"hunter2hunter2\"}").await;
    let (status, report) = stage.upload(&[&stage.pki.bundle()]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    let warning = report["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("everything counts as new"), "{warning}");
    assert!(!report.to_string().contains("hunter2"), "{report}");
    // And there is no way back to it.
    let output = stage.aws.run(&["--secret", "clients", "--yes", "--rollback"], b"");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(stage.current().await["VersionId"], report["version"]);
}

#[tokio::test]
async fn secret_that_is_not_there_and_one_without_a_version_before_are_refused_with_the_next_step()
{
    let stage = Stage::new().await;
    let output = stage.aws.run(&["--secret", "client", "--yes", &stage.pki.bundle()], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("ResourceNotFoundException"), "{}", stderr(&output));
    assert!(stderr(&output).contains("next: check the name or ARN"), "{}", stderr(&output));
    for _ in 0..2 {
        let (status, report) = stage.roll_back();
        assert_eq!((status, &report["outcome"]), (1, &json!("refused")), "{report}");
        assert!(report["notes"][0].as_str().unwrap().starts_with("there is no version before"));
        stage.upload(&[&stage.pki.bundle()]);
    }
}

#[tokio::test]
async fn secret_of_crls_or_rules_alone_is_judged_beside_the_others() {
    let stage = Stage::holding(&root_now("Root").pem()).await;
    stage.moto.call("CreateSecret", json!({ "Name": "rules" })).await;
    let rules = stage.file("rules.json", &json!({"deny": [{"dns": "x.example"}]}).to_string());
    let output = stage.aws.run(&["--secret", "rules", "--yes", &rules], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("name them with --beside"), "{}", stderr(&output));
    let beside = ["--secret", "rules", "--beside", "clients", "--yes", &rules];
    let (status, report) = stage.aws.json(&beside);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    assert_eq!(names(&report, "added"), ["deny dns x.example"]);
}

#[tokio::test]
async fn version_that_somebody_else_put_meanwhile_is_named_when_it_was_replaced() {
    // The other one comes just before the put.
    let stage = Stage::after(
        "case \"$*\" in *put-secret-value*) $real secretsmanager put-secret-value --secret-id clients \
         --client-request-token cccccccc-cccc-4ccc-8ccc-cccccccccccc --secret-string theirs >/dev/null;; esac",
    )
    .await;
    stage.moto.create_secret("clients", Secret::Text(&root_now("Old").pem())).await;
    let (status, report) = stage.upload(&[&stage.pki.bundle()]);
    assert_eq!((status, &report["outcome"]), (0, &json!("uploaded")), "{report}");
    assert_eq!(report["replaced"], "cccccccc-cccc-4ccc-8ccc-cccccccccccc");
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.starts_with("somebody else had put version cccccccc"), "{note}");
}

#[tokio::test]
async fn version_that_somebody_else_put_since_is_not_taken_for_ours() {
    let stage = Stage::after(
        "case \"$*\" in *put-secret-value*) $real \"$@\" >/dev/null; exec $real secretsmanager put-secret-value --secret-id \
         clients --client-request-token cccccccc-cccc-4ccc-8ccc-cccccccccccc --secret-string theirs;; esac",
    )
    .await;
    stage.moto.create_secret("clients", Secret::Text(&root_now("Old").pem())).await;
    let output = stage.aws.run(&["--secret", "clients", "--yes", &stage.pki.bundle()], b"");
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains("somebody else has put cccccccc"), "{}", stderr(&output));
}

/// Runs the command on a terminal of its own, where somebody types.
fn on_a_terminal(stage: &Stage, arguments: &[&str], typed: &str) -> Output {
    const TERMINAL: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
try:
    while chunk := os.read(terminal, 4096):
        said += chunk
        if b"[y/N]" in chunk:
            os.write(terminal, sys.argv[1].encode())
except OSError:
    pass
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;
    let upload = stage.aws.upload(arguments);
    let mut command = Command::new(part("venv/bin/python"));
    command.args(["-c", TERMINAL, typed]).arg(upload.get_program()).args(upload.get_args());
    command.envs(upload.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finished(command, b"")
}

#[tokio::test]
async fn person_is_asked_and_only_a_yes_uploads() {
    let stage = Stage::holding(&root_now("Old").pem()).await;
    let before = stage.current().await;
    let bundle = stage.pki.bundle();
    let arguments = ["--secret", "clients", &bundle];
    for typed in ["n\n", "\n", "yes please\n", "\u{4}"] {
        let output = on_a_terminal(&stage, &arguments, typed);
        assert_eq!(output.status.code(), Some(1), "{typed:?}: {}", stdout(&output));
        let said = stdout(&output);
        for part in ["newly trusted", "CN=Test Root", "no longer trusted", "CN=Old", "upload this?"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(said.contains("nothing was changed"), "{said}");
    }
    assert_eq!(stage.current().await["VersionId"], before["VersionId"]);
    let output = on_a_terminal(&stage, &arguments, "y\n");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("to go back: alb-mtls bundle upload --secret clients --rollback")
    );
    assert_eq!(stage.current().await["SecretString"], stage.pki.root.pem());
}

#[tokio::test]
async fn version_that_somebody_else_put_while_a_person_was_asked_is_not_replaced() {
    // From the second look on, there is another one.
    let stage = Stage::after(
        "case \"$*\" in *get-secret-value*) [ -e $HERE/looked ] && $real secretsmanager put-secret-value --secret-id \
         clients --secret-string theirs >/dev/null; touch $HERE/looked;; esac",
    )
    .await;
    stage.moto.create_secret("clients", Secret::Text(&root_now("Old").pem())).await;
    let output = on_a_terminal(&stage, &["--secret", "clients", &stage.pki.bundle()], "y\n");
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("somebody else has put version"), "{}", stdout(&output));
    assert_eq!(stage.current().await["SecretString"], "theirs");
}

#[tokio::test]
async fn without_a_terminal_and_without_yes_the_change_is_shown_and_nothing_uploaded() {
    let stage = Stage::new().await;
    let bundle = stage.pki.bundle();
    let output = stage.aws.run(&["--secret", "clients", &bundle], b"y\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("nothing is there yet"), "{}", stdout(&output));
    assert!(stdout(&output).contains("CN=Test Root"), "{}", stdout(&output));
    assert!(stderr(&output).contains("add --yes"), "{}", stderr(&output));
    let (status, report) = stage.aws.json(&["--secret", "clients", &bundle]);
    assert_eq!((status, &report["outcome"]), (1, &json!("declined")), "{report}");
    assert!(!stage.aws.arguments().contains("put-secret-value"));
}

#[tokio::test]
async fn profile_and_region_are_passed_on_and_stand_in_the_command_that_goes_back() {
    let stage = Stage::holding(&root_now("Old").pem()).await;
    std::fs::write(
        stage.aws.path("config"),
        "[profile ops]\naws_access_key_id = test\naws_secret_access_key = test\n",
    )
    .unwrap();
    let bundle = stage.pki.bundle();
    let there = ["--secret", "clients", "--yes", "--profile", "ops", "--region", REGION, &bundle];
    let (status, report) = stage.aws.json(&there);
    assert_eq!(status, 0, "{report}");
    let back = report["roll_back"].as_str().unwrap();
    assert!(back.contains("--profile=ops --region=eu-central-1 --rollback"), "{back}");
    // moto keeps secrets by region.
    let elsewhere = ["--secret", "clients", "--yes", "--region", "us-east-1", &bundle];
    assert_eq!(stage.aws.json(&elsewhere).0, 1);
}

#[tokio::test]
async fn what_was_uploaded_is_what_the_function_reads() {
    let stage = Stage::new().await;
    let root = root_now("Second");
    let files = [stage.pki.bundle(), stage.file("second.pem", root.pem().trim_end())];
    let (status, report) = stage.upload(&[&files[0], &files[1]]);
    assert_eq!(status, 0, "{report}");
    let content = stage.current().await["SecretString"].as_str().unwrap().as_bytes().to_vec();
    let source = Source { name: "clients".to_owned(), content };
    let now = std::time::SystemTime::now();
    let bundle = alb_mtls_adapter::trust::bundle::TrustBundle::read(&[source], now).unwrap();
    assert_eq!(bundle.anchors().count(), 2);
}
