//! A CRL as large as those of the largest CAs.

use alb_mtls::pki::rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber,
};
use time::Duration as Days;

use crate::{
    stage::{CRL, Stage},
    support::{NOW, web::Page, words},
};

/// 20 bytes of serial number each, as random as they are in the field.
fn entry(number: u64) -> RevokedCertParams {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let serial = [&[1; 4][..], &mixed.to_be_bytes(), &number.to_be_bytes()].concat();
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial),
        revocation_time: NOW - Days::days(2),
        reason_code: None,
        invalidity_date: None,
    }
}

#[tokio::test]
async fn crl_of_50_000_entries_is_put() {
    const ENTRIES: u64 = 50_000;
    let stage = Stage::new().await;
    let list = CertificateRevocationListParams {
        this_update: NOW - Days::days(1),
        next_update: NOW + Days::days(6),
        crl_number: SerialNumber::from(7_u64),
        issuing_distribution_point: None,
        revoked_certs: (0..ENTRIES).map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let der = stage.ca.revocation_list(list).unwrap();
    stage.web.put(CRL, Page::of(&der));
    let report = stage.refresh().await;
    assert_eq!(words(&report), ["replaced"], "{report}");
    assert_eq!(report.crls[0].crl.as_ref().unwrap().entries, ENTRIES);
}
