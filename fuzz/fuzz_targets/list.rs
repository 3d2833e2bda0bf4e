//! Any bytes as a list of revoked certificates; what can be read is signed anew by the issuer of a client, and
//! the client is judged by it.
//!
//! No panic; a fault quotes nothing; where `x509-cert` reads a list too, it finds as many serial numbers; and where
//! `x509-parser` reads a list of that issuer, nobody is accepted whom it names, nor on a day that it is not for.
#![no_main]

use std::{collections::HashSet, sync::LazyLock};

use alb_mtls_adapter::{
    certificate::{PresentedChain, outgoing},
    trust::{
        self, Revocation,
        bundle::{Contents, Entry, Item, Place, Source, TrustBundle},
        revocation::RevocationList,
    },
};
use alb_mtls_fuzz::{
    pki,
    signing::{CLIENT, ROOT, Signer},
    text,
};
use der::Decode;
use libfuzzer_sys::fuzz_target;
use x509_cert::{certificate::Raw, crl::CertificateList};
use x509_parser::{
    certificate::X509Certificate, prelude::FromDer, revocation_list::CertificateRevocationList,
    time::ASN1Time, x509::ReasonCode,
};

static CHAIN: LazyLock<PresentedChain> =
    LazyLock::new(|| pki::chain([CLIENT.as_slice()]).expect("a certificate of ours"));

fuzz_target!(|der: &[u8]| {
    match RevocationList::from_der(der) {
        Ok(list) => assert_has_each_entry(&list, der),
        Err(fault) => return text::assert_discreet(&fault.to_string(), der),
    }
    let Ok((_, theirs)) = CertificateRevocationList::from_der(der) else { return };
    let signed = Signer::Root.sign(theirs.tbs_cert_list.as_ref());
    let Ok(list) = RevocationList::from_der(&signed) else { return };
    let verdict = trust::verify(&CHAIN, &bundle(list), Revocation::default(), pki::now());
    let (_, client) = X509Certificate::from_der(&CLIENT).expect("a certificate of ours");
    if verdict.is_ok() && theirs.issuer().as_raw() == client.issuer().as_raw() {
        assert!(is_current(&theirs), "accepted by a list that is not of date");
        assert!(!names(&theirs, &client), "accepted, and revoked");
    }
});

/// `x509-cert` makes an object of each entry, and reads no list of version 1.
fn assert_has_each_entry(list: &RevocationList, der: &[u8]) {
    let Ok(theirs) = CertificateList::<Raw>::from_der(der) else { return };
    let entries = theirs.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let serials: HashSet<_> = entries.iter().map(|entry| entry.serial_number.as_bytes()).collect();
    assert_eq!(list.len(), serials.len());
}

/// The root, and a list.
fn bundle(list: RevocationList) -> TrustBundle {
    let source = Source { name: "fuzz".to_owned(), content: outgoing::pem(&ROOT).into_bytes() };
    let mut contents = Contents::read(&[source]).expect("a bundle of ours");
    let place = Place { source: "fuzz".to_owned(), key: None, entry: 2, byte: None };
    contents.entries.push(Entry { place, item: Item::List(list), accepts_server_certificate: false });
    TrustBundle::new(contents, pki::now()).expect("a bundle of ours")
}

fn is_current(list: &CertificateRevocationList<'_>) -> bool {
    let now = pki::now().duration_since(std::time::UNIX_EPOCH).expect("a time of ours");
    let now = i64::try_from(now.as_secs()).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
    let now = now.expect("a time of ours");
    list.last_update() <= now && list.next_update().is_some_and(|next| now <= next)
}

fn names(list: &CertificateRevocationList<'_>, client: &X509Certificate<'_>) -> bool {
    list.iter_revoked_certificates().any(|entry| {
        entry.raw_serial() == client.raw_serial()
            && entry.reason_code().is_none_or(|(_, reason)| reason != ReasonCode::RemoveFromCRL)
    })
}
