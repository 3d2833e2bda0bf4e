use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::Duration;
use time::macros::datetime;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::*;

fn validity() -> Validity {
    Validity::starting(datetime!(2026-01-01 0:00 UTC), Duration::days(30))
}

fn root(name: &str) -> Authority {
    Authority::root(name, KeyKind::P256.generate().unwrap(), validity()).unwrap()
}

fn parse(der: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    certificate
}

#[test]
fn a_leaf_names_its_issuer_and_keeps_the_dates_it_was_given() {
    let issuing = root("Root")
        .intermediate("Issuing", KeyKind::P384.generate().unwrap(), validity())
        .unwrap();
    let leaf = issuing.leaf("client", validity()).issue().unwrap();
    let certificate = parse(leaf.der());
    assert_eq!(certificate.subject().to_string(), "CN=client");
    assert_eq!(certificate.issuer().to_string(), "CN=Issuing");
    assert_eq!(certificate.validity().not_before.to_datetime(), validity().not_before);
    assert_eq!(certificate.validity().not_after.to_datetime(), validity().not_after);
}

#[test]
fn a_leaf_is_for_client_authentication_unless_told_otherwise() {
    let root = root("Root");
    let usual = root.leaf("client", validity()).issue().unwrap();
    let usual = parse(usual.der());
    assert!(usual.extended_key_usage().unwrap().unwrap().value.client_auth);
    assert!(usual.key_usage().unwrap().unwrap().value.digital_signature());
    assert!(!usual.is_ca());

    let bare = root
        .leaf("client", validity())
        .key_usages([])
        .extended_key_usages([])
        .authority()
        .issue()
        .unwrap();
    let bare = parse(bare.der());
    assert!(bare.extended_key_usage().unwrap().is_none());
    assert!(bare.key_usage().unwrap().is_none());
    assert!(bare.is_ca());

    let server = root
        .leaf("server", validity())
        .key_usages([KeyUsagePurpose::KeyEncipherment])
        .extended_key_usages([ExtendedKeyUsagePurpose::ServerAuth])
        .issue()
        .unwrap();
    let server = parse(server.der());
    assert!(!server.extended_key_usage().unwrap().unwrap().value.client_auth);
    assert!(!server.key_usage().unwrap().unwrap().value.digital_signature());
}

#[test]
fn a_leaf_carries_every_kind_of_alternative_name() {
    let leaf = root("Root")
        .leaf("client", validity())
        .dns("client.example")
        .email("client@example.com")
        .uri("spiffe://example/client")
        .ip([192, 0, 2, 1].into())
        .issue()
        .unwrap();
    let certificate = parse(leaf.der());
    let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert_eq!(names.len(), 4);
    assert!(root("Root").leaf("client", validity()).dns("clïent").issue().is_err());
}

#[test]
fn every_kind_of_key_signs_and_is_read_back_from_its_pkcs8_pem() {
    for kind in KeyKind::all() {
        let key = kind.generate().unwrap();
        assert!(key.pem().starts_with("-----BEGIN PRIVATE KEY-----"), "{kind}");
        assert_eq!(kind.to_string().parse::<KeyKind>().unwrap(), kind);
        let read = Key::from_pem(&key.pem()).unwrap();
        let root = Authority::root("Root", read, validity()).unwrap();
        let leaf = root.leaf("client", validity()).key(key).issue().unwrap();
        assert_eq!(
            parse(leaf.der()).public_key().raw,
            parse(root.der()).public_key().raw,
            "{kind}"
        );
    }
}

#[test]
fn a_forger_shares_the_name_and_not_the_key() {
    let (honest, forger) = (root("Root"), root("Root"));
    let (honest, forger) = (parse(honest.der()), parse(forger.der()));
    assert_eq!(honest.subject().as_raw(), forger.subject().as_raw());
    assert_ne!(honest.public_key().raw, forger.public_key().raw);
}

#[test]
fn serial_numbers_are_positive_short_and_differ() {
    let root = root("Root");
    let leaves: Vec<_> =
        (0..32).map(|_| root.leaf("client", validity()).issue().unwrap()).collect();
    let mut serials: Vec<_> =
        leaves.iter().map(|leaf| parse(leaf.der()).raw_serial().to_vec()).collect();
    assert!(serials.iter().all(|serial| serial.len() == 16 && serial[0] < 0x80 && serial[0] > 0));
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 32);
}

#[test]
fn pem_has_64_columns_and_a_last_line_feed() {
    let root = root("Root");
    let text = root.pem();
    let (rest, parsed) = x509_parser::pem::parse_x509_pem(text.as_bytes()).unwrap();
    assert!(rest.is_empty());
    assert_eq!(parsed.contents, root.der());
    let lines: Vec<_> = text.lines().map(str::len).collect();
    assert!(lines[1..lines.len() - 2].iter().all(|length| *length == 64));
    assert!(text.ends_with("\n-----END CERTIFICATE-----\n"));
}

#[test]
fn pem_whose_last_line_is_full_has_no_empty_line() {
    assert_eq!(pem(&[0; 48]).lines().count(), 3);
    assert_eq!(pem(&[0; 49]).lines().count(), 4);
}
