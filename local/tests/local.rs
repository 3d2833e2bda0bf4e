//! `alb-mtls local`: what it prints is enough to call it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Stdio},
};

use reqwest::{Certificate, Client, ClientBuilder, Identity, Version};
use tempfile::TempDir;

use self::support::{Pki, alb_mtls, ended, run, stderr};

/// The command, running until it is dropped.
struct Local {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// The words of the curl line: `--cacert`, `--cert` and `--key` with their files, and the URL.
    curl: Vec<String>,
    directory: TempDir,
}

impl Local {
    fn start(arguments: &[&str]) -> Self {
        let all = [&["local", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = alb_mtls(&all);
        // Killed at the end, it leaves its files behind: they go with this directory.
        let directory = TempDir::new().unwrap();
        command.env("TMPDIR", directory.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let curl = lines.by_ref().map(Result::unwrap).find(|line| line.contains("curl")).unwrap();
        let curl = curl.split_whitespace().map(str::to_owned).collect();
        let mut local = Self { child, lines, curl, directory };
        local.skip_to("Ctrl-C");
        local
    }

    fn skip_to(&mut self, word: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.contains(word)).unwrap()
    }

    fn word_after(&self, flag: &str) -> &str {
        let at = self.curl.iter().position(|word| word == flag).unwrap();
        &self.curl[at + 1]
    }

    fn url(&self) -> &str {
        self.curl.last().unwrap()
    }

    fn client(&self) -> ClientBuilder {
        let authority = fs::read(self.word_after("--cacert")).unwrap();
        let authority = Certificate::from_pem(&authority).unwrap();
        Client::builder().no_proxy().tls_certs_only([authority])
    }

    fn identity(&self) -> Identity {
        let mut pem = fs::read(self.word_after("--key")).unwrap();
        pem.extend(fs::read(self.word_after("--cert")).unwrap());
        Identity::from_pem(&pem).unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn printed_files_get_a_client_through_in_both_versions_of_http() {
    let mut local = Local::start(&[]);
    for (version, client) in
        [(Version::HTTP_2, local.client()), (Version::HTTP_11, local.client().http1_only())]
    {
        let client = client.identity(local.identity()).build().unwrap();
        let response = client.get(local.url()).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
        assert!(response.text().await.unwrap().contains("CN=client-1"));
        assert_eq!(local.skip_to("GET"), "200 GET /hello  CN=client-1");
    }
}

#[tokio::test]
async fn refused_client_is_told_little_and_the_terminal_all() {
    let mut local = Local::start(&[]);
    let response = local.client().build().unwrap().get(local.url()).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let line = local.skip_to("GET");
    assert!(line.starts_with("401 GET /hello  no certificate  ClientCertMissing: "), "{line}");
}

#[tokio::test]
async fn settings_of_the_function_are_obeyed() {
    let pki = Pki::new();
    let bundle = pki.bundle();
    let mut local = Local::start(&["--bundle", &bundle, "--client-cert-mode", "report"]);
    let response = local.client().build().unwrap().get(local.url()).send().await.unwrap();
    // Nothing is enforced, and the gateway misses the certificate.
    assert_eq!(response.status(), 401);
    let line = local.skip_to("GET");
    assert!(line.contains("would be refused, ClientCertMissing: "), "{line}");
}

#[cfg(unix)]
#[test]
fn interrupt_ends_it_and_leaves_no_file() {
    let mut local = Local::start(&[]);
    let id = local.child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert_eq!(ended(&mut local.child).code(), Some(0));
    assert_eq!(fs::read_dir(local.directory.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_started_exits_with_two_and_says_why() {
    let pki = Pki::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let empty = pki.file("empty.pem", b"");
    for (arguments, reason) in [
        (&["--listen", &taken][..], "choose another port"),
        (&["--listen", "127.0.0.1:0", "--bundle", &empty], "the trust bundle is empty"),
        (&["--listen", "127.0.0.1:0", "--gateway", "ftp://x"], "GATEWAY_URL: expected"),
        (&["--listen", "127.0.0.1:0", "--invoke-url", "x"], "is not a URL to post events to"),
    ] {
        let output = run(&[&["local"], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(reason), "{arguments:?}: {}", stderr(&output));
    }
}
