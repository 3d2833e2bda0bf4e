//! CRLs of a folder, and what `check`, `bundle` and `local` do with them.

use std::{fs, process::Output, slice};

use alb_mtls::pki::fingerprint;
use alb_mtls_adapter::trust::crls::manifest::Listed;
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{
    self, AT, Pki,
    bucket::listed,
    crls::{CrlFolder, crl_pem, list_now},
    lists::List,
    local::Local,
    run, stderr, stdout,
};

/// The exit status and the verdict on the client of `pki`.
fn check(pki: &Pki, folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let all = ["check", &chain, "--bundle", &bundle, "--crls", folder.path(), "--format", "json"];
    let output = run(&[&all[..], arguments].concat(), b"");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

// --- check, bundle, local ---------------------------------------------------------------------------

#[test]
fn client_that_a_crl_of_the_folder_revokes_is_refused_and_another_is_accepted() {
    let pki = Pki::new();
    let list = || List::of(&pki.issuing);
    let (status, verdict) = check(&pki, &CrlFolder::new(&[list().der()]), &["--at", AT]);
    assert_eq!((status, &verdict["verdict"]), (0, &json!("accepted")), "{verdict}");
    let revoking = CrlFolder::new(&[list().revoking(pki.leaf.der()).der()]);
    let (status, verdict) = check(&pki, &revoking, &["--at", AT]);
    assert_eq!((status, &verdict["reason"]), (1, &json!("ClientCertCrlHit")), "{verdict}");
}

#[test]
fn crls_that_nobody_asks_are_refused_as_the_function_refuses_them() {
    let pki = Pki::valid_now();
    let folder = CrlFolder::new(&[list_now(&pki.root).der()]);
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let local = ["local", "--listen", "127.0.0.1:0"];
    for command in [&["check", chain.as_str()][..], &local] {
        let flags = ["--bundle", &bundle, "--crls", folder.path(), "--revocation", "off"];
        let output = run(&[command, &flags].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(stderr(&output).contains("is of no use"), "{}", stderr(&output));
    }
    let with = ["check", &chain, "--bundle", &bundle, "--crls", folder.path()];
    assert_eq!(run(&with, b"").status.code(), Some(0));
    let without = ["check", &chain, "--bundle", &bundle, "--revocation", "off"];
    assert_eq!(run(&without, b"").status.code(), Some(0));
}

#[test]
fn crl_of_the_folder_that_is_out_of_date_clears_nobody_and_is_named() {
    let pki = Pki::new();
    let list = List::of(&pki.issuing).days(-9, -1).der();
    let folder = CrlFolder::new(slice::from_ref(&list));
    let (status, verdict) = check(&pki, &folder, &["--at", AT]);
    assert_eq!((status, &verdict["reason"]), (1, &json!("ClientCertCrlProcessingError")));
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let output =
        run(&["check", &chain, "--bundle", &bundle, "--crls", folder.path(), "--at", AT], b"");
    let file = folder.file(&listed(&list).file());
    let named =
        format!("{} is of no use: the list of CN=Test Issuing: it has expired", file.display());
    assert!(stderr(&output).contains(&named), "{}", stderr(&output));
}

#[test]
fn crls_of_the_folder_are_listed_with_the_bundle_under_the_names_of_their_files() {
    let pki = Pki::new();
    let list = List::of(&pki.root).number(7).der();
    let folder = CrlFolder::new(slice::from_ref(&list));
    let entries = |bundle: &str| {
        let all = ["bundle", bundle, "--crls", folder.path(), "--at", AT, "--format", "json"];
        let output = run(&all, b"");
        assert_eq!(output.status.code(), Some(0));
        let inventory: Value = serde_json::from_slice(&output.stdout).unwrap();
        inventory["entries"].as_array().unwrap()[1..].to_vec()
    };
    let crl = &entries(&pki.bundle())[0];
    let file = folder.file(&listed(&list).file());
    assert_eq!(crl["source"], file.to_str().unwrap());
    assert_eq!((&crl["kind"], &crl["number"]), (&json!("crl"), &json!("7")));
    assert_eq!(crl["warnings"], json!([]));
    // One that the bundle has, too, is no other one.
    let both = pki.file("both.pem", (pki.root.pem() + &crl_pem(&list)).as_bytes());
    let both = entries(&both);
    assert_eq!(both[0]["warnings"], json!([]));
    assert_eq!(both[1]["warnings"], json!(["it is there already"]));
}

#[tokio::test]
async fn function_on_this_machine_refuses_whom_a_crl_of_the_folder_revokes() {
    let pki = Pki::valid_now();
    let revoked = pki.root.leaf("revoked", support::around_now()).issue().unwrap();
    let good = pki.root.leaf("good", support::around_now()).issue().unwrap();
    let folder = CrlFolder::new(&[list_now(&pki.root).revoking(revoked.der()).der()]);
    let bundle = pki.bundle();
    let mut local = Local::start(&["--bundle", &bundle, "--crls", folder.path()]);
    for (client, status, line) in [
        (&good, 200, "200 GET /hello  CN=good"),
        (&revoked, 403, "403 GET /hello  CN=revoked  ClientCertCrlHit: "),
    ] {
        let identity = client.key().pem() + &client.pem();
        let identity = reqwest::Identity::from_pem(identity.as_bytes()).unwrap();
        let client = local.client().identity(identity).build().unwrap();
        assert_eq!(client.get(local.url()).send().await.unwrap().status(), status);
        let told = local.skip_to("GET");
        assert!(told.starts_with(line), "{told}");
    }
}

#[tokio::test]
async fn function_elsewhere_is_told_where_the_crls_are() {
    let pki = Pki::valid_now();
    let folder = CrlFolder::new(&[list_now(&pki.root).der()]);
    let bundle = pki.bundle();
    let function = ["--invoke-url", "http://127.0.0.1:1/"];
    let arguments = [&function[..], &["--bundle", &bundle, "--crls", folder.path()]].concat();
    let local = Local::start(&arguments);
    let value = |name: &str| {
        let mut values = local.greeting.iter().filter_map(|line| line.trim().strip_prefix(name));
        values.next().and_then(|value| value.strip_prefix('=')).map(str::to_owned)
    };
    let (endpoint, location) =
        (value("AWS_ENDPOINT_URL_S3").unwrap(), value("TRUST_CRLS").unwrap());
    let bucket = location.strip_prefix("s3://").unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let manifest = client.get(format!("{endpoint}/{bucket}manifest.json")).send().await.unwrap();
    assert_eq!(manifest.bytes().await.unwrap(), fs::read(folder.file("manifest.json")).unwrap());
    // Without the folder, there is nothing to tell.
    let local = Local::start(&[&function[..], &["--bundle", &bundle]].concat());
    assert!(local.greeting.iter().all(|line| !line.contains("CRL") && !line.contains("S3")));
}

#[test]
fn crls_about_nobody_are_refused() {
    let folder = CrlFolder::empty();
    for (arguments, missing) in [
        (vec!["--crls", folder.path()], "--bundle <FILE>"),
        (vec!["--crls-listen", "127.0.0.1:0"], "--crls <DIR>"),
    ] {
        let output = run(&[vec!["local", "--listen", "127.0.0.1:0"], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(missing), "{}", stderr(&output));
    }
}

// --- a folder that is not whole ---------------------------------------------------------------------

/// What each command says that reads a folder; none reads this one.
fn refusals(pki: &Pki, folder: &CrlFolder) -> Vec<String> {
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let crls = folder.path();
    let commands = [
        vec!["check", &chain, "--bundle", &bundle, "--crls", crls],
        vec!["bundle", &bundle, "--crls", crls],
        vec!["local", "--listen", "127.0.0.1:0", "--bundle", &bundle, "--crls", crls],
        vec!["crl", "show", crls],
    ];
    let refusal = |output: Output| {
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        stderr(&output).to_owned()
    };
    commands.iter().map(|command| refusal(run(command, b""))).collect()
}

#[test]
fn folder_that_is_not_whole_exits_with_two_and_the_file_is_named() {
    let pki = Pki::valid_now();
    let der = list_now(&pki.root).der();
    let file = listed(&der).file();
    let whole = || CrlFolder::new(slice::from_ref(&der));
    let with = |change: &dyn Fn(&CrlFolder)| {
        let folder = whole();
        change(&folder);
        folder
    };
    let mut other = der.clone();
    *other.last_mut().unwrap() ^= 1;
    let rubbish = Listed { sha256: fingerprint(b"rubbish"), bytes: 7, ..listed(&der) };
    let no_crl = with(&|folder| {
        folder.put(&rubbish.file(), b"rubbish");
        folder.put_manifest(vec![rubbish.clone()]);
    });
    for (folder, name, reason) in [
        (with(&|it| it.remove("manifest.json")), "manifest.json", "expected a folder"),
        (with(&|it| it.put("manifest.json", b"{}")), "manifest.json", "is no manifest of CRLs"),
        (with(&|it| it.remove(&file)), file.as_str(), "is missing, and manifest.json names it"),
        (with(&|it| it.put(&file, &der[1..])), &file, "bytes, and manifest.json says"),
        (with(&|it| it.put(&file, &other)), &file, "does not have the SHA-256 by which"),
        (no_crl, &rubbish.file(), "is no list of revoked certificates"),
    ] {
        for said in refusals(&pki, &folder) {
            let path = folder.file(name);
            assert!(said.contains(path.to_str().unwrap()) && said.contains(reason), "{said}");
        }
    }
    let output = run(&["crl", "show", whole().path()], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
