//! `alb-mtls local`: what it prints is enough to call it.

use std::{fs, net::TcpListener};

use reqwest::Version;

use crate::support::{Pki, ended, local::Local, run, stderr};

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

#[tokio::test]
async fn preflight_reaches_the_gateway_only_where_the_setting_says_so() {
    for (setting, line) in [
        ("refuse", "401 OPTIONS /hello  no certificate  ClientCertMissing: "),
        // The gateway misses the certificate.
        ("forward", "401 OPTIONS /hello  no certificate, a preflight"),
    ] {
        let mut local = Local::start(&["--preflight", setting]);
        let client = local.client().build().unwrap();
        let preflight = client.request(reqwest::Method::OPTIONS, local.url());
        let preflight = preflight.header("origin", "https://app.example.com");
        preflight.header("access-control-request-method", "POST").send().await.unwrap();
        let told = local.skip_to("OPTIONS");
        assert!(told.starts_with(line), "{setting}: {told}");
    }
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

#[test]
fn flag_that_another_leaves_without_use_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let function = ["--invoke-url", "http://127.0.0.1:1/"];
    let gateway = ["--gateway", "https://localhost:1"];
    let names = ["--trust-bundle-secrets", "clients", "--gateway-ca-secret", "ca"];
    for flags in [
        [&function[..], &["--gateway-ca", "ca.pem"]].concat(),
        [&function[..], &["--gateway-identity", "adapter.pem"]].concat(),
        [&function[..], &names].concat(),
        [&gateway[..], &["--gateway-ca", "ca.pem"], &names].concat(),
        [&gateway[..], &["--bundle", "roots.pem"], &names].concat(),
    ] {
        let output = run(&[&["local", "--listen", &listen], &flags[..]].concat(), b"");
        assert!(stderr(&output).contains("cannot be used with"), "{flags:?}: {}", stderr(&output));
    }
}
