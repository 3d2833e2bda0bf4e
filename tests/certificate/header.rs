//! The header value, read strictly and written anew.

use alb_mtls::alb::{Spelling, certificate_header};
use alb_mtls_adapter::certificate::{
    CertificateError, MAX_CERTIFICATES, MAX_HEADER_BYTES, PresentedChain, header_value,
    identity::Identity, mistaken::Mistaken, outgoing,
};
use base64::prelude::{BASE64_STANDARD as STANDARD, Engine};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use crate::support::{Pki, header, key, valid};

fn refusal(value: &str) -> CertificateError {
    PresentedChain::from_header(value.as_bytes()).unwrap_err()
}

/// URL-encodes PEM text as the load balancer does.
fn encoded(pem: &str) -> String {
    pem.replace('%', "%25").replace(' ', "%20").replace('\n', "%0A").replace('\r', "%0D")
}

#[test]
fn both_spellings_of_aws_give_the_same_chain() {
    let pki = Pki::new();
    let chain = [pki.leaf.der(), pki.issuing.der(), pki.root.der()];
    for spelling in [Spelling::Raw, Spelling::Escaped] {
        let value = certificate_header(chain, spelling);
        let read = PresentedChain::from_header(value.as_bytes()).unwrap();
        assert_eq!(read.leaf.der(), chain[0]);
        let others: Vec<_> = read.others.iter().map(|other| other.der()).collect();
        assert_eq!(others, &chain[1..]);
    }
}

#[test]
fn block_that_a_lenient_reader_would_skip_refuses_the_whole_header() {
    let pki = Pki::new();
    let good = pki.leaf.pem();
    for bad in [
        format!("\u{feff}{good}").replace('\u{feff}', "%EF%BB%BF"),
        format!(" {good}"),
        good.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        good.replace("CERTIFICATE", "X509 CERTIFICATE"),
        pki.leaf.key().pem(),
        good.replacen("MII", "MIJ", 1),
        good.replace("-----END", "----END"),
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
        "Bag Attributes\n".to_owned(),
    ] {
        let first = encoded(&bad).replace("%25EF%25BB%25BF", "%EF%BB%BF");
        let error = refusal(&format!("{first}{}", encoded(&good)));
        assert!(!error.to_string().contains("MII"), "a certificate in an error: {error}");
        refusal(&format!("{}{first}", encoded(&good)));
    }
    PresentedChain::from_header(encoded(&good).as_bytes()).unwrap();
}

#[test]
fn bytes_after_a_certificate_in_its_block_are_refused() {
    let pki = Pki::new();
    let mut der = pki.leaf.der().to_vec();
    der.push(0);
    let error = refusal(&header(&[&der]));
    assert_eq!(error.to_string(), "certificate 1 has 1 bytes after its end");
}

#[test]
fn limits_are_refused_with_their_own_reason_and_their_twins_accepted() {
    let pki = Pki::new();
    let many = vec![pki.leaf.der(); MAX_CERTIFICATES];
    PresentedChain::from_header(header(&many).as_bytes()).unwrap();
    let more = vec![pki.leaf.der(); MAX_CERTIFICATES + 1];
    assert_eq!(refusal(&header(&more)), CertificateError::TooMany);

    let long = "A".repeat(MAX_HEADER_BYTES + 1);
    assert_eq!(refusal(&long), CertificateError::HeaderTooLong { bytes: MAX_HEADER_BYTES + 1 });

    let big = |bytes: usize| {
        let request = pki.issuing.leaf("big", valid());
        request.uri(&format!("https://example.com/{}", "a".repeat(bytes))).issue().unwrap()
    };
    PresentedChain::from_header(header(&[big(12_000).der()]).as_bytes()).unwrap();
    let error = refusal(&header(&[big(16_400).der()]));
    assert!(matches!(error, CertificateError::TooLarge { position: 1, .. }), "{error}");
}

#[test]
fn header_without_a_certificate_in_it_is_refused() {
    assert_eq!(refusal("%0A%20%0D%0A"), CertificateError::None);
}

#[test]
fn what_stands_in_place_of_the_header_is_called_by_its_name() {
    let pki = Pki::new();
    let good = header(&[pki.leaf.der(), pki.issuing.der()]);
    let base64 = STANDARD.encode(pki.leaf.der());
    for (value, told) in [
        ("{\"requestContext\": {}}".to_owned(), "event"),
        (format!(":{base64}:"), "RFC 9440"),
        (format!("Hash=ab;Cert=\"{good}\""), "Envoy"),
        (format!("x-amzn-mtls-clientcert: {good}"), "the header's name"),
        (good.replace('%', "%25"), "percent-encoded twice"),
        (format!("\"{good}\""), "quotation marks"),
        (good.replace('+', " "), "each + in its base64 is a blank"),
        (base64, "BEGIN"),
    ] {
        let mistaken = Mistaken::header(value.as_bytes()).map(|it| it.to_string());
        assert!(mistaken.as_ref().is_some_and(|it| it.contains(told)), "{value}: {mistaken:?}");
    }
    assert_eq!(Mistaken::header(good.as_bytes()), None);
}

#[test]
fn same_extension_twice_is_refused() {
    let pki = Pki::new();
    let twice = pki.issuing.leaf("twice", valid()).adjust(|params| {
        let extension = |content: Vec<u8>| {
            alb_mtls::pki::rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], content)
        };
        params.custom_extensions = vec![extension(vec![5, 0]), extension(vec![5, 0])];
    });
    let error = refusal(&header(&[twice.issue().unwrap().der()]));
    assert_eq!(error.to_string(), "certificate 1 has the extension 1.2.3.4 twice");
}

#[test]
fn two_values_under_the_name_are_refused_and_one_or_none_is_told_apart() {
    let name = HeaderName::from_static("x-amzn-mtls-clientcert");
    let mut headers = HeaderMap::new();
    assert_eq!(header_value(&headers, &name), Ok(None));
    headers.append(&name, HeaderValue::from_static(""));
    assert_eq!(header_value(&headers, &name), Ok(None));
    headers.insert(&name, HeaderValue::from_static("a"));
    assert_eq!(header_value(&headers, &name).unwrap().unwrap(), "a");
    headers.append(&name, HeaderValue::from_static("a"));
    let error = header_value(&headers, &name).unwrap_err();
    assert_eq!(error, CertificateError::Repeated { header: name.clone(), values: 2 });
    for _ in 2..9 {
        headers.append(&name, HeaderValue::from_static("a"));
    }
    let error = header_value(&headers, &name).unwrap_err();
    assert_eq!(error, CertificateError::Repeated { header: name, values: 9 });
}

#[test]
fn names_from_a_certificate_are_escaped_and_bounded() {
    let pki = Pki::new();
    let hostile = format!("a\r\nb\0\u{202e}\u{1b}[31m{}", "x".repeat(5_000));
    let leaf = pki.issuing.leaf(&hostile, valid()).issue().unwrap();
    let chain = PresentedChain::from_header(header(&[leaf.der()]).as_bytes()).unwrap();
    let identity = Identity::of(&chain.leaf);
    assert!(identity.subject.chars().count() < 700, "{}", identity.subject.len());
    assert!(!identity.subject.chars().any(char::is_control), "{}", identity.subject);
    assert!(!identity.subject.contains('\u{202e}'));
    assert!(identity.subject.ends_with('…'));
}

#[test]
fn identity_tells_what_openssl_tells() {
    let pki = Pki::new();
    let leaf = pki
        .issuing
        .leaf("Ünïcode, Inc.", valid())
        .dns("client.example.com")
        .email("client@example.com")
        .uri("spiffe://example.com/client")
        .ip([192, 0, 2, 1].into())
        .issue()
        .unwrap();
    let chain = PresentedChain::from_header(header(&[leaf.der()]).as_bytes()).unwrap();
    let identity = Identity::of(&chain.leaf);
    assert_eq!(identity.sha256, alb_mtls::pki::fingerprint(leaf.der()));
    assert_eq!(identity.subject, "CN=Ünïcode\\, Inc.");
    assert_eq!(identity.issuer, "CN=Test Issuing");
    assert_eq!(identity.not_before, "2025-06-01T12:00:00Z");
    assert_eq!(identity.not_after, "2027-06-01T12:00:00Z");
    assert_eq!(
        identity.san,
        [
            "DNS:client.example.com",
            "email:client@example.com",
            "URI:spiffe://example.com/client",
            "IP:192.0.2.1"
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoding_what_was_encoded_is_the_identity_for_any_chain(
        names in prop::collection::vec("[ -~]{1,40}", 1..5), escaped in any::<bool>(),
    ) {
        let key = key();
        let root = alb_mtls::pki::Authority::root("Root", key.clone(), valid()).unwrap();
        let leaves: Vec<_> = names
            .iter()
            .map(|name| root.leaf(name, valid()).key(key.clone()).issue().unwrap())
            .collect();
        let spelling = if escaped { Spelling::Escaped } else { Spelling::Raw };
        let value = certificate_header(leaves.iter().map(|leaf| leaf.der()), spelling);
        let chain = PresentedChain::from_header(value.as_bytes()).unwrap();
        let read: Vec<_> = std::iter::once(&chain.leaf).chain(&chain.others).map(|c| c.der()).collect();
        let sent: Vec<_> = leaves.iter().map(|leaf| leaf.der()).collect();
        prop_assert_eq!(read, sent);

        let outgoing = outgoing::url_encoded_pem(chain.leaf.der());
        let again = PresentedChain::from_header(outgoing.as_bytes()).unwrap();
        prop_assert_eq!(again.leaf.der(), chain.leaf.der());
        prop_assert!(again.others.is_empty());
    }

    #[test]
    fn any_bytes_as_a_header_are_read_or_refused_and_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = PresentedChain::from_header(&bytes);
        let _ = PresentedChain::from_pem(&bytes);
    }

    #[test]
    fn any_mutation_of_a_header_is_refused_or_gives_certificates_of_der(
        at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let pki = Pki::new();
        let mut value = header(&[pki.leaf.der(), pki.issuing.der()]).into_bytes();
        let at = at.index(value.len());
        value[at] = byte;
        if let Ok(chain) = PresentedChain::from_header(&value) {
            prop_assert_eq!(chain.others.len(), 1);
        }
    }
}
