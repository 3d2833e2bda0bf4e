//! What may be put, and what may not. A CRL that may not leaves the one before where it is.

use alb_mtls::pki::{Authority, rcgen::KeyUsagePurpose};
use serde_json::json;
use time::Duration as Days;

use crate::{
    stage::{CRL, Stage},
    support::{
        NOW, authority, bundle, client_of, key, lists::List, now, reason, refresh, refresh_at,
        standing, trusting, valid, web::Page, words,
    },
};

/// Publishes another CRL where number 5 of the day before stands, and says why it is not put.
async fn kept(another: impl FnOnce(&Stage) -> Vec<u8>) -> String {
    let stage = Stage::with_five().await;
    let before = stage.standing().await;
    stage.web.put(CRL, Page::of(&another(&stage)));
    let report = stage.refresh().await;
    assert_eq!(words(&report), ["kept"], "{report}");
    assert!(!report.is_current() && report.is_complete());
    assert_eq!(stage.standing().await, before);
    reason(&report)
}

async fn is_replaced_by(another: impl FnOnce(&Stage) -> Vec<u8>) {
    let stage = Stage::with_five().await;
    let before = stage.standing().await;
    stage.web.put(CRL, Page::of(&another(&stage)));
    assert_eq!(words(&stage.refresh().await), ["replaced"]);
    assert_ne!(stage.standing().await, before);
}

#[tokio::test]
async fn newer_crl_replaces_the_one_before() {
    is_replaced_by(|stage| stage.list().number(6).days(0, 7).der()).await;
    is_replaced_by(|stage| stage.list().number(6).der()).await;
    is_replaced_by(|stage| stage.list().without_number().days(0, 7).der()).await;
}

#[tokio::test]
async fn older_crl_is_not_put() {
    let why = kept(|stage| stage.list().number(4).days(-2, 7).der()).await;
    assert_eq!(
        why,
        "it is older than the one before: CRL number 4 of 2026-05-30T12:00:00Z after CRL number 5 of \
         2026-05-31T12:00:00Z"
    );
    kept(|stage| stage.list().without_number().days(-2, 7).der()).await;
}

#[tokio::test]
async fn crl_whose_number_and_date_contradict_each_other_is_not_put() {
    let why = kept(|stage| stage.list().number(4).days(0, 7).der()).await;
    assert!(why.contains("number 4 of 2026-06-01T12:00:00Z after CRL number 5"), "{why}");
    let other_content = |stage: &Stage| stage.five().revoking(client_of(&stage.ca).der()).der();
    assert!(kept(other_content).await.contains("cannot be told"));
}

#[tokio::test]
async fn crl_of_a_ca_that_counts_anew_is_put_once_the_one_before_is_over() {
    let stage = Stage::with_five().await;
    stage.publish(&stage.list().number(1).days(7, 14));
    let later = now() + std::time::Duration::from_secs(8 * 86_400);
    let urls = [&*stage.url()];
    let report = refresh_at(later, &urls, &stage.bundle, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced"], "{report}");
}

#[tokio::test]
async fn same_crl_signed_anew_leaves_the_one_before() {
    let stage = Stage::with_five().await;
    let before = stage.standing().await;
    stage.publish(&stage.five());
    assert_eq!(words(&stage.refresh().await), ["unchanged"]);
    assert_eq!(stage.standing().await, before);
}

#[tokio::test]
async fn crl_of_a_ca_that_is_not_trusted_is_not_put() {
    let why = kept(|_| List::of(&authority("Another CA")).number(6).der()).await;
    assert!(why.starts_with("the trust bundle has no CA certificate of its issuer, CN=Another CA"));
}

#[tokio::test]
async fn crl_of_another_trusted_ca_is_not_put_while_the_first_is_trusted() {
    let stage = Stage::with_five().await;
    let other = authority("Another CA");
    let of_other = List::of(&other).number(6);
    stage.publish(&of_other);
    let both = bundle(&[&stage.ca, &other]);
    let report = refresh(&[&stage.url()], &both, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["kept"]);
    assert!(reason(&report).contains("another CA, CN=Another CA, than the one before, CN=CA"));

    let report = refresh(&[&stage.url()], &bundle(&[&other]), &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced"]);
}

#[tokio::test]
async fn crl_signed_by_another_key_of_that_name_is_not_put() {
    let forged = |_: &Stage| List::of(&authority("CA")).number(6).der();
    assert!(kept(forged).await.contains("no certificate of CN=CA in the trust bundle has the key"));
    let broken = |stage: &Stage| {
        let mut der = stage.list().number(6).der();
        *der.last_mut().unwrap() ^= 1;
        der
    };
    assert!(kept(broken).await.contains("has the key that signed it"));
}

#[tokio::test]
async fn crl_of_a_ca_that_may_not_sign_crls_is_not_put() {
    let stage = Stage::new().await;
    let sub = |usage| {
        let request = stage.ca.leaf("Sub", valid()).authority().key_usages(vec![usage]);
        request.extended_key_usages(vec![]).issue().unwrap()
    };
    for (usage, word) in
        [(KeyUsagePurpose::KeyCertSign, "failed"), (KeyUsagePurpose::CrlSign, "replaced")]
    {
        let sub = sub(usage);
        stage.publish(&List::named(sub.der(), &sub.key().pem()));
        let trusted = trusting(&(stage.ca.pem() + &sub.pem()));
        let report = refresh(&[&stage.url()], &trusted, &stage.shelf).await.unwrap();
        assert_eq!(words(&report), [word], "{report}");
        if word == "failed" {
            assert!(reason(&report).contains("cRLSign"), "{report}");
        }
    }
}

#[tokio::test]
async fn crl_of_an_intermediate_is_put_where_that_leads_to_an_anchor() {
    let stage = Stage::new().await;
    let whole = valid();
    let over = alb_mtls::pki::Validity { not_after: NOW - Days::days(1), ..whole };
    for (validity, word) in [(over, "failed"), (whole, "replaced")] {
        let issuing = stage.ca.intermediate("Issuing", key(), validity).unwrap();
        stage.publish(&List::of(&issuing));
        let document = json!({"anchors": stage.ca.pem(), "intermediates": issuing.pem()});
        let trusted = trusting(&document.to_string());
        let report = refresh(&[&stage.url()], &trusted, &stage.shelf).await.unwrap();
        assert_eq!(words(&report), [word], "{report}");
        if word == "failed" {
            assert!(reason(&report).contains("no valid path to an anchor"), "{report}");
        }
    }
}

#[tokio::test]
async fn crl_outside_of_its_dates_is_not_put() {
    let why = kept(|stage| stage.list().number(6).days(-1, -1).der()).await;
    assert_eq!(
        why,
        "its nextUpdate was 2026-05-31T12:00:00Z; the CA has published no newer one there"
    );
    let why = kept(|stage| stage.list().number(6).days(1, 7).der()).await;
    assert!(why.contains("2026-06-02T12:00:00Z, which is in the future"), "{why}");
}

#[tokio::test]
async fn crl_that_answers_for_nobody_is_not_put() {
    let why = kept(|stage| stage.list().number(6).without_next_update().der()).await;
    assert!(why.contains("no nextUpdate"), "{why}");
    let indirect = |stage: &Stage| {
        let list = stage.list().number(6);
        list.scope(|point| point.indirect_crl = true).der()
    };
    assert!(kept(indirect).await.contains("indirect"));
}

#[tokio::test]
async fn crl_about_other_certificates_than_the_one_before_is_not_put() {
    let of_cas = |stage: &Stage| {
        let list = stage.list().number(6);
        list.scope(|point| point.only_contains_ca_certs = true).der()
    };
    assert!(kept(of_cas).await.contains("about onlyContainsCACerts after CRL number 5"));
    let delta = |stage: &Stage| stage.list().number(6).delta_since(5).der();
    assert!(kept(delta).await.contains("delta CRL number 6"));
}

#[tokio::test]
async fn what_is_no_crl_is_not_put_and_called_what_it_is() {
    for (body, words) in [
        (&b"<html><body>maintenance</body></html>"[..], "HTML or XML"),
        (b"", "it is empty"),
        (b"\x30\x03\x02\x01\x01", "was it cut off?"),
        (b"Not Found", "neither DER nor PEM"),
        (b"\x1f\x8b\x08\x00", "cannot be unpacked as gzip"),
    ] {
        let why = kept(|_| body.to_vec()).await;
        assert!(why.contains(words), "{why}");
    }
    let cut_off = |stage: &Stage| stage.list().number(6).der()[..100].to_vec();
    assert!(kept(cut_off).await.contains("was it cut off?"));
    assert!(kept(|stage| stage.ca.der().to_vec()).await.contains("a certificate"));
    assert!(kept(|stage| stage.ca.pem().into_bytes()).await.contains("a certificate"));
    let twice = |stage: &Stage| (stage.five().pem() + &stage.list().number(6).pem()).into_bytes();
    assert!(kept(twice).await.contains("more than one PEM block"));
    let request = |stage: &Stage| stage.five().pem().replace("X509 CRL", "PKCS7").into_bytes();
    assert!(kept(request).await.contains("\"PKCS7\""));
}

#[tokio::test]
async fn crl_that_is_over_stays_and_is_told() {
    let later = now() + std::time::Duration::from_secs(8 * 86_400);
    for page in [|der: Vec<u8>| Page::of(&der), |der: Vec<u8>| Page::Tagged(der, "\"5\"")] {
        let stage = Stage::new().await;
        stage.web.put(CRL, page(stage.five().der()));
        assert!(stage.refresh().await.is_current());
        let before = stage.standing().await;
        let urls = [&*stage.url()];
        let report = refresh_at(later, &urls, &stage.bundle, &stage.shelf).await.unwrap();
        assert_eq!(words(&report), ["failed"]);
        assert!(!report.is_complete());
        assert!(reason(&report).contains("its nextUpdate was 2026-06-07T12:00:00Z"));
        assert_eq!(standing(&stage.shelf).await, before);
    }
}

#[tokio::test]
async fn crl_by_the_new_key_of_a_ca_replaces_that_of_the_old() {
    let stage = Stage::with_five().await;
    let renewed = Authority::root("CA", key(), valid()).unwrap();
    stage.publish(&List::of(&renewed).number(6));
    let both = bundle(&[&stage.ca, &renewed]);
    let report = refresh(&[&stage.url()], &both, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced"], "{report}");
}

#[tokio::test]
async fn crl_by_another_key_is_not_put_while_another_url_has_one_of_that_key() {
    let stage = Stage::with_five().await;
    let renewed = Authority::root("CA", key(), valid()).unwrap();
    stage.web.put("/new.crl", Page::of(&List::of(&renewed).number(6).der()));
    let urls = [stage.url(), stage.web.url("/new.crl")];
    let urls = urls.each_ref().map(String::as_str);
    let both = bundle(&[&stage.ca, &renewed]);
    let report = refresh(&urls, &both, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["unchanged", "replaced"], "{report}");
    // Whoever is on the way answers with the other key's.
    stage.publish(&List::of(&renewed).number(7));
    let report = refresh(&urls, &both, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["kept", "unchanged"], "{report}");
    assert!(report.to_string().contains("by another key than the one before"), "{report}");
    // Its own next one is taken, and so is the other key's once the first is trusted no longer.
    stage.publish(&stage.list().number(8));
    let report = refresh(&urls, &both, &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced", "unchanged"], "{report}");
    stage.publish(&List::of(&renewed).number(9));
    let report = refresh(&urls, &bundle(&[&renewed]), &stage.shelf).await.unwrap();
    assert_eq!(words(&report), ["replaced", "unchanged"], "{report}");
}
