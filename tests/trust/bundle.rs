//! The trust bundle as it is written: PEM or a document, packed or not, and who may pass.

use std::{io::Write, time::SystemTime};

use alb_mtls::pki::{Authority, KeyKind, Leaf, pem, rcgen};
use alb_mtls_adapter::{
    certificate::{PresentedChain, identity::Identity},
    trust::{
        self, PathError, Revocation,
        bundle::{BundleError, NoUse, Source, TrustBundle},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use rcgen::{ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose as Ku};
use serde_json::{Value, json};

use crate::{
    support::{NOW, Pki, expired, header, key, lists::List, not_yet_valid, valid},
    verdict::{OK, word},
};

fn source(name: &str, content: impl AsRef<[u8]>) -> Source {
    Source { name: name.to_owned(), content: content.as_ref().to_vec() }
}

fn read(content: impl AsRef<[u8]>) -> Result<TrustBundle, BundleError> {
    TrustBundle::read(&[source("clients", content)], SystemTime::from(NOW))
}

fn document(document: &Value) -> Result<TrustBundle, BundleError> {
    read(document.to_string())
}

/// Why a document is refused.
fn fault(content: &Value) -> String {
    document(content).unwrap_err().to_string()
}

const UNTRUSTED: &str = "ClientCertUntrusted";

// --- PEM -----------------------------------------------------------------------------------------

#[test]
fn bundle_that_is_empty_is_refused() {
    let error = read("\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the trust bundle is empty: no usable anchor or pinned certificate in clients"
    );
    assert!(matches!(
        TrustBundle::read(&[], SystemTime::from(NOW)),
        Err(BundleError::Empty { .. })
    ));
}

#[test]
fn bundle_with_one_bad_entry_is_refused_whole_and_names_it() {
    let pki = Pki::new();
    let good = pki.root.pem();
    assert_eq!(read(&good).unwrap().anchors().count(), 1);
    let broken = good.replacen("MII", "MIJ", 1);
    let second = format!("entry 2 of clients (byte {})", good.len());
    for (content, reason) in [
        (format!("{good}{broken}"), format!("{second} is no X.509 certificate")),
        (
            format!("{good}----BEGIN CERTIFICATE----\n"),
            format!("entry 2 of clients cannot be read: the line at byte {}", good.len()),
        ),
        (
            format!("{good}{}", pki.leaf.key().pem()),
            format!("{second} is a \"PRIVATE KEY\", and a \"CERTIFICATE\" belongs there"),
        ),
        (
            good.replace("-----END CERTIFICATE-----\n", ""),
            "entry 1 of clients cannot be read".to_owned(),
        ),
    ] {
        let error = read(&content).unwrap_err().to_string();
        assert!(error.starts_with(&format!("trust bundle: {reason}")), "{error}");
    }
}

#[test]
fn text_that_everyday_tools_write_around_certificates_is_passed_over() {
    let pki = Pki::new();
    let (root, list) = (pki.root.pem(), List::of(&pki.root).pem());
    for content in [
        format!("# partner roots\n{root}\n# and their CRL\n{list}"),
        format!("Bag Attributes: <No Attributes>\nsubject=CN = Test Root\n{root}{list}"),
        format!("Certificate:\n    Data:\n        Version: 3 (0x2)\n{root}{list}"),
        format!("\u{feff}{root}{list}"),
        format!("{root}{list}").replace('\n', "  \r\n"),
    ] {
        let bundle = read(&content).unwrap();
        assert_eq!((bundle.anchors().count(), bundle.lists().count()), (1, 1), "{content}");
    }
    let marked = format!("\u{feff}{}", json!({"anchors": format!("# root\n{root}"), "crls": list}));
    assert_eq!(read(marked).unwrap().lists().count(), 1);
}

#[test]
fn what_was_stored_in_place_of_pem_is_named_with_what_mends_it() {
    let pki = Pki::new();
    let root = pki.root.pem();
    let der = pki.root.der().to_vec();
    let utf16: Vec<u8> = root.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let tar = [vec![b'a'; 257], b"ustar".to_vec(), vec![0; 250]].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (der.clone(), "openssl x509 -inform der"),
        (List::of(&pki.root).der(), "openssl crl -inform der"),
        ([root.as_bytes(), &List::of(&pki.root).der(), b"\n"].concat(), "DER among the PEM"),
        (utf16, "UTF-16"),
        (tar, "tar"),
        (b"PK\x03\x04rest".to_vec(), "zip"),
        (b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), "keytool -list -rfc"),
        (b"\xce\xce\xce\xce\0\0\0\x02".to_vec(), "keytool -list -rfc"),
        (hexadecimal("308203000201033082"), "openssl pkcs12"),
        (hexadecimal("3082030006092a864886f70d010702a082"), "openssl pkcs7"),
        (STANDARD.encode(&root).into(), "base64 of PEM"),
        (STANDARD.encode(b"\x1f\x8b\x08\0\0\0\0\0").into(), "gzip"),
        (STANDARD.encode(&der).into(), "BEGIN and an END line"),
        (header(&[&der]).into(), "percent-encoded"),
        (b"{\"requestContext\": {\"elb\": {}}}".to_vec(), "event"),
        (json!(root).to_string().into(), "JSON string"),
        (json!([root]).to_string().into(), "JSON list"),
        (json!({"bundle": root}).to_string().into(), "name the key anchors"),
        (b"{\"\": \"\"}".to_vec(), "empty key/value"),
        (format!("{{\\\"anchors\\\": \\\"{root}\\\"}}").into(), "once too often"),
        (format!("{{\"anchors\": \"{root}\"}}").into(), "real line breaks"),
        (root.replace('\n', "\\n").into(), "written as \\n"),
        (root.replace('\n', " ").into(), "line breaks were lost"),
        (root.replace('\n', "\r").into(), "CR alone"),
        (b"trust-bundle.pem\n".to_vec(), "name of a file"),
        (b"file:///etc/roots.pem".to_vec(), "file://"),
        (format!("ca.crt: |\n  {}", root.replace('\n', "\n  ")).into(), "YAML"),
        (b"<html><body>Sign in</body></html>".to_vec(), "HTML"),
        (format!("CA=\"{root}\"").into(), "name and ="),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@here".to_vec(), "SSH"),
        (format!("'{root}'").into(), "quotation marks"),
        (root.replace("-----BEGIN", "\u{2014}\u{2014}-BEGIN").into(), "hyphen"),
        (root.replace("-----BEGIN", "\u{a0}-----BEGIN").into(), "like a blank"),
        (format!("{}{root}", root.trim_end()).into(), "same line"),
        (b"no certificate".to_vec(), "holds no PEM"),
    ];
    for (content, told) in cases {
        let shown = String::from_utf8_lossy(&content).into_owned();
        let error = TrustBundle::read(&[source("clients", content)], SystemTime::from(NOW));
        let error = error.err().unwrap_or_else(|| panic!("taken: {shown}")).to_string();
        assert!(error.starts_with("trust bundle: ") && error.contains(told), "{told}: {error}");
        assert!(!error.contains("MI"), "{error}");
    }
}

/// The bytes that are written like this.
fn hexadecimal(digits: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

#[test]
fn several_sources_add_up_and_faults_name_theirs() {
    let pki = Pki::new();
    let source = |name: &str, content: String| Source {
        name: name.to_owned(),
        content: content.into_bytes(),
    };
    let both = TrustBundle::read(
        &[source("roots", pki.root.pem()), source("issuers", pki.issuing.pem())],
        SystemTime::from(NOW),
    );
    assert_eq!(both.unwrap().anchors().count(), 2);
    let error = TrustBundle::read(
        &[source("roots", pki.root.pem()), source("issuers", pki.leaf.key().pem())],
        SystemTime::from(NOW),
    );
    assert!(error.unwrap_err().to_string().starts_with("trust bundle: entry 1 of issuers"));
}

// --- The document --------------------------------------------------------------------------------

#[test]
fn document_says_what_each_certificate_is_there_for() {
    let pki = Pki::new();
    let bundle = document(&json!({
        "anchors": pki.root.pem(),
        "intermediates": [pki.issuing.pem()],
        "pinned": [pki.leaf.pem()],
        "crls": List::of(&pki.root).pem(),
    }))
    .unwrap();
    assert_eq!((bundle.anchors().count(), bundle.pinned(), bundle.lists().count()), (1, 1, 1));
    assert!(bundle.warnings().is_empty());
}

#[test]
fn intermediate_of_the_bundle_leads_to_an_anchor_and_is_none() {
    let pki = Pki::new();
    let with = document(&json!({"anchors": pki.root.pem(), "intermediates": pki.issuing.pem()}));
    assert_eq!(word(&[pki.leaf.der()], &with.unwrap()), OK);
    let other = Pki::new().root;
    let without = document(&json!({"anchors": other.pem(), "intermediates": pki.issuing.pem()}));
    assert_eq!(word(&[pki.leaf.der()], &without.unwrap()), UNTRUSTED);
}

#[test]
fn intermediates_that_are_sent_as_well_are_looked_at_once() {
    let root = Authority::root("Test Root", key(), valid()).unwrap();
    let mut chain = Vec::new();
    for number in 0..8 {
        let above = chain.last().unwrap_or(&root);
        let next = above.intermediate(&format!("Level {number}"), key(), valid()).unwrap();
        chain.push(next);
    }
    let leaf = |validity| chain[7].leaf("client", validity).issue().unwrap();
    let intermediates: Vec<String> = chain.iter().map(Authority::pem).collect();
    let bundle = document(&json!({"anchors": root.pem(), "intermediates": intermediates})).unwrap();
    for (leaf, verdict) in [(leaf(valid()), OK), (leaf(expired()), "ClientCertExpired")] {
        let mut presented = vec![leaf.der()];
        presented.extend(chain.iter().rev().map(Authority::der));
        assert_eq!(word(&presented, &bundle), verdict);
    }
}

#[test]
fn intermediate_of_the_bundle_is_not_pinned() {
    let pki = Pki::new();
    let helper = document(&json!({"anchors": pki.root.pem(), "intermediates": pki.issuing.pem()}));
    assert_eq!(word(&[pki.issuing.der()], &helper.unwrap()), "ClientCertPurposeInvalid");
    let pinned = document(&json!({"pinned": pki.issuing.pem()})).unwrap();
    assert_eq!(
        word(&[pki.issuing.der()], &pinned),
        "ClientCertPurposeInvalid",
        "no digitalSignature"
    );
}

#[test]
fn pinned_authority_mints_nothing() {
    let pki = Pki::new();
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "own");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let der = params.self_signed(&own).unwrap().der().to_vec();
    let issuer = rcgen::Issuer::new(params, own);
    let minted = rcgen::CertificateParams::new([]).unwrap();
    let minted = minted.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap();
    let as_anchor = document(&json!({"anchors": pem(&der)})).unwrap();
    assert_eq!(word(&[minted.der()], &as_anchor), OK);
    let as_pin = document(&json!({"pinned": pem(&der), "anchors": pki.root.pem()})).unwrap();
    assert_eq!(word(&[&der], &as_pin), OK);
    assert_eq!(word(&[minted.der()], &as_pin), UNTRUSTED);
    assert_eq!(word(&[minted.der(), &der], &as_pin), UNTRUSTED);
}

#[test]
fn anchor_of_a_document_is_a_client_only_where_it_is_pinned_too() {
    // A CA certificate that may be a client's as well: it says nothing of what its key is for.
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "own");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let der = params.self_signed(&own).unwrap().der().to_vec();
    let refused = "ClientCertPurposeInvalid";
    for (bundle, verdict, pinned) in [
        (json!({"anchors": pem(&der)}).to_string(), refused, 0),
        (json!({"anchors": pem(&der), "pinned": pem(&der)}).to_string(), OK, 0),
        (json!({"pinned": pem(&der)}).to_string(), OK, 1),
        (pem(&der), OK, 0),
    ] {
        let read = read(&bundle).unwrap();
        assert_eq!((word(&[&der], &read), read.pinned()), (verdict, pinned), "{bundle}");
    }
    // The text speaks for itself, whichever of the two comes first.
    let document = json!({"anchors": pem(&der)}).to_string();
    let mut sources = [source("document", document), source("text", pem(&der))];
    for _ in 0..2 {
        let both = TrustBundle::read(&sources, SystemTime::from(NOW)).unwrap();
        assert_eq!((word(&[&der], &both), both.anchors().count()), (OK, 1));
        sources.reverse();
    }
}

#[test]
fn authority_that_another_issued_is_no_client_though_it_is_an_anchor() {
    let pki = Pki::new();
    let is_ca = |params: &mut rcgen::CertificateParams| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![];
    };
    let issued = pki.root.leaf("both", valid()).adjust(is_ca).issue().unwrap();
    let plain = read(issued.pem()).unwrap();
    assert_eq!((plain.anchors().count(), plain.pinned()), (1, 0));
    assert_ne!(word(&[issued.der()], &plain), OK);
    let pinned = document(&json!({"pinned": issued.pem()})).unwrap();
    assert_eq!(word(&[issued.der()], &pinned), OK);
}

#[test]
fn document_and_pem_add_up() {
    let (one, other) = (Pki::new(), Pki::new());
    let sources = [
        source("plain", one.root.pem()),
        source("document", json!({"anchors": other.root.pem()}).to_string()),
    ];
    let bundle = TrustBundle::read(&sources, SystemTime::from(NOW)).unwrap();
    for pki in [one, other] {
        assert_eq!(word(&[pki.leaf.der(), pki.issuing.der()], &bundle), OK);
    }
}

#[test]
fn document_with_an_unknown_or_repeated_key_is_refused_by_its_name() {
    let root = Pki::new().root.pem();
    document(&json!({"anchors": root})).unwrap();
    let error = fault(&json!({"anchors": root, "anchor": root}));
    assert!(
        error.starts_with(
            "trust bundle: clients is no document as expected: unknown field `anchor`"
        ),
        "{error}"
    );
    let twice = format!("{{\"anchors\": {0}, \"anchors\": {0}}}", json!(root));
    let error = read(twice).unwrap_err().to_string();
    assert!(error.contains("duplicate field `anchors`"), "{error}");
    let pasted = format!("{{{}: 1}}", json!(Pki::new().leaf.key().pem()));
    let error = read(pasted).unwrap_err().to_string();
    assert!(
        error.contains("a key that is not known at line 1") && !error.contains("MI"),
        "{error}"
    );
    let error = read("{\n\"anchors\": [").unwrap_err().to_string();
    assert!(error.ends_with("no valid JSON at line 2 column 12"), "{error}");
}

#[test]
fn value_of_the_wrong_kind_is_refused_by_its_key_and_never_quoted() {
    let root = Pki::new().root;
    let secret = root.key().pem();
    for (document, reason) in [
        (json!({"anchors": root.pem(), "allow": null}), "\"allow\" in clients is not a list"),
        (json!({"anchors": root.pem(), "deny": null}), "\"deny\" in clients is not a list"),
        (json!({"anchors": root.pem(), "crls": null}), "\"crls\" in clients is not PEM"),
        (json!({"anchors": 7}), "\"anchors\" in clients is not PEM text, or a list"),
        (json!({"anchors": [root.pem(), {"a": secret}]}), "\"anchors\" in clients is not PEM"),
        (json!({"anchors": root.pem(), "allow": secret}), "\"allow\" in clients is not a list"),
        (
            json!({"anchors": root.pem(), "deny": [secret]}),
            "entry 1 of \"deny\" in clients is no rule",
        ),
        (
            json!({"anchors": [root.pem(), secret]}),
            "entry 2 of \"anchors\" in clients is a \"PRIVATE KEY\", and a \"CERTIFICATE\" belongs there",
        ),
        (
            json!({"anchors": root.pem() + &List::of(&root).pem()}),
            "entry 2 of \"anchors\" in clients is a \"X509 CRL\", and a \"CERTIFICATE\" belongs there",
        ),
        (
            json!({"anchors": root.pem(), "crls": root.pem()}),
            "entry 1 of \"crls\" in clients is a \"CERTIFICATE\", and a \"X509 CRL\" belongs there",
        ),
        (
            json!({"anchors": root.pem(), "pinned": ["", "text"]}),
            "a text under \"pinned\" in clients holds no PEM: no line is -----BEGIN CERTIFICATE-----",
        ),
    ] {
        let error = fault(&document);
        assert!(error.starts_with(&format!("trust bundle: {reason}")), "{error}");
        assert!(!error.contains("MI"), "{error}");
    }
}

#[test]
fn list_that_cannot_be_read_refuses_the_bundle_by_its_place() {
    let root = Pki::new().root;
    let broken = pem(b"no list").replace("CERTIFICATE", "X509 CRL");
    let error = read(root.pem() + &broken).unwrap_err().to_string();
    let expected =
        format!("trust bundle: entry 2 of clients (byte {}) is no list", root.pem().len());
    assert!(error.starts_with(&expected), "{error}");
}

// --- gzip ----------------------------------------------------------------------------------------

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn packed_source_is_read_like_the_same_unpacked() {
    let root = Pki::new().root.pem();
    for content in [root.clone(), json!({"anchors": root}).to_string()] {
        assert_eq!(read(packed(content.as_bytes())).unwrap().anchors().count(), 1);
    }
}

#[test]
fn packed_source_that_breaks_off_is_refused() {
    let mut content = packed(Pki::new().root.pem().as_bytes());
    content.truncate(content.len() - 9);
    let error = read(content).unwrap_err().to_string();
    assert!(error.starts_with("trust bundle: clients cannot be unpacked: "), "{error}");
}

#[test]
fn source_of_more_than_sixteen_mebibytes_is_refused_packed_or_not() {
    let blank = vec![b'\n'; 16 * 1024 * 1024 + 1];
    for content in [packed(&blank), blank.clone()] {
        assert!(matches!(read(content), Err(BundleError::TooLarge { .. })));
    }
    let most = [Pki::new().root.pem().as_bytes(), &blank].concat();
    read(packed(&most[..16 * 1024 * 1024])).unwrap();
}

// --- Of no use -----------------------------------------------------------------------------------

/// A self-signed authority, changed.
fn authority(change: impl FnOnce(&mut rcgen::CertificateParams)) -> String {
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "odd");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    change(&mut params);
    params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
}

#[test]
fn entry_of_no_use_stays_out_with_a_warning_that_names_it() {
    let pki = Pki::new();
    let other = Authority::root("Other Root", key(), valid()).unwrap();
    let critical = || {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        extension
    };
    let client =
        |usage| pki.root.leaf("odd", valid()).extended_key_usages([usage]).issue().unwrap();
    for (entry, reason) in [
        (authority(|_| {}), None),
        (authority(|params| params.not_after = expired().not_after), Some("it has expired")),
        (
            authority(|params| params.extended_key_usages = vec![Eku::ServerAuth]),
            Some("its extended key usages leave out clientAuth"),
        ),
        (
            authority(|params| params.custom_extensions = vec![critical()]),
            Some("it has a critical extension that is not understood"),
        ),
        (client(Eku::ClientAuth).pem(), None),
        (
            client(Eku::ServerAuth).pem(),
            Some("the extended key usages of the client's certificate"),
        ),
        (pki.root.leaf("odd", expired()).issue().unwrap().pem(), Some("it has expired")),
        (pki.root.leaf("odd", not_yet_valid()).issue().unwrap().pem(), None),
        (List::of(&pki.root).pem(), None),
        (List::of(&other).days(-9, -1).pem(), Some("it has expired")),
    ] {
        let bundle = read(pki.root.pem() + &entry).unwrap();
        let warning = bundle.warnings().first().map(ToString::to_string);
        match (reason, warning) {
            (None, None) => {}
            (Some(reason), Some(warning)) => {
                let place =
                    format!("entry 2 of clients (byte {}) is of no use: ", pki.root.pem().len());
                assert!(warning.starts_with(&place), "{warning}");
                assert!(warning.contains(reason), "{warning}");
            }
            (reason, warning) => panic!("{reason:?}: {warning:?}"),
        }
        assert_eq!(word(&[pki.leaf.der(), pki.issuing.der()], &bundle), OK, "the others serve");
    }
}

#[test]
fn certificate_that_is_no_authority_is_no_anchor() {
    let pki = Pki::new();
    let bundle = document(&json!({"anchors": [pki.root.pem(), pki.leaf.pem()]})).unwrap();
    assert_eq!(bundle.warnings()[0].reason, NoUse::NotCa);
    assert_eq!(bundle.anchors().count(), 1);
    assert!(matches!(
        document(&json!({"anchors": pki.leaf.pem()})),
        Err(BundleError::Empty { .. })
    ));
}

#[test]
fn self_signed_client_that_says_it_is_an_authority_and_may_sign_none_is_pinned() {
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![Ku::DigitalSignature];
    let der = params.self_signed(&own).unwrap().der().to_vec();
    let plain = read(pem(&der)).unwrap();
    assert_eq!((plain.anchors().count(), plain.pinned()), (0, 1));
    assert_eq!(word(&[&der], &plain), OK);
    let pki = Pki::new();
    let anchors = json!({"anchors": [pem(&der), pki.root.pem()]});
    let as_anchor = document(&anchors).unwrap();
    assert_eq!(as_anchor.warnings()[0].reason, NoUse::KeyUsage);
}

#[test]
fn refusal_names_the_entry_that_would_be_the_anchor_and_is_of_no_use() {
    let pki = Pki::new();
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "odd");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.name_constraints = Some(rcgen::NameConstraints {
        permitted_subtrees: vec![],
        excluded_subtrees: vec![rcgen::GeneralSubtree::DnsName(".example.com".to_owned())],
    });
    let odd = params.self_signed(&own).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, own);
    let minted = rcgen::CertificateParams::new([]).unwrap();
    let minted = minted.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap();
    let chain = PresentedChain::from_header(header(&[minted.der()]).as_bytes()).unwrap();
    let bundle = read(pki.root.pem() + &odd).unwrap();
    let error = trust::verify(&chain, &bundle, Revocation::default(), SystemTime::from(NOW));
    let error = error.unwrap_err();
    assert!(matches!(error, PathError::Untrusted { .. }));
    assert!(error.to_string().contains("; entry 2 of clients (byte"), "{error}");
}

#[test]
fn bundle_by_which_nobody_could_be_accepted_is_told_apart() {
    let usable = |content: String| read(content).unwrap().is_usable();
    let expired_root = Authority::root("Old", key(), expired()).unwrap().pem();
    assert!(!usable(expired_root.clone()));
    assert!(usable(expired_root + &Pki::new().root.pem()));
}

#[test]
fn lists_and_intermediates_alone_are_no_bundle() {
    let pki = Pki::new();
    let alone = json!({"intermediates": pki.issuing.pem(), "crls": List::of(&pki.root).pem()});
    assert!(matches!(document(&alone), Err(BundleError::Empty { .. })));
}

// --- Who may pass --------------------------------------------------------------------------------

const REJECTED: &str = "ClientCertRejected";

/// A root, and a client with every type of name.
struct Named {
    root: Authority,
    client: Leaf,
}

impl Named {
    fn new() -> Self {
        let root = Authority::root("Test Root", key(), valid()).unwrap();
        let client = root
            .leaf("client 1", valid())
            .dns("one.example.com")
            .uri("spiffe://example.org/one")
            .email("one@example.com")
            .issue()
            .unwrap();
        Self { root, client }
    }

    fn word(&self, rules: &Value) -> &'static str {
        word(&[self.client.der()], &self.bundle(rules).unwrap())
    }

    /// The root in a document with these rules.
    fn bundle(&self, rules: &Value) -> Result<TrustBundle, BundleError> {
        let mut content = rules.clone();
        content["anchors"] = json!(self.root.pem());
        document(&content)
    }

    fn identity(&self) -> Identity {
        let chain = PresentedChain::from_pem(self.client.pem().as_bytes()).unwrap();
        Identity::of(&chain.leaf)
    }
}

#[test]
fn client_is_allowed_or_denied_by_each_type_of_match() {
    let named = Named::new();
    let Identity { sha256, serial, .. } = named.identity();
    let colons = |text: &str| {
        text.as_bytes()
            .chunks(2)
            .map(|pair| str::from_utf8(pair).unwrap())
            .collect::<Vec<_>>()
            .join(":")
    };
    for (hit, miss) in [
        (json!({"sha256": sha256}), json!({"sha256": "0".repeat(64)})),
        (json!({"sha256": colons(&sha256).to_uppercase()}), json!({"sha256": "f".repeat(64)})),
        (
            json!({"issuer": "CN=Test Root", "serial": serial}),
            json!({"issuer": "CN=Other Root", "serial": serial}),
        ),
        (
            json!({"issuer": "cn=test  root", "serial": format!("00:{}", colons(&serial).to_lowercase())}),
            json!({"issuer": "CN=Test Root", "serial": "01"}),
        ),
        (json!({"subject": "CN=client 1"}), json!({"subject": "CN=client 2"})),
        (json!({"subject": "2.5.4.3=CLIENT  1"}), json!({"subject": "CN=client 1,O=Example"})),
        (json!({"dns": "one.example.com"}), json!({"dns": "two.example.com"})),
        (json!({"dns": "*.example.com"}), json!({"dns": "*.com"})),
        (json!({"uri": "spiffe://example.org/one"}), json!({"uri": "spiffe://example.org/two"})),
        (json!({"email": "one@example.com"}), json!({"email": "two@example.com"})),
        (json!({"email": "one@example.com"}), json!({"dns": "example.com"})),
    ] {
        assert_eq!(named.word(&json!({"deny": [hit]})), REJECTED, "{hit}");
        assert_eq!(named.word(&json!({"deny": [miss]})), OK, "{miss}");
        assert_eq!(named.word(&json!({"allow": [miss]})), REJECTED, "{miss}");
        assert_eq!(named.word(&json!({"allow": [miss, hit]})), OK, "{hit}");
        assert_eq!(named.word(&json!({"allow": [hit], "deny": [hit]})), REJECTED, "denial wins");
    }
}

#[test]
fn denial_by_fingerprint_meets_what_the_client_could_make_of_its_certificate() {
    let named = Named::new();
    let Identity { sha256, .. } = named.identity();
    let chain = PresentedChain::from_pem(named.client.pem().as_bytes()).unwrap();
    let twin = ecdsa_twin(chain.leaf.der());
    let rules = [json!({"sha256": "0".repeat(64)}), json!({"sha256": sha256})];
    let deny = named.bundle(&json!({"deny": rules})).unwrap();
    assert_eq!(word(&[&twin], &deny), REJECTED);
    let other = named.bundle(&json!({"deny": [{"sha256": "0".repeat(64)}]})).unwrap();
    assert_eq!(word(&[&twin], &other), OK, "it is valid");
    let allow = named.bundle(&json!({"allow": [{"sha256": sha256}]})).unwrap();
    assert_eq!(word(&[&twin], &allow), REJECTED, "it is another certificate");
}

/// The certificate with the other signature (r, n - s) that verifies under a P-256 key.
fn ecdsa_twin(der: &[u8]) -> Vec<u8> {
    use der::{
        Decode, Encode,
        asn1::{Any, BitString, Uint},
    };
    use num_bigint::BigUint;
    const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let parts = Vec::<Any>::from_der(der).unwrap();
    let signature: BitString = parts[2].decode_as().unwrap();
    let numbers = Vec::<Uint>::from_der(signature.raw_bytes()).unwrap();
    let order = BigUint::parse_bytes(ORDER, 16).unwrap();
    let other = order - BigUint::from_bytes_be(numbers[1].as_bytes());
    let numbers = vec![numbers[0].clone(), Uint::new(&other.to_bytes_be()).unwrap()];
    let signature = BitString::from_bytes(&numbers.to_der().unwrap()).unwrap();
    let signature = Any::encode_from(&signature).unwrap();
    vec![parts[0].clone(), parts[1].clone(), signature].to_der().unwrap()
}

#[test]
fn name_of_several_parts_is_compared_part_by_part() {
    let root = Authority::root("Test Root", key(), valid()).unwrap();
    let leaf = root
        .leaf("client", valid())
        .adjust(|params| {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example, Inc.");
        })
        .issue()
        .unwrap();
    let chain = PresentedChain::from_pem(leaf.pem().as_bytes()).unwrap();
    let subject = Identity::of(&chain.leaf).subject;
    assert_eq!(subject, "O=Example\\, Inc.,CN=client");
    for (rule, verdict) in [
        (subject.as_str(), OK),
        ("O=example\\, inc.,CN=CLIENT", OK),
        ("CN=client,O=Example\\, Inc.", REJECTED),
        ("CN=client+O=Example\\, Inc.", REJECTED),
        ("CN=client", REJECTED),
    ] {
        let bundle = document(&json!({"anchors": root.pem(), "allow": [{"subject": rule}]}));
        assert_eq!(word(&[leaf.der()], &bundle.unwrap()), verdict, "{rule}");
    }
}

#[test]
fn rules_hold_for_pinned_clients_and_add_up_over_sources() {
    let named = Named::new();
    let pinned = json!({"pinned": named.client.pem(), "deny": [{"dns": "one.example.com"}]});
    assert_eq!(word(&[named.client.der()], &document(&pinned).unwrap()), REJECTED);
    let sources = |rules: [Value; 2]| {
        let sources = [
            source("roots", named.root.pem()),
            source("first", rules[0].to_string()),
            source("second", rules[1].to_string()),
        ];
        word(&[named.client.der()], &TrustBundle::read(&sources, SystemTime::from(NOW)).unwrap())
    };
    let (hit, miss) = (json!([{"dns": "one.example.com"}]), json!([{"dns": "two.example.com"}]));
    assert_eq!(sources([json!({"allow": miss}), json!({"allow": hit})]), OK);
    assert_eq!(sources([json!({"allow": miss}), json!({})]), REJECTED);
    assert_eq!(sources([json!({"allow": hit}), json!({"deny": hit})]), REJECTED);
}

#[test]
fn common_name_alone_is_no_dns_name() {
    let root = Authority::root("Test Root", key(), valid()).unwrap();
    let leaf = root.leaf("one.example.com", valid()).issue().unwrap();
    let bundle = document(&json!({"anchors": root.pem(), "allow": [{"dns": "one.example.com"}]}));
    assert_eq!(word(&[leaf.der()], &bundle.unwrap()), REJECTED);
}

#[test]
fn rule_that_cannot_be_understood_refuses_the_bundle_by_its_place() {
    let named = Named::new();
    for rule in [
        json!({}),
        json!("one.example.com"),
        json!({"cn": "client"}),
        json!({"dns": "one.example.com", "email": "one@example.com"}),
        json!({"issuer": "CN=Test Root"}),
        json!({"serial": "01"}),
        json!({"serial": 1, "issuer": "CN=Test Root"}),
        json!({"serial": "", "issuer": "CN=Test Root"}),
        json!({"sha256": "abcd"}),
        json!({"sha256": "g".repeat(64)}),
        json!({"subject": ""}),
        json!({"subject": "client"}),
        json!({"subject": "CN=client, O=Example"}),
        json!({"dns": "*"}),
        json!({"dns": null}),
    ] {
        let rules = json!({"deny": [{"dns": "two.example.com"}, rule]});
        let error = named.bundle(&rules).unwrap_err();
        assert!(matches!(error, BundleError::Rule { .. }), "{rule}: {error}");
        let place = "trust bundle: entry 2 of \"deny\" in clients is no rule: expected";
        let told = error.to_string();
        assert!(told.starts_with(place) || rule["dns"] == "*", "{rule}: {told}");
    }
    let error = named.bundle(&json!({"allow": []})).unwrap_err().to_string();
    assert!(error.starts_with("trust bundle: \"allow\" in clients names nobody"), "{error}");
}

// --- Order ---------------------------------------------------------------------------------------

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn order_of_entries_never_changes_a_verdict(order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle()) {
        let pki = Pki::new();
        let revoked = pki.root.leaf("revoked", valid()).issue().unwrap();
        let pinned = Pki::new().leaf;
        let look_alike = Authority::root(pki.root.name(), KeyKind::P384.generate().unwrap(), valid()).unwrap();
        let entries = [
            pki.root.pem(),
            look_alike.pem(),
            Authority::root("Old", key(), expired()).unwrap().pem(),
            pinned.pem(),
            List::of(&pki.root).number(2).revoking(revoked.der()).pem(),
            List::of(&pki.root).days(-3, 3).pem(),
            pki.issuing.pem(),
        ];
        let shuffled: String = order.iter().map(|position| entries[*position].as_str()).collect();
        let bundle = read(shuffled).unwrap();
        prop_assert_eq!(bundle.warnings().len(), 1);
        prop_assert_eq!(word(&[pki.leaf.der()], &bundle), OK);
        prop_assert_eq!(word(&[pinned.der()], &bundle), OK);
        prop_assert_eq!(word(&[revoked.der()], &bundle), "ClientCertCrlHit");
        prop_assert_eq!(word(&[Pki::new().leaf.der()], &bundle), UNTRUSTED);
    }
}
