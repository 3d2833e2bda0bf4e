//! Whom `CLIENT_CERT_MODE` lets on who has no good certificate.

use alb_mtls::pki::Authority;

use crate::support::{Journey, Pki, get, key, valid};

#[tokio::test]
async fn optional_lets_clients_without_a_certificate_on_and_still_refuses_bad_ones() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[("CLIENT_CERT_MODE", "optional")]).await;
    assert_eq!(journey.send(&get(vec![])).await.status, 200);
    assert_eq!(journey.forwarded().values("x-amzn-mtls-clientcert").count(), 0);
    assert_eq!(journey.send(&get(pki.chain())).await.status, 200);
    assert_eq!(journey.forwarded().values("x-amzn-mtls-clientcert").count(), 1);
    let stranger = Authority::root("Stranger", key(), valid()).unwrap();
    assert_eq!(journey.send(&get(vec![stranger.der().to_vec()])).await.status, 403);
    journey.assert_not_forwarded();
}

#[tokio::test]
async fn report_refuses_nothing_and_logs_what_it_would_have_refused() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[("CLIENT_CERT_MODE", "report")]).await;
    let stranger = Authority::root("Stranger", key(), valid()).unwrap();
    let untrusted = stranger.leaf("client", valid()).issue().unwrap();

    assert_eq!(journey.send(&get(vec![untrusted.der().to_vec()])).await.status, 200);
    let seen = journey.forwarded();
    let f1 = alb_mtls_adapter::certificate::outgoing::url_encoded_pem(untrusted.der());
    assert_eq!(seen.values("x-amzn-mtls-clientcert").collect::<Vec<_>>(), [f1.as_bytes()]);
    assert_eq!(journey.last_line()["would_refuse"], "ClientCertUntrusted");
    assert_eq!(journey.last_line()["status"], 200);

    assert_eq!(journey.send(&get(vec![])).await.status, 200);
    assert_eq!(journey.forwarded().values("x-amzn-mtls-clientcert").count(), 0);
    assert_eq!(journey.last_line()["would_refuse"], "ClientCertMissing");

    // Unreadable, twice there, or forged: goes on without the header.
    let mut request = get(pki.chain());
    request.headers.push(("x-amzn-mtls-clientcert".to_owned(), b"forged".to_vec()));
    request.headers.push(("x_amzn_mtls_clientcert".to_owned(), b"forged".to_vec()));
    assert_eq!(journey.send(&request).await.status, 200);
    let seen = journey.forwarded();
    assert!(
        seen.headers.iter().all(|(name, _)| !name.contains("clientcert")),
        "{:?}",
        seen.headers
    );
    assert_eq!(journey.last_line()["would_refuse"], "ClientCertInvalid");

    assert_eq!(journey.send(&get(pki.chain())).await.status, 200);
    assert_eq!(journey.forwarded().values("x-amzn-mtls-clientcert").count(), 1);
    assert!(journey.last_line().get("would_refuse").is_none());
}
