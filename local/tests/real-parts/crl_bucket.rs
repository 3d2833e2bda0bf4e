//! `alb-mtls crl fetch` and `crl show` with a bucket, in S3 of another hand.

use std::{fs, process::Output};

use alb_mtls::s3::Bucket;
use reqwest::{Method, header::CONTENT_TYPE};
use tempfile::TempDir;

use crate::{
    s3::{place, request},
    support::{
        Pki, alb_mtls,
        crls::list_now,
        real_parts::{Moto, REGION},
        stderr, stdout,
    },
};

const OURS: &str = "s3://our-crls/clients/";

/// The command, with credentials for moto in the way in which each of AWS's SDKs finds them.
fn crl(moto: &Moto, arguments: &[&str]) -> Output {
    let mut command = alb_mtls(&[&["crl"], arguments].concat());
    command.env_remove("AWS_PROFILE").envs([
        ("NO_PROXY", "127.0.0.1"),
        ("AWS_ENDPOINT_URL_S3", moto.endpoint()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
    ]);
    command.output().unwrap()
}

async fn create_bucket(moto: &Moto) {
    let create = request(Method::PUT, moto.endpoint(), "/our-crls").body(place());
    let create = create.header(CONTENT_TYPE, "application/octet-stream");
    assert_eq!(create.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn crl_is_put_into_a_bucket_and_shown_from_there() {
    let (pki, moto, pages) = (Pki::valid_now(), Moto::start().await, TempDir::new().unwrap());
    let web = Bucket::start(([127, 0, 0, 1], 0).into(), pages.path().into()).await.unwrap();
    fs::write(pages.path().join("ca.crl"), list_now(&pki.root).number(7).der()).unwrap();
    let (url, bundle) = (format!("{}/local-crls/ca.crl", web.url()), pki.bundle());
    let fetch = ["fetch", "--url", &url, "--bundle", &bundle, "--out", OURS];
    let show = ["show", OURS, "--bundle", &bundle];

    // There is no such bucket yet.
    for arguments in [&fetch[..], &show] {
        let output = crl(&moto, arguments);
        assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
        assert!(stderr(&output).contains("NoSuchBucket"), "{}", stderr(&output));
    }
    create_bucket(&moto).await;
    let output = crl(&moto, &show);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    let missing = format!("there is no {OURS}manifest.json: no CRLs have been fetched there");
    assert!(stderr(&output).contains(&missing), "{}", stderr(&output));

    let output = crl(&moto, &fetch);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let end = format!("URLs: 1, not refreshed: 0; new manifest in {OURS}\n");
    assert!(stdout(&output).ends_with(&end), "{}", stdout(&output));
    let output = crl(&moto, &show);
    assert_eq!(output.status.code(), Some(0), "{} {}", stdout(&output), stderr(&output));
    for part in ["CN=Test Root", "number 7", &format!("from {url}"), "CRLs: 1, with warnings: 0"] {
        assert!(stdout(&output).contains(part), "{part}: {}", stdout(&output));
    }
    let output = crl(&moto, &fetch);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("unchanged"), "{}", stdout(&output));
}
