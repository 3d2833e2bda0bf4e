//! A CRL as large as those of the largest CAs.

use alb_mtls::pki::{
    Authority, Validity,
    rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber},
};
use time::{Duration as Days, OffsetDateTime};

use crate::{
    stage::Stage,
    support::{key, real_parts::Secret},
};

const ENTRIES: u64 = 500_000;

/// 20 bytes of serial number each, in no order, as in the field.
fn entry(number: u64) -> RevokedCertParams {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let serial = [&[1; 4][..], &mixed.to_be_bytes(), &number.to_be_bytes()].concat();
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial),
        revocation_time: OffsetDateTime::now_utc() - Days::days(2),
        reason_code: None,
        invalidity_date: None,
    }
}

#[tokio::test]
async fn crl_of_500_000_entries_is_put() {
    let stage = Stage::new().await;
    let now = OffsetDateTime::now_utc();
    let ca = Authority::root("Large CA", key(), Validity::around(now, Days::days(9))).unwrap();
    let list = CertificateRevocationListParams {
        this_update: now - Days::days(1),
        next_update: now + Days::days(6),
        crl_number: SerialNumber::from(7_u64),
        issuing_distribution_point: None,
        revoked_certs: (0..ENTRIES).map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let der = ca.revocation_list(list).unwrap();
    stage.nginx.put("large.crl", &der);
    stage.moto.create_secret("large", Secret::Text(&ca.pem())).await;
    let url = stage.nginx.url("large.crl");
    let settings = [("TRUST_BUNDLE_SECRETS", "large"), ("CRL_URLS", &*url)];
    let answer = stage.scheduled(&settings).await.unwrap();
    assert_eq!(
        (&answer[0]["outcome"], &answer[0]["entries"]),
        (&"replaced".into(), &ENTRIES.into())
    );
    let stored = stage.objects().await;
    assert!(stored.contains(&format!("live/{}.crl", answer[0]["sha256"].as_str().unwrap())));
}
