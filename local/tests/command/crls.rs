//! CRLs of a folder: what `check`, `bundle` and `local` do with them, and what `crl show` says of them.

use std::{fs, process::Output, slice};

use alb_mtls::pki::{Authority, KeyKind, fingerprint, pem};
use alb_mtls_adapter::trust::crls::manifest::Listed;
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{
    self, AT, LATER, Pki, bucket::listed, crls::CrlFolder, crls::list_now, lists::List,
    local::Local, run, stderr, stdout,
};

/// The exit status and the verdict on the client of `pki`.
fn check(pki: &Pki, folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let all = ["check", &chain, "--bundle", &bundle, "--crls", folder.path(), "--format", "json"];
    let output = run(&[&all[..], arguments].concat(), b"");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn crl_pem(der: &[u8]) -> String {
    pem(der).replace("CERTIFICATE", "X509 CRL")
}

/// The exit status and the listing.
fn show(folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let all = ["crl", "show", folder.path(), "--at", AT, "--format", "json"];
    let output = run(&[&all[..], arguments].concat(), b"");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The warnings about each CRL.
fn warnings(folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let (status, listing) = show(folder, arguments);
    let crls = listing["crls"].as_array().unwrap();
    (status, crls.iter().map(|crl| crl["warnings"].clone()).collect())
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
    let (status, _) = check(&pki, &revoking, &["--at", AT, "--revocation", "off"]);
    assert_eq!(status, 0);
}

#[test]
fn crl_of_the_folder_that_is_out_of_date_clears_nobody_and_is_named() {
    let pki = Pki::new();
    let folder = CrlFolder::new(&[List::of(&pki.issuing).days(-9, -1).der()]);
    let (status, verdict) = check(&pki, &folder, &["--at", AT]);
    assert_eq!((status, &verdict["reason"]), (1, &json!("ClientCertCrlProcessingError")));
    let (chain, bundle) = (pki.chain_file(), pki.bundle());
    let output =
        run(&["check", &chain, "--bundle", &bundle, "--crls", folder.path(), "--at", AT], b"");
    let (_, listing) = show(&folder, &[]);
    let file = listing["crls"][0]["file"].as_str().unwrap();
    let named = format!("{file} is of no use: the list of CN=Test Issuing: it has expired");
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

// --- crl show ---------------------------------------------------------------------------------------

#[test]
fn crl_is_shown_with_its_number_its_scope_its_entries_and_its_hours() {
    let pki = Pki::new();
    let complete = List::of(&pki.root).number(256).revoking(pki.issuing.der()).der();
    let partial = List::of(&pki.issuing).number(7).days(-2, 1).scope(|point| {
        point.only_contains_user_certs = true;
    });
    let folder = CrlFolder::new(&[complete.clone(), partial.der()]);
    let (status, listing) = show(&folder, &[]);
    assert_eq!(status, 0);
    assert_eq!(listing["written"], "2026-06-01T12:00:00Z");
    let [first, second] = listing["crls"].as_array().unwrap().as_slice() else { panic!() };
    let file = listed(&complete);
    assert_eq!(
        *first,
        json!({
            "file": folder.file(&file.file()),
            "sha256": file.sha256,
            "issuer": "CN=Test Root",
            "number": "256",
            "base": null,
            "scope": "all",
            "reasons": null,
            "indirect": false,
            "distribution_points": [],
            "hours_left": 144,
            "entries": 1,
            "this_update": "2026-05-31T12:00:00Z",
            "next_update": "2026-06-07T12:00:00Z",
            "url": "http://ca.example/ca.crl",
            "fetched": "",
            "warnings": [],
        })
    );
    let members = ["issuer", "number", "scope", "entries", "hours_left"];
    let members = members.map(|member| second[member].clone());
    assert_eq!(json!(members), json!(["CN=Test Issuing", "7", "onlyContainsUserCerts", 0, 24]));

    let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
    assert_eq!(output.status.code(), Some(0));
    let table = stdout(&output);
    for part in [
        "CN=Test Root",
        &file.sha256,
        "number 256",
        "from http://ca.example/ca.crl",
        "2026-05-31T12:00:00Z",
        "144 h",
        "number 7, onlyContainsUserCerts",
        "24 h",
        "CRLs: 2, with warnings: 0; manifest written 2026-06-01T12:00:00Z",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn crl_with_which_something_is_wrong_exits_with_one_and_is_marked_in_its_row() {
    let pki = Pki::new();
    let list = || List::of(&pki.root);
    let old = || list().days(-3, 4);
    let attributes = list().scope(|point| point.only_contains_attribute_certs = true);
    for (lists, expected) in [
        (vec![list()], json!([[]])),
        (vec![list().days(-9, -1)], json!([["it has expired"]])),
        (vec![list().days(1, 9)], json!([["it is not valid yet"]])),
        (
            vec![list().without_next_update()],
            json!([["it has no nextUpdate (RFC 5280 section 5.1.2.5)"]]),
        ),
        (
            vec![attributes],
            json!([["it lists attribute certificates only (RFC 5280 section 5.2.5)"]]),
        ),
        (
            vec![old(), list().number(2)],
            json!([["it is superseded by 2, a newer one of the same scope"], []]),
        ),
        (vec![old(), list().number(2).at("http://crl.example/")], json!([[], []])),
        (
            vec![list().number(3).delta_since(2)],
            json!([[
                "its base is missing, a complete CRL with the number 2 or a later one: it revokes, and clears nobody"
            ]]),
        ),
        (vec![list().number(3).delta_since(2), list().number(2).days(-2, 5)], json!([[], []])),
    ] {
        let folder = CrlFolder::new(&lists.iter().map(List::der).collect::<Vec<_>>());
        let is_well = expected.as_array().unwrap().iter().all(|of_one| *of_one == json!([]));
        let status = if is_well { 0 } else { 1 };
        assert_eq!(warnings(&folder, &[]), (status, expected.clone()));
        let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
        assert_eq!(output.status.code(), Some(status));
        let marked = stdout(&output).lines().filter(|line| line.contains("warning: it"));
        assert_eq!(marked.count(), usize::from(!is_well), "{}", stdout(&output));
    }
}

#[test]
fn crl_that_nobody_of_the_bundle_signed_is_marked_where_a_bundle_is_named() {
    let pki = Pki::new();
    let namesake = KeyKind::P256.generate().unwrap();
    let namesake = Authority::root("Test Root", namesake, support::validity()).unwrap();
    let list = List::of(&pki.root).der();
    let other = List::of(&namesake).at("http://crl.example/").der();
    let folder = CrlFolder::new(&[list.clone(), other]);
    let unsigned = "no certificate of this bundle signed it: it counts only with a signer that the client sends";
    assert_eq!(warnings(&folder, &["--bundle", &pki.bundle()]), (1, json!([[], [unsigned]])));
    assert_eq!(warnings(&folder, &[]), (0, json!([[], []])));
    let both = pki.file("both.pem", (pki.root.pem() + &namesake.pem()).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &both]), (0, json!([[], []])));
    // Nor is one in doubt that the bundle has as well.
    let copy =
        pki.file("copy.pem", (pki.root.pem() + &namesake.pem() + &crl_pem(&list)).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &copy]), (0, json!([[], []])));
}

#[test]
fn crls_of_two_keys_of_one_name_take_nobodys_place() {
    let pki = Pki::new();
    let namesake = KeyKind::P256.generate().unwrap();
    let namesake = Authority::root("Test Root", namesake, support::validity()).unwrap();
    let newer = List::of(&namesake).number(2).days(0, 6);
    let folder = CrlFolder::new(&[List::of(&pki.root).der(), newer.der()]);
    let both = pki.file("both.pem", (pki.root.pem() + &namesake.pem()).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &both]), (0, json!([[], []])));
    let (status, _) = warnings(&folder, &[]);
    assert_eq!(status, 1);
}

#[test]
fn bundle_of_no_use_is_no_answer_about_the_crls() {
    let pki = Pki::new();
    let folder = CrlFolder::new(&[List::of(&pki.root).der()]);
    let bundle = pki.bundle();
    let show = ["crl", "show", folder.path(), "--bundle", &bundle, "--at"];
    let output = run(&[&show[..], &[AT]].concat(), b"");
    assert_eq!(output.status.code(), Some(0));
    let empty = pki.file("empty.pem", b"");
    let output = run(&["crl", "show", folder.path(), "--bundle", &empty, "--at", LATER], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the trust bundle is empty"), "{}", stderr(&output));
}

#[test]
fn text_of_a_manifest_is_no_command_to_a_terminal() {
    let pki = Pki::new();
    let list = List::of(&pki.root).der();
    let folder = CrlFolder::new(slice::from_ref(&list));
    let url = "http://\u{1b}[2Jca.example/".to_owned();
    folder.put_manifest(vec![Listed { url, ..listed(&list) }]);
    let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
    assert!(stdout(&output).contains("from http://\\u{1b}[2Jca.example/"), "{}", stdout(&output));
}
