//! `alb-mtls local` as its greeting says to use it: called by a real curl, in front of the function in
//! its own process and in front of the one that is deployed.

use alb_mtls::wso2;

use crate::support::{
    Pki, around_now,
    crls::{CrlFolder, list_now},
    local::Local,
    real_parts::{Emulator, Moto, Secret, bootstrap, curl},
};

/// Status and version of HTTP, and the body.
async fn call(local: &Local, more: &[&str]) -> (String, String) {
    let files = ["--cacert", local.word_after("--cacert")];
    let output = curl(files.iter().chain(more).chain(&[
        "-w",
        "\n%{http_code} %{http_version}",
        local.url(),
    ]))
    .await;
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

#[tokio::test]
async fn curl_gets_through_with_a_certificate_in_both_versions_and_not_without() {
    let local = Local::start(&[]);
    let identity = ["--cert", local.word_after("--cert"), "--key", local.word_after("--key")];
    for (flag, version) in [("--http2", "200 2"), ("--http1.1", "200 1.1")] {
        let (status, body) = call(&local, &[&identity[..], &[flag]].concat()).await;
        assert_eq!(status, version, "{body}");
        assert!(body.contains("CN=client-1"), "{body}");
        let (status, body) = call(&local, &[flag]).await;
        assert!(status.starts_with("401"), "{status}");
        assert!(body.contains("ClientCertMissing"), "{body}");
    }
}

#[tokio::test]
async fn curl_gets_through_to_the_deployed_function_behind_an_invoke_api() {
    let pki = Pki::valid_now();
    let moto = Moto::start().await;
    moto.create_secret("clients", Secret::Text(&pki.root.pem())).await;
    let gateway = wso2::Gateway::start(wso2::Config::default()).await.unwrap();
    let url = gateway.url();
    let variables = [
        ("GATEWAY_URL", url.as_str()),
        ("TRUST_BUNDLE_SECRETS", "clients"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto.endpoint()),
    ];
    let emulator = Emulator::start(&bootstrap(), &variables).await;
    let bundle = pki.bundle();
    let key = pki.file("client.key", pki.leaf.key().pem().as_bytes());
    let local = Local::start(&["--bundle", &bundle, "--invoke-url", emulator.url()]);
    let chain = pki.chain_file();
    for (flag, version) in [("--http2", "200 2"), ("--http1.1", "200 1.1")] {
        let (status, body) = call(&local, &["--cert", &chain, "--key", &key, flag]).await;
        assert_eq!(status, version, "{body}\n{}", emulator.log());
    }
    let client = wso2::Certificate { der: pki.leaf.der().to_vec() };
    let read: Vec<_> = gateway.take_seen().into_iter().map(|seen| seen.reading).collect();
    assert_eq!(read, vec![wso2::Reading::Certificate(client); 2]);
}

#[tokio::test]
async fn deployed_function_that_is_started_as_it_is_told_refuses_whom_a_crl_of_the_folder_revokes()
{
    let pki = Pki::valid_now();
    let client = |name: &str| pki.root.leaf(name, around_now()).issue().unwrap();
    let (good, revoked) = (client("good"), client("revoked"));
    let folder = CrlFolder::new(&[list_now(&pki.root).revoking(revoked.der()).der()]);
    let (bundle, nowhere) = (pki.bundle(), "http://127.0.0.1:1/");
    let local =
        Local::start(&["--bundle", &bundle, "--crls", folder.path(), "--invoke-url", nowhere]);
    let told = local.greeting.iter().filter_map(|line| line.strip_prefix("  ")?.split_once('='));
    let variables: Vec<_> = told.filter(|(name, _)| *name != "AWS_REGION").collect();
    let emulator = Emulator::start(&bootstrap(), &variables).await;
    // What the first has in front is of no use: it had to be started before the function was.
    let front = Local::start(&["--bundle", &bundle, "--invoke-url", emulator.url()]);
    for (client, status, text) in [(&good, "200", "CN=good"), (&revoked, "403", "ClientCertCrlHit")]
    {
        let pem = pki.file("client.pem", (client.pem() + &client.key().pem()).as_bytes());
        let (answer, body) = call(&front, &["--cert", &pem, "--http1.1"]).await;
        assert_eq!(answer, format!("{status} 1.1"), "{body}\n{}", emulator.log());
        assert!(body.contains(text), "{body}");
    }
}
