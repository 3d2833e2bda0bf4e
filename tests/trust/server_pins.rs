//! A server's certificate as a client's: pinned in a document with `accept_server_certificate`.

use std::time::{Duration, SystemTime};

use alb_mtls::pki::{Authority, Leaf, rcgen};
use alb_mtls_adapter::trust::{
    Revocation,
    bundle::{BundleError, Source, TrustBundle},
};
use rcgen::{ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose as Ku};
use serde_json::{Value, json};

use crate::{
    support::{NOW, Pki, expired, key, lists::List, not_yet_valid, valid},
    verdict::{self, OK, judge_at, word_of},
};

const PURPOSE: &str = "ClientCertPurposeInvalid";
const UNTRUSTED: &str = "ClientCertUntrusted";

fn read(documents: &[Value]) -> Result<TrustBundle, BundleError> {
    let sources = documents.iter().zip(1..).map(|(document, number)| Source {
        name: format!("clients-{number}"),
        content: document.to_string().into_bytes(),
    });
    TrustBundle::read(&sources.collect::<Vec<_>>(), SystemTime::from(NOW))
}

fn fault(pinned: &Value) -> String {
    read(&[json!({"pinned": pinned, "anchors": Pki::new().root.pem()})]).unwrap_err().to_string()
}

/// The word for a client, or that it is accepted.
fn word(leaf: &Leaf, bundle: &TrustBundle) -> &'static str {
    verdict::word(&[leaf.der()], bundle)
}

fn word_at(leaf: &Leaf, bundle: &TrustBundle, now: SystemTime) -> &'static str {
    word_of(judge_at(&[leaf.der()], bundle, Revocation::default(), now))
}

/// Entry of a document: this certificate, a server's or not.
fn entry(leaf: &Leaf, accept: bool) -> Value {
    json!({"certificate": leaf.pem(), "accept_server_certificate": accept})
}

/// A bundle that pins in these ways, and can always be read.
fn pinning(pinned: Value) -> TrustBundle {
    read(&[json!({"pinned": pinned, "anchors": Pki::new().root.pem()})]).unwrap()
}

fn authority() -> Authority {
    Authority::root("Public CA", key(), valid()).unwrap()
}

fn server(authority: &Authority) -> Leaf {
    authority.leaf("partner", valid()).extended_key_usages([Eku::ServerAuth]).issue().unwrap()
}

#[test]
fn server_certificate_is_a_client_where_its_own_entry_says_so_and_nowhere_else() {
    let authority = authority();
    let leaf = server(&authority);
    let plain = json!({"certificate": leaf.pem()});
    for (pinned, verdict) in [
        (json!([entry(&leaf, true)]), OK),
        (entry(&leaf, true), OK),
        (json!([entry(&leaf, false)]), PURPOSE),
        (json!([plain]), PURPOSE),
        (json!([leaf.pem()]), PURPOSE),
        (json!(leaf.pem()), PURPOSE),
        (json!([]), UNTRUSTED),
    ] {
        assert_eq!(word(&leaf, &pinning(pinned.clone())), verdict, "{pinned}");
    }
    // Nor where its issuer is trusted.
    let document = json!({"anchors": authority.pem()});
    assert_eq!(word(&leaf, &read(&[document]).unwrap()), PURPOSE);
    let alone = read(&[json!({"pinned": [entry(&leaf, true)]})]).unwrap();
    assert!(alone.is_usable() && alone.warnings().is_empty());
}

#[test]
fn client_certificate_in_an_object_is_pinned_as_in_a_text() {
    let leaf = authority().leaf("client", valid()).issue().unwrap();
    for accept in [true, false] {
        assert_eq!(word(&leaf, &pinning(json!([entry(&leaf, accept)]))), OK);
    }
    assert_eq!(word(&leaf, &pinning(json!([{"certificate": leaf.pem()}]))), OK);
}

#[test]
fn no_other_certificate_is_accepted_by_it() {
    let authority = authority();
    let leaf = server(&authority);
    let again = |key| {
        let request = authority.leaf("partner", valid()).key(key);
        request.extended_key_usages([Eku::ServerAuth]).issue().unwrap()
    };
    let same_key = again(alb_mtls::pki::Key::from_pem(&leaf.key().pem()).unwrap());
    let same_name = again(key());
    let bundle = pinning(json!([entry(&leaf, true)]));
    assert_eq!(word(&leaf, &bundle), OK);
    for other in [&same_key, &same_name] {
        assert_eq!(word(other, &bundle), UNTRUSTED);
        // Pinned beside it, and its issuer trusted.
        let beside = read(&[json!({
            "pinned": [entry(&leaf, true), other.pem()], "anchors": authority.pem(),
        })]);
        let beside = beside.unwrap();
        assert_eq!((word(&leaf, &beside), word(other, &beside)), (OK, PURPOSE));
    }
    let minted = server(&Authority::root("partner", key(), valid()).unwrap());
    assert_eq!(word(&minted, &bundle), UNTRUSTED);
}

#[test]
fn certificate_of_several_entries_is_accepted_if_one_of_them_says_so_in_any_order() {
    let leaf = server(&authority());
    let (with, without) = (entry(&leaf, true), json!(leaf.pem()));
    for pinned in [[&with, &without], [&without, &with], [&with, &with]] {
        assert_eq!(word(&leaf, &pinning(json!(pinned))), OK);
        let documents = pinned.map(|pinned| json!({"pinned": [pinned]}));
        assert_eq!(word(&leaf, &read(&documents).unwrap()), OK);
    }
    let text = Source { name: "text".to_owned(), content: leaf.pem().into_bytes() };
    let document = Source {
        name: "document".to_owned(),
        content: json!({"pinned": [with]}).to_string().into_bytes(),
    };
    for sources in [[text.clone(), document.clone()], [document, text]] {
        let bundle = TrustBundle::read(&sources, SystemTime::from(NOW)).unwrap();
        assert_eq!(word(&leaf, &bundle), OK);
    }
    assert_eq!(word(&leaf, &pinning(json!([without, without]))), PURPOSE);
}

#[test]
fn nothing_but_the_purpose_of_a_server_is_waived() {
    let authority = authority();
    let leaf = |change: &dyn Fn(&mut rcgen::CertificateParams)| {
        let request = authority.leaf("partner", valid()).extended_key_usages([Eku::ServerAuth]);
        request.adjust(|params| change(params)).issue().unwrap()
    };
    let usages = |usages: &[Eku]| {
        authority.leaf("partner", valid()).extended_key_usages(usages.to_vec()).issue().unwrap()
    };
    let dated = |dates| {
        authority.leaf("partner", dates).extended_key_usages([Eku::ServerAuth]).issue().unwrap()
    };
    for (leaf, verdict) in [
        (leaf(&|_| {}), OK),
        (leaf(&|params| params.key_usages = vec![Ku::DigitalSignature]), OK),
        (leaf(&|params| params.key_usages = vec![Ku::KeyEncipherment]), PURPOSE),
        (usages(&[Eku::ServerAuth, Eku::EmailProtection]), OK),
        (usages(&[Eku::CodeSigning]), PURPOSE),
        (usages(&[Eku::OcspSigning, Eku::EmailProtection]), PURPOSE),
        (dated(expired()), "ClientCertExpired"),
        (dated(not_yet_valid()), "ClientCertNotYetValid"),
    ] {
        assert_eq!(word(&leaf, &pinning(json!([entry(&leaf, true)]))), verdict);
    }
    let leaf = leaf(&|_| {});
    let bundle = pinning(json!([entry(&leaf, true)]));
    let later = SystemTime::from(NOW) + Duration::from_secs(400 * 24 * 60 * 60);
    assert_eq!(word_at(&leaf, &bundle, later), "ClientCertExpired");
}

#[test]
fn revocation_and_rules_hold_for_it() {
    let authority = authority();
    let leaf = server(&authority);
    let ruled = |more: Value| {
        let mut document = json!({"pinned": [entry(&leaf, true)], "anchors": authority.pem()});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        word(&leaf, &read(&[document]).unwrap())
    };
    assert_eq!(ruled(json!({"crls": List::of(&authority).pem()})), OK);
    let revoked = List::of(&authority).revoking(leaf.der()).pem();
    assert_eq!(ruled(json!({"crls": revoked})), "ClientCertCrlHit");
    assert_eq!(ruled(json!({"allow": [{"subject": "CN=partner"}]})), OK);
    assert_eq!(ruled(json!({"allow": [{"subject": "CN=other"}]})), "ClientCertRejected");
    assert_eq!(ruled(json!({"deny": [{"subject": "CN=partner"}]})), "ClientCertRejected");
}

#[test]
fn object_that_is_not_understood_refuses_the_bundle_and_is_named() {
    let leaf = server(&authority());
    let pem = leaf.pem();
    let good = entry(&leaf, true);
    for (pinned, reason) in [
        (json!({"certificate": pem, "accept_servers": true}), "\"accept_servers\" is no member"),
        (
            json!({"certificate": pem, "Accept_Server-Certificate": true}),
            "a member that is not known",
        ),
        (json!({"certificate": pem, "accept_server_certificate": "true"}), "true or false"),
        (json!({"certificate": pem, "accept_server_certificate": null}), "true or false"),
        (json!({"accept_server_certificate": true}), "\"certificate\" is missing"),
        (json!({}), "\"certificate\" is missing"),
        (json!({"certificate": [pem], "accept_server_certificate": true}), "PEM text"),
        (json!({"certificate": null}), "PEM text"),
        (json!({"certificate": format!("{pem}{pem}")}), "one certificate"),
        (json!({"certificate": ""}), "one certificate"),
        (json!({"certificate": "clients.pem"}), "no PEM"),
    ] {
        let text = fault(&json!([good, pinned]));
        assert!(
            text.contains("entry 2 of \"pinned\" in clients-1") || text.contains("holds no PEM"),
            "{text}"
        );
        assert!(text.contains(reason), "{pinned}: {text}");
        assert!(!text.contains("MII"), "{text}");
    }
    for pinned in [json!([1]), json!([null]), json!([[pem]]), json!(true), json!(null)] {
        let text = fault(&pinned);
        assert!(text.contains("\"pinned\" in clients-1"), "{text}");
        assert!(text.contains("PEM text, an object, or a list of these"), "{text}");
    }
    // Nowhere else.
    let document = json!({"anchors": [{"certificate": Pki::new().root.pem()}]});
    assert!(read(&[document]).unwrap_err().to_string().contains("\"anchors\" in clients-1 is not"));
    let twice = format!(
        r#"{{"pinned": [{{"certificate": {0}, "accept_server_certificate": false, "accept_server_certificate": true}}]}}"#,
        json!(pem)
    );
    let source = Source { name: "clients-1".to_owned(), content: twice.into_bytes() };
    let text = TrustBundle::read(&[source], SystemTime::from(NOW)).unwrap_err().to_string();
    assert!(text.contains("there twice"), "{text}");
}
