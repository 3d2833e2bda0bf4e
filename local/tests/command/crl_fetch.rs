//! `alb-mtls crl fetch`: what it puts, what it says of each URL, and how it exits.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
    slice,
};

use alb_mtls::{pki::Authority, s3};
use alb_mtls_adapter::trust::crls::manifest::Listed;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Pki, alb_mtls,
    bucket::listed,
    crls::{CrlFolder, list_now},
    root_now, run, stderr, stdout,
};

/// A CA's web server, and a folder for what is fetched.
struct Web {
    server: s3::Bucket,
    pages: TempDir,
    out: TempDir,
}

impl Web {
    async fn start() -> Self {
        let pages = TempDir::new().unwrap();
        let address = ([127, 0, 0, 1], 0).into();
        let server = s3::Bucket::start(address, pages.path().into()).await.unwrap();
        Self { server, pages, out: TempDir::new().unwrap() }
    }

    fn put(&self, page: &str, content: &[u8]) {
        fs::write(self.pages.path().join(page), content).unwrap();
    }

    fn url(&self, page: &str) -> String {
        format!("{}/local-crls/{page}", self.server.url())
    }

    fn out(&self) -> &str {
        self.out.path().to_str().unwrap()
    }

    fn manifest(&self) -> PathBuf {
        self.out.path().join("manifest.json")
    }

    /// Of these pages, as text.
    fn text(&self, pages: &[&str], bundle: &str) -> Output {
        let urls: Vec<_> = pages.iter().map(|page| format!("--url={}", self.url(page))).collect();
        let mut arguments = vec!["--bundle", bundle, "--out", self.out()];
        arguments.extend(urls.iter().map(String::as_str));
        fetch(&arguments).output().unwrap()
    }

    /// The same for programs: the exit status and the answer.
    fn json(&self, pages: &[&str], bundle: &str) -> (Option<i32>, Value) {
        let urls: Vec<_> = pages.iter().map(|page| format!("--url={}", self.url(page))).collect();
        let mut arguments = vec!["--format=json", "--bundle", bundle, "--out", self.out()];
        arguments.extend(urls.iter().map(String::as_str));
        let output = fetch(&arguments).output().unwrap();
        let answer = serde_json::from_slice(&output.stdout);
        (output.status.code(), answer.unwrap_or_else(|_| panic!("{}", stderr(&output))))
    }
}

/// The command, which asks no proxy, and no AWS.
fn fetch(arguments: &[&str]) -> Command {
    let mut command = alb_mtls(&[&["crl", "fetch"], arguments].concat());
    for variable in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_DEFAULT_REGION"] {
        command.env_remove(variable);
    }
    command.envs([
        ("NO_PROXY", "127.0.0.1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
    ]);
    command
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let crls = answer["crls"].as_array().unwrap();
    crls.iter().map(|crl| crl["outcome"].as_str().unwrap()).collect()
}

fn crl(authority: &Authority, number: u32) -> Vec<u8> {
    list_now(authority).number(number).der()
}

#[tokio::test(flavor = "multi_thread")]
async fn crl_that_its_ca_publishes_is_put_and_told_and_the_same_once_more_is_unchanged() {
    let (pki, web) = (Pki::valid_now(), Web::start().await);
    let list = list_now(&pki.root).number(7).revoking(pki.issuing.der()).der();
    web.put("ca.crl", &list);
    let (status, answer) = web.json(&["ca.crl"], &pki.bundle());
    assert_eq!((status, &answer["published"]), (Some(0), &json!(true)), "{answer:#}");
    let [told] = answer["crls"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&told["outcome"], &told["reason"]), (&json!("replaced"), &json!(null)));
    assert_eq!(told["url"], web.url("ca.crl"));
    let members = ["sha256", "issuer", "number", "entries"].map(|name| told["crl"][name].clone());
    assert_eq!(json!(members), json!([listed(&list).sha256, "CN=Test Root", "7", 1]));
    let hours = told["crl"]["hours_left"].as_i64().unwrap();
    assert!((5 * 24 - 1..=6 * 24).contains(&hours), "{hours}");

    let shown = run(&["crl", "show", web.out(), "--bundle", &pki.bundle()], b"");
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    assert!(stdout(&shown).contains("number 7"), "{}", stdout(&shown));

    let output = web.text(&["ca.crl"], &pki.bundle());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    let url = web.url("ca.crl");
    for part in ["unchanged", "CN=Test Root", "number 7", &format!("from {url}"), " h"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let end = format!("URLs: 1, not refreshed: 0; no new manifest in {}\n", web.out());
    assert!(table.ends_with(&end), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn crl_that_nobody_of_the_bundle_signed_is_not_put() {
    let (pki, web) = (Pki::valid_now(), Web::start().await);
    web.put("ca.crl", &crl(&root_now("Other Root"), 1));
    let (status, answer) = web.json(&["ca.crl"], &pki.bundle());
    assert_eq!((status, outcomes(&answer)), (Some(1), vec!["failed"]));
    assert_eq!((&answer["published"], &answer["crls"][0]["crl"]), (&json!(false), &json!(null)));
    assert!(!web.manifest().exists());
    let output = web.text(&["ca.crl"], &pki.bundle());
    let reason = answer["crls"][0]["reason"].as_str().unwrap();
    let first = reason.split(' ').take(3).collect::<Vec<_>>().join(" ");
    assert!(stdout(&output).contains(&format!("why: {first}")), "{}", stdout(&output));

    web.put("ca.crl", &crl(&pki.root, 1));
    let (status, answer) = web.json(&["ca.crl"], &pki.bundle());
    assert_eq!((status, outcomes(&answer)), (Some(0), vec!["replaced"]));
    assert!(web.manifest().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn url_that_fails_keeps_its_crl_and_no_other_from_being_put() {
    let (pki, web) = (Pki::valid_now(), Web::start().await);
    let other = root_now("Other Root");
    let both = pki.file("both.pem", (pki.root.pem() + &other.pem()).as_bytes());
    web.put("a.crl", &crl(&pki.root, 1));
    web.put("b.crl", &crl(&other, 1));
    let pages = ["a.crl", "b.crl"];
    let (status, answer) = web.json(&pages, &both);
    assert_eq!((status, outcomes(&answer)), (Some(0), vec!["replaced", "replaced"]));

    web.put("a.crl", b"<html>");
    web.put("b.crl", &crl(&other, 2));
    let (status, answer) = web.json(&pages, &both);
    assert_eq!((status, outcomes(&answer)), (Some(1), vec!["kept", "replaced"]));
    assert!(answer["crls"][0]["reason"].is_string());
    assert_eq!(answer["crls"][0]["crl"]["issuer"], "CN=Test Root");
    assert_eq!(answer["crls"][1]["crl"]["number"], "2");
    let shown = run(&["crl", "show", web.out()], b"");
    assert!(stdout(&shown).contains("CRLs: 2, "), "{}", stdout(&shown));
}

#[test]
fn what_is_asked_wrongly_is_told_before_anything_is_fetched() {
    let (pki, out) = (Pki::valid_now(), TempDir::new().unwrap());
    let (bundle, out) = (pki.bundle(), out.path().join("crls"));
    let (empty, folder) = (pki.file("empty.pem", b""), out.to_str().unwrap());
    let good = "http://127.0.0.1:1/ca.crl";
    for (urls, bundle, out, said) in [
        (vec!["ldap:///CN=CA"], &bundle, folder, "--url: URL 1 is an LDAP URL"),
        (vec![good, "http://me:secret@ca.example/"], &bundle, folder, "URL 2 has a user or"),
        (vec![good, good], &bundle, folder, "URL 2 is the same as URL 1"),
        (vec![], &bundle, folder, "--url <URL>"),
        (vec![good], &empty, folder, "the trust bundle is empty"),
        (vec![good], &bundle, "https://our-crls/", "expected s3://bucket/prefix/"),
        (vec![good], &bundle, &format!("{bundle}/crls"), "root.pem/crls: "),
    ] {
        let mut arguments = vec!["--bundle", bundle, "--out", out];
        arguments.extend(urls.iter().flat_map(|url| ["--url", url]));
        let output = fetch(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}: {}", stdout(&output));
        assert!(stderr(&output).contains(said), "{said}: {}", stderr(&output));
        assert!(!stderr(&output).contains("secret"), "{}", stderr(&output));
    }
    assert!(!out.exists());
    // The same without a mistake is tried.
    let output = fetch(&["--bundle", &bundle, "--out", folder, "--url", good]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}

#[test]
fn bucket_is_not_asked_for_without_credentials_or_without_a_region() {
    let pki = Pki::valid_now();
    let bundle = pki.bundle();
    let arguments =
        ["--bundle", &bundle, "--out", "s3://our-crls/", "--url", "http://127.0.0.1:1/ca.crl"];
    let output = fetch(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    let said = stderr(&output);
    assert!(said.contains("no credentials for AWS: "), "{said}");
    assert!(said.contains("aws configure export-credentials"), "{said}");
    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let output = fetch(&arguments).envs(keys).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("set AWS_REGION to that of the bucket"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn text_of_a_manifest_is_no_command_to_a_terminal() {
    let pki = Pki::valid_now();
    let list = list_now(&pki.root).der();
    let folder = CrlFolder::new(slice::from_ref(&list));
    let url = "http://127.0.0.1:1/ca.crl";
    let issuer = "CN=\u{1b}[2JTest Root".to_owned();
    folder.put_manifest(vec![Listed { url: url.to_owned(), issuer, ..listed(&list) }]);
    let arguments = ["--bundle", &pki.bundle(), "--out", folder.path(), "--url", url];
    let output = fetch(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("CN=\u{fffd}[2JTest Root"), "{}", stdout(&output));
    assert!(!stdout(&output).contains('\u{1b}'), "{}", stdout(&output));
}

#[test]
fn what_takes_long_is_said_meanwhile() {
    let (pki, out) = (Pki::valid_now(), TempDir::new().unwrap());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ca.crl", silent.local_addr().unwrap());
    let arguments =
        ["--bundle", &pki.bundle(), "--out", out.path().to_str().unwrap(), "--url", &url];
    let mut child = fetch(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "fetching from 1 URLs …");
    drop(silent);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
