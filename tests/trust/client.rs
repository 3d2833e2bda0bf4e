//! Who is a client of the trust bundle, and who only says so.

use alb_mtls::pki::{Authority, KeyKind, fingerprint, pem, rcgen};
use alb_mtls_adapter::{
    certificate::{PresentedChain, identity::Identity},
    rejection::PublicText,
    trust::{
        self, PathError, Revocation,
        bundle::{BundleError, Contents, Source, TrustBundle},
    },
};
use der::Encode;
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose as Eku, IsCa, KeyUsagePurpose as Ku};
use serde_json::json;
use std::time::{Instant, SystemTime};
use x509_cert::ext::pkix::{NameConstraints, constraints::name::GeneralSubtree, name::GeneralName};

use crate::{
    support::{NOW, Pki, bundle, expired, header, key, not_yet_valid, trusting, valid},
    verdict::{verify, word},
};

/// A leaf of `authority`, changed.
fn leaf(authority: &Authority, change: impl FnOnce(&mut rcgen::CertificateParams)) -> Vec<u8> {
    authority.leaf("client", valid()).adjust(change).issue().unwrap().der().to_vec()
}

/// An authority under `issuer`, changed.
fn intermediate(
    issuer: &Authority,
    name: &str,
    change: impl FnOnce(&mut rcgen::CertificateParams),
) -> (rcgen::Issuer<'static, rcgen::KeyPair>, Vec<u8>) {
    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![Ku::KeyCertSign];
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    change(&mut params);
    let above = issuer_named(issuer.name(), &issuer.key().pem());
    let der = params.signed_by(&own, &above).unwrap().der().to_vec();
    (rcgen::Issuer::new(params, own), der)
}

/// Signs as somebody of this name, whatever their certificate allows.
fn issuer_named(name: &str, key_pem: &str) -> rcgen::Issuer<'static, rcgen::KeyPair> {
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    rcgen::Issuer::new(params, rcgen::KeyPair::from_pem(key_pem).unwrap())
}

/// A client's certificate under an issuer from [`intermediate`].
fn client(issuer: &rcgen::Issuer<'_, rcgen::KeyPair>) -> Vec<u8> {
    let mut params = rcgen::CertificateParams::new(["client.example.com".to_owned()]).unwrap();
    params.key_usages = vec![Ku::DigitalSignature];
    params.extended_key_usages = vec![Eku::ClientAuth];
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    params.signed_by(&rcgen::KeyPair::generate().unwrap(), issuer).unwrap().der().to_vec()
}

#[test]
fn client_of_an_anchor_is_verified_with_its_path() {
    let pki = Pki::new();
    let client = verify(&[pki.leaf.der(), pki.issuing.der()], &pki.bundle()).unwrap();
    assert_eq!(client.leaf().der(), pki.leaf.der());
    assert_eq!(client.identity().subject, "CN=client-1");
    assert_eq!(client.issuers()[0].der(), pki.issuing.der());
    assert_eq!(Identity::of(client.anchor()).subject, "CN=Test Root");
}

#[test]
fn every_key_type_is_accepted_alone_and_with_two_intermediates() {
    for kind in KeyKind::all() {
        let root = Authority::root("Root", key(), valid()).unwrap();
        let first = root.intermediate("First", kind.generate().unwrap(), valid()).unwrap();
        let second = first.intermediate("Second", key(), valid()).unwrap();
        let leaf = second.leaf("client", valid()).key(kind.generate().unwrap()).issue().unwrap();
        verify(&[leaf.der(), second.der(), first.der()], &bundle(&[&root])).unwrap();
        verify(&[leaf.der()], &bundle(&[&root, &first, &second])).unwrap();
    }
}

#[test]
fn order_of_intermediates_and_strangers_among_them_do_not_matter() {
    let pki = Pki::new();
    let second = pki.issuing.intermediate("Second", key(), valid()).unwrap();
    let leaf = second.leaf("client", valid()).issue().unwrap();
    let stranger = Authority::root("Stranger", key(), valid()).unwrap();
    let twin = Authority::root("Second", key(), valid()).unwrap();
    let bundle = pki.bundle();
    for others in [
        vec![second.der(), pki.issuing.der()],
        vec![pki.issuing.der(), second.der()],
        vec![pki.root.der(), pki.issuing.der(), second.der()],
        vec![twin.der(), stranger.der(), second.der(), leaf.der(), pki.issuing.der(), second.der()],
    ] {
        let chain: Vec<_> = std::iter::once(leaf.der()).chain(others).collect();
        verify(&chain, &bundle).unwrap();
    }
    assert_eq!(word(&[leaf.der(), second.der()], &bundle), "ClientCertUntrusted");
}

#[test]
fn intermediates_of_the_bundle_complete_a_lone_leaf() {
    let pki = Pki::new();
    verify(&[pki.leaf.der()], &bundle(&[&pki.root, &pki.issuing])).unwrap();
    let error = verify(&[pki.leaf.der()], &pki.bundle()).unwrap_err();
    assert_eq!(
        error,
        PathError::Untrusted {
            issuer: "CN=Test Issuing".to_owned(),
            of_no_use: Vec::new(),
            pinned: None
        }
    );
}

#[test]
fn broken_signature_under_a_presented_issuer_is_told_apart_from_an_unknown_one() {
    let pki = Pki::new();
    let forger = Authority::root(pki.issuing.name(), key(), valid()).unwrap();
    let forged = forger.leaf("client", valid()).issue().unwrap();
    let error = verify(&[forged.der(), pki.issuing.der()], &pki.bundle()).unwrap_err();
    assert_eq!(error, PathError::Signature { member: trust::Member::Leaf });
    let error = verify(&[pki.leaf.der(), pki.issuing.der()], &Pki::new().bundle()).unwrap_err();
    assert!(matches!(error, PathError::Signature { .. }), "a namesake of the root: {error}");
    let other = bundle(&[&Authority::root("Other Root", key(), valid()).unwrap()]);
    let error = verify(&[pki.leaf.der(), pki.issuing.der()], &other).unwrap_err();
    assert!(matches!(error, PathError::Untrusted { .. }), "{error}");
}

#[test]
fn authority_with_the_anchors_name_and_another_key_is_not_trusted() {
    let pki = Pki::new();
    let forger = Authority::root("Test Root", key(), valid()).unwrap();
    let forged = forger.leaf("client-1", valid()).issue().unwrap();
    assert_eq!(word(&[forged.der()], &pki.bundle()), "ClientCertUntrusted");
    assert_eq!(word(&[forged.der(), forger.der()], &pki.bundle()), "ClientCertUntrusted");
    verify(&[forged.der()], &bundle(&[&pki.root, &forger])).unwrap();
}

#[test]
fn self_signed_certificate_of_a_stranger_is_not_trusted() {
    let pki = Pki::new();
    let stranger = Authority::root("Stranger", key(), valid()).unwrap();
    assert_eq!(word(&[stranger.der()], &pki.bundle()), "ClientCertUntrusted");
    assert_eq!(word(&[stranger.der(), pki.root.der()], &pki.bundle()), "ClientCertUntrusted");
}

#[test]
fn certificate_signed_by_a_leaf_is_not_trusted() {
    let pki = Pki::new();
    let minted = client_of(&pki);
    let chain: [&[u8]; 3] = [&minted, pki.leaf.der(), pki.issuing.der()];
    assert_eq!(word(&chain, &pki.bundle()), "ClientCertUntrusted");
}

#[test]
fn pinned_certificate_is_accepted_as_itself_and_mints_nothing() {
    let pki = Pki::new();
    let pinned = read(&pki.leaf.pem()).unwrap();
    assert_eq!((pinned.anchors().count(), pinned.pinned()), (0, 1));
    let client = verify(&[pki.leaf.der()], &pinned).unwrap();
    assert_eq!(client.anchor(), client.leaf());
    assert!(client.issuers().is_empty());

    let minted = client_of(&pki);
    assert_eq!(word(&[&minted, pki.leaf.der()], &pinned), "ClientCertUntrusted");
    let sibling = pki.issuing.leaf("client-1", valid()).issue().unwrap();
    assert_eq!(word(&[sibling.der(), pki.leaf.der()], &pinned), "ClientCertUntrusted");
}

/// A certificate that the client of a PKI signed with its own key.
fn client_of(pki: &Pki) -> Vec<u8> {
    client(&issuer_named("client-1", &pki.leaf.key().pem()))
}

#[test]
fn self_signed_ca_certificate_is_a_client_only_where_it_is_pinned() {
    let own = Authority::root("client", key(), valid()).unwrap();
    let pki = Pki::new();
    // With the usages that openssl leaves out by default.
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    let own_der = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec();
    verify(&[&own_der], &read(&pem(&own_der)).unwrap()).unwrap();
    assert_eq!(word(&[&own_der], &pki.bundle()), "ClientCertUntrusted");
    // One that is for signing certificates alone is no client's, pinned or not.
    assert_eq!(word(&[own.der()], &bundle(&[&own])), "ClientCertPurposeInvalid");
}

#[test]
fn ca_certificate_below_an_anchor_is_no_client() {
    let pki = Pki::new();
    let judge = |is_ca: IsCa| {
        let der = leaf(&pki.root, |params| params.is_ca = is_ca);
        verify(&[&der], &pki.bundle())
    };
    judge(IsCa::ExplicitNoCa).unwrap();
    assert_eq!(judge(IsCa::Ca(BasicConstraints::Unconstrained)).unwrap_err(), PathError::IsCa);
}

#[test]
fn dates_key_usage_and_extended_key_usage_bind_a_pinned_certificate_too() {
    let pki = Pki::new();
    let pinned = |der: &[u8]| verify(&[der], &read(&pem(der)).unwrap());
    let late = pki.root.leaf("client", expired()).issue().unwrap();
    assert_eq!(pinned(late.der()).unwrap_err(), PathError::Expired { member: trust::Member::Leaf });
    let early = pki.root.leaf("client", not_yet_valid()).issue().unwrap();
    assert!(matches!(pinned(early.der()), Err(PathError::NotYetValid { .. })));
    let server = leaf(&pki.root, |params| params.extended_key_usages = vec![Eku::ServerAuth]);
    assert!(matches!(pinned(&server), Err(PathError::ExtendedKeyUsage { .. })));
    let cipher = leaf(&pki.root, |params| params.key_usages = vec![Ku::KeyEncipherment]);
    assert!(matches!(pinned(&cipher), Err(PathError::KeyUsage { .. })));
    pinned(&leaf(&pki.root, |_| ())).unwrap();
}

#[test]
fn critical_policy_with_a_qualifier_that_nobody_knows_is_refused() {
    // certificatePolicies { 1.3.6.1.4.1.99999.1 { qualifier } }, by hand: rcgen writes none.
    let policies = |qualifier: &[u8], critical: bool| {
        let info = [
            &[0x30, u8::try_from(qualifier.len() + 2).unwrap()][..],
            &[0x06, u8::try_from(qualifier.len()).unwrap()],
            qualifier,
        ]
        .concat();
        let infos = [&[0x30, u8::try_from(info.len()).unwrap()][..], &info].concat();
        let policy = [&[0x06, 0x03, 0x2a, 0x03, 0x04][..], &infos].concat();
        let policy = [&[0x30, u8::try_from(policy.len()).unwrap()][..], &policy].concat();
        let content = [&[0x30, u8::try_from(policy.len()).unwrap()][..], &policy].concat();
        let mut extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 32], content);
        extension.set_criticality(critical);
        extension
    };
    let pki = Pki::new();
    let judge = |extension: rcgen::CustomExtension| {
        let der = leaf(&pki.root, |params| params.custom_extensions.push(extension));
        PresentedChain::from_header(header(&[&der]).as_bytes())
    };
    let unknown = [0x2a, 0x03, 0x05];
    judge(policies(&unknown, false)).unwrap();
    let error = judge(policies(&unknown, true)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "certificate 1 has a critical policy with the qualifier 1.2.3.5, which is not known"
    );
}

#[test]
fn certificate_that_names_a_freshest_list_is_accepted() {
    let pki = Pki::new();
    let uri = [&[0x86, 12][..], b"http://a.b/c"].concat();
    let nested = |tag: u8, content: Vec<u8>| {
        [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
    };
    let points =
        [0xa0, 0xa0, 0x30, 0x30].into_iter().fold(uri, |content, tag| nested(tag, content));
    let der = leaf(&pki.root, |params| {
        params.custom_extensions =
            vec![rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 46], points)];
    });
    verify(&[&der], &pki.bundle()).unwrap();
}

#[test]
fn changed_byte_in_a_certificate_is_never_accepted() {
    let pki = Pki::new();
    let bundle = pki.bundle();
    for at in 0..pki.leaf.der().len() {
        let mut der = pki.leaf.der().to_vec();
        der[at] ^= 1;
        let value = header(&[&der, pki.issuing.der()]);
        if let Ok(chain) = PresentedChain::from_header(value.as_bytes()) {
            trust::verify(&chain, &bundle, Revocation::default(), SystemTime::from(NOW))
                .unwrap_err();
        }
    }
}

#[test]
fn dates_of_leaf_intermediate_and_anchor_all_bind() {
    let pki = Pki::new();
    let late = pki.issuing.leaf("client", expired()).issue().unwrap();
    assert_eq!(word(&[late.der(), pki.issuing.der()], &pki.bundle()), "ClientCertExpired");
    let early = pki.issuing.leaf("client", not_yet_valid()).issue().unwrap();
    assert_eq!(word(&[early.der(), pki.issuing.der()], &pki.bundle()), "ClientCertNotYetValid");

    for validity in [expired(), not_yet_valid()] {
        let issuing = pki.root.intermediate("Other", key(), validity).unwrap();
        let leaf = issuing.leaf("client", valid()).issue().unwrap();
        assert_eq!(word(&[leaf.der(), issuing.der()], &pki.bundle()), "ClientCertUntrusted");

        let root = Authority::root("Other Root", key(), validity).unwrap();
        let leaf = root.leaf("client", valid()).issue().unwrap();
        assert_eq!(word(&[leaf.der()], &bundle(&[&root])), "ClientCertUntrusted");
    }
}

#[test]
fn last_second_of_validity_is_valid_and_the_next_is_not() {
    let pki = Pki::new();
    let chain = header(&[pki.leaf.der(), pki.issuing.der()]);
    let chain = PresentedChain::from_header(chain.as_bytes()).unwrap();
    let last = SystemTime::from(valid().not_after);
    let second = std::time::Duration::from_secs(1);
    trust::verify(&chain, &pki.bundle(), Revocation::default(), last).unwrap();
    trust::verify(&chain, &pki.bundle(), Revocation::default(), last + second).unwrap_err();
    let first = SystemTime::from(valid().not_before);
    trust::verify(&chain, &pki.bundle(), Revocation::default(), first).unwrap();
    trust::verify(&chain, &pki.bundle(), Revocation::default(), first - second).unwrap_err();
}

#[test]
fn extended_key_usage_of_the_leaf_is_client_auth_or_any_or_none() {
    let pki = Pki::new();
    let judge = |usages: &[Eku]| {
        let der = leaf(&pki.root, |params| params.extended_key_usages = usages.to_vec());
        verify(&[&der], &pki.bundle())
    };
    judge(&[Eku::ClientAuth]).unwrap();
    judge(&[Eku::ServerAuth, Eku::ClientAuth]).unwrap();
    judge(&[Eku::Any]).unwrap();
    judge(&[]).unwrap();
    for usages in [[Eku::ServerAuth], [Eku::CodeSigning], [Eku::EmailProtection]] {
        let error = judge(&usages).unwrap_err();
        assert_eq!(PublicText::from(&error).code, "ClientCertPurposeInvalid");
    }
}

#[test]
fn extended_key_usage_of_an_issuer_limits_what_it_issues() {
    let pki = Pki::new();
    let judge = |usages: &[Eku]| {
        let (issuer, der) = intermediate(&pki.root, "Limited", |params| {
            params.extended_key_usages = usages.to_vec();
        });
        verify(&[&client(&issuer), &der], &pki.bundle())
    };
    judge(&[]).unwrap();
    judge(&[Eku::ClientAuth]).unwrap();
    judge(&[Eku::ServerAuth]).unwrap_err();
}

#[test]
fn key_usage_of_the_leaf_has_digital_signature_or_is_absent() {
    let pki = Pki::new();
    let judge = |usages: &[Ku]| {
        let der = leaf(&pki.root, |params| params.key_usages = usages.to_vec());
        verify(&[&der], &pki.bundle())
    };
    judge(&[Ku::DigitalSignature, Ku::KeyEncipherment]).unwrap();
    judge(&[]).unwrap();
    let error = judge(&[Ku::KeyEncipherment]).unwrap_err();
    assert_eq!(PublicText::from(&error).code, "ClientCertPurposeInvalid");
}

#[test]
fn key_usage_of_an_issuer_has_key_cert_sign_or_is_absent() {
    let pki = Pki::new();
    let judge = |usages: &[Ku]| {
        let (issuer, der) = intermediate(&pki.root, "Limited", |params| {
            params.key_usages = usages.to_vec();
        });
        verify(&[&client(&issuer), &der], &pki.bundle())
    };
    judge(&[Ku::KeyCertSign]).unwrap();
    judge(&[]).unwrap();
    let error = judge(&[Ku::DigitalSignature, Ku::CrlSign]).unwrap_err();
    assert_eq!(PublicText::from(&error).code, "ClientCertUntrusted");
}

#[test]
fn issuer_that_is_no_ca_is_refused() {
    let pki = Pki::new();
    let judge = |is_ca: IsCa| {
        let (issuer, der) = intermediate(&pki.root, "Maybe", |params| params.is_ca = is_ca);
        verify(&[&client(&issuer), &der], &pki.bundle())
    };
    judge(IsCa::Ca(BasicConstraints::Unconstrained)).unwrap();
    judge(IsCa::ExplicitNoCa).unwrap_err();
    judge(IsCa::NoCa).unwrap_err();
}

#[test]
fn path_length_of_an_intermediate_and_of_the_anchor_binds() {
    let pki = Pki::new();
    let (issuer, top) = intermediate(&pki.root, "Top", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    verify(&[&client(&issuer), &top], &pki.bundle()).unwrap();

    let own = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "Below");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
    let below = params.signed_by(&own, &issuer).unwrap().der().to_vec();
    let too_deep = client(&rcgen::Issuer::new(params, own));
    let error = verify(&[&too_deep, &below, &top], &pki.bundle()).unwrap_err();
    assert!(error.to_string().contains("path length"), "{error}");

    // The same limit, on the anchor.
    let trusting_top = TrustBundle::read(
        &[Source { name: "top.pem".to_owned(), content: pem(&top).into_bytes() }],
        SystemTime::from(NOW),
    )
    .unwrap();
    verify(&[&client(&issuer)], &trusting_top).unwrap();
    verify(&[&too_deep, &below], &trusting_top).unwrap_err();
}

#[test]
fn name_constraints_of_an_issuer_bind() {
    let pki = Pki::new();
    let judge = |permitted: &str| {
        let (issuer, der) = intermediate(&pki.root, "Constrained", |params| {
            params.name_constraints = Some(rcgen::NameConstraints {
                permitted_subtrees: vec![rcgen::GeneralSubtree::DnsName(permitted.to_owned())],
                excluded_subtrees: vec![],
            });
        });
        verify(&[&client(&issuer), &der], &pki.bundle())
    };
    judge("example.com").unwrap();
    let error = judge("example.org").unwrap_err();
    assert!(error.to_string().contains("name constraints"), "{error}");
}

#[test]
fn excluded_name_is_refused_under_an_intermediate_and_under_an_anchor() {
    let pki = Pki::new();
    let judge = |excluded: &str| {
        let (issuer, der) = intermediate(&pki.root, "Constrained", |params| {
            params.name_constraints = Some(rcgen::NameConstraints {
                permitted_subtrees: vec![],
                excluded_subtrees: vec![rcgen::GeneralSubtree::DnsName(excluded.to_owned())],
            });
        });
        let anchored = TrustBundle::read(
            &[Source { name: "constrained.pem".to_owned(), content: pem(&der).into_bytes() }],
            SystemTime::from(NOW),
        );
        let client = client(&issuer);
        let below = verify(&[&client, &der], &pki.bundle()).is_ok();
        assert_eq!(below, verify(&[&client], &anchored.unwrap()).is_ok(), "{excluded}");
        below
    };
    assert!(judge("example.org"));
    assert!(!judge("example.com"));
}

#[test]
fn name_of_a_string_type_that_cannot_be_compared_is_refused_where_names_are_constrained() {
    let pki = Pki::new();
    let organisation = |value: rcgen::DnValue| {
        let mut name = rcgen::DistinguishedName::new();
        name.push(rcgen::DnType::OrganizationName, value);
        name
    };
    let judge = |excluded: &str, value: rcgen::DnValue| {
        let (issuer, der) = intermediate(&pki.root, "Constrained", |params| {
            params.name_constraints = Some(rcgen::NameConstraints {
                permitted_subtrees: vec![],
                excluded_subtrees: vec![rcgen::GeneralSubtree::DirectoryName(organisation(
                    excluded.into(),
                ))],
            });
        });
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.distinguished_name = organisation(value);
        (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
        let own = rcgen::KeyPair::generate().unwrap();
        let client = params.signed_by(&own, &issuer).unwrap().der().to_vec();
        verify(&[&client, &der], &pki.bundle())
    };
    let bmp = |text: &str| rcgen::DnValue::BmpString(text.try_into().unwrap());
    judge("Evil", "Good".into()).unwrap();
    judge("Evil", "Evil".into()).unwrap_err();
    judge("Evil", bmp("Evil")).unwrap_err();
    // The price: nor is a good name of that type let through.
    judge("Evil", bmp("Good")).unwrap_err();
}

#[test]
fn constraint_that_cannot_be_enforced_refuses_the_certificate_that_makes_it() {
    // An empty name stands for every name; the validator would hold it against none.
    let pki = Pki::new();
    let (issuer, der) = intermediate(&pki.root, "Constrained", |params| {
        params.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: vec![],
            excluded_subtrees: vec![rcgen::GeneralSubtree::DnsName(String::new())],
        });
    });
    let error = verify(&[&client(&issuer), &der], &pki.bundle()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the intermediate CN=Constrained has a name constraint that cannot be enforced"
    );
}

/// The content of a name constraints extension that excludes one name.
fn excluding(base: GeneralName, maximum: Option<u32>) -> rcgen::CustomExtension {
    let constraints = NameConstraints {
        permitted_subtrees: None,
        excluded_subtrees: Some(vec![GeneralSubtree { base, minimum: 0, maximum }]),
    };
    rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 30], constraints.to_der().unwrap())
}

#[test]
fn uri_without_a_host_name_is_refused_where_uris_are_constrained() {
    let pki = Pki::new();
    let uri =
        |text: &str| GeneralName::UniformResourceIdentifier(text.to_owned().try_into().unwrap());
    let (free, free_der) = intermediate(&pki.root, "Free", |_| {});
    let (bound, bound_der) = intermediate(&pki.root, "Bound", |params| {
        params.custom_extensions = vec![excluding(uri("example.org"), None)];
    });
    let judge = |issuer: &rcgen::Issuer<'_, rcgen::KeyPair>, der: &[u8], name: &str| {
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.subject_alt_names = vec![rcgen::SanType::URI(name.to_owned().try_into().unwrap())];
        (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
        let own = rcgen::KeyPair::generate().unwrap();
        let client = params.signed_by(&own, issuer).unwrap().der().to_vec();
        verify(&[&client, der], &pki.bundle()).is_ok()
    };
    for (name, is_host_name) in [
        ("https://example.com/a", true),
        ("https://example.org/a", false),
        ("urn:client", false),
        ("https://192.0.2.7/a", false),
        ("https://[2001:db8::7]/a", false),
        ("https:///a", false),
    ] {
        assert!(judge(&free, &free_der, name), "{name}");
        assert_eq!(judge(&bound, &bound_der, name), is_host_name, "{name}");
    }
}

#[test]
fn name_that_constraints_cannot_be_held_against_is_refused_under_them() {
    let pki = Pki::new();
    let (issuer, der) = intermediate(&pki.root, "Bound", |params| {
        let dns = GeneralName::DnsName("evil.example.com".to_owned().try_into().unwrap());
        params.custom_extensions = vec![excluding(dns, None)];
    });
    let (free, free_der) = intermediate(&pki.root, "Free", |_| {});
    for (name, passes) in [
        ("good.example.com", true),
        ("evil.example.com", false),
        ("*.example.com", false),
        ("*.EXAMPLE.com", false),
        ("*.good.example.com", true),
        ("*.evil.example.com", false),
        ("a.*.example.com", false),
        ("(ne.example.com", false),
    ] {
        let judge = |issuer: &rcgen::Issuer<'_, rcgen::KeyPair>, der: &[u8]| {
            let mut params = rcgen::CertificateParams::new([]).unwrap();
            params.subject_alt_names =
                vec![rcgen::SanType::DnsName(name.to_owned().try_into().unwrap())];
            (params.not_before, params.not_after) = (valid().not_before, valid().not_after);
            let own = rcgen::KeyPair::generate().unwrap();
            let client = params.signed_by(&own, issuer).unwrap().der().to_vec();
            verify(&[&client, der], &pki.bundle()).is_ok()
        };
        assert!(judge(&free, &free_der), "{name}");
        assert_eq!(judge(&issuer, &der), passes, "{name}");
    }
}

#[test]
fn anchor_whose_constraint_cannot_be_enforced_is_of_no_use() {
    let dns = |text: &str| GeneralName::DnsName(text.to_owned().try_into().unwrap());
    let range = |bytes: &[u8]| GeneralName::IpAddress(der::asn1::OctetString::new(bytes).unwrap());
    for (extension, is_usable) in [
        (excluding(dns("example.com"), None), true),
        (excluding(dns(".example.com"), None), false),
        (excluding(dns(""), None), false),
        (excluding(dns("*.example.com"), None), false),
        (excluding(dns("example.com "), None), false),
        (excluding(dns("example]com"), None), false),
        (excluding(dns("example.com"), Some(1)), false),
        (excluding(range(&[192, 0, 2, 0, 255, 255, 255, 0]), None), true),
        (excluding(range(&[192, 0, 2, 0, 255, 0, 255, 0]), None), false),
        (excluding(range(&[192, 0, 2, 0, 255]), None), false),
    ] {
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.custom_extensions = vec![extension];
        let root = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let bundle = read(&(Pki::new().root.pem() + &pem(root.der()))).unwrap();
        assert_eq!(bundle.anchors().count(), 1 + usize::from(is_usable));
        assert_eq!(bundle.warnings().is_empty(), is_usable);
    }
}

#[test]
fn more_names_than_can_be_judged_in_time_are_refused() {
    let pki = Pki::new();
    let named = |count: usize| {
        let request = pki.root.leaf("client", valid());
        let request =
            (0..count).fold(request, |request, number| request.dns(&format!("a{number}.b")));
        PresentedChain::from_header(header(&[request.issue().unwrap().der()]).as_bytes())
    };
    named(256).unwrap();
    let error = named(257).unwrap_err();
    assert_eq!(error.to_string(), "certificate 1 has more than 256 subject alternative names");

    let constrained = |count: usize| {
        let (_, der) = intermediate(&pki.root, "Constrained", |params| {
            params.name_constraints = Some(rcgen::NameConstraints {
                permitted_subtrees: (0..count)
                    .map(|number| rcgen::GeneralSubtree::DnsName(format!("a{number}.b")))
                    .collect(),
                excluded_subtrees: vec![],
            });
        });
        PresentedChain::from_header(header(&[&der]).as_bytes())
    };
    constrained(128).unwrap();
    let error = constrained(129).unwrap_err();
    assert_eq!(error.to_string(), "certificate 1 has more than 128 name constraints");
}

#[test]
fn work_is_owed_to_nobody_whom_the_anchor_has_not_signed() {
    // A namesake of the anchor's issues a path full of constraints: its signature is looked at first.
    let pki = Pki::new();
    let forger = Authority::root("Test Root", key(), valid()).unwrap();
    let (issuer, der) = intermediate(&forger, "Bomb", |params| {
        params.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: (0..100)
                .map(|number| rcgen::GeneralSubtree::DnsName(format!("a{number}.example.com")))
                .collect(),
            excluded_subtrees: vec![],
        });
    });
    let error = verify(&[&client(&issuer), &der], &pki.bundle()).unwrap_err();
    assert!(
        matches!(&error, PathError::Signature { member: trust::Member::Issuer(name) } if name == "CN=Bomb"),
        "{error}"
    );
}

#[test]
fn critical_extension_that_nobody_knows_is_refused() {
    let pki = Pki::new();
    let judge = |critical: bool| {
        let der = leaf(&pki.root, |params| {
            let mut extension = rcgen::CustomExtension::from_oid_content(
                &[1, 3, 6, 1, 4, 1, 99_999, 1],
                vec![5, 0],
            );
            extension.set_criticality(critical);
            params.custom_extensions.push(extension);
        });
        verify(&[&der], &pki.bundle())
    };
    judge(false).unwrap();
    judge(true).unwrap_err();
}

#[test]
fn expired_twin_of_an_intermediate_does_not_stand_in_the_way_of_the_valid_one() {
    let pki = Pki::new();
    let key = key();
    let old = pki.root.intermediate("Renewed", key.clone(), expired()).unwrap();
    let new = pki.root.intermediate("Renewed", key, valid()).unwrap();
    let leaf = new.leaf("client", valid()).issue().unwrap();
    verify(&[leaf.der(), old.der(), new.der()], &pki.bundle()).unwrap();
    verify(&[leaf.der()], &bundle(&[&old, &new])).unwrap();
    verify(&[leaf.der(), old.der()], &pki.bundle()).unwrap_err();
}

#[test]
fn certificates_that_sign_each_other_in_circles_are_refused_after_bounded_work() {
    // One name and one key: each of the fifteen could have issued each other one.
    let key = key();
    let ring = Authority::root("Ring", key.clone(), valid()).unwrap();
    let mut chain = vec![ring.leaf("client", valid()).issue().unwrap().der().to_vec()];
    chain.extend(
        (0..15).map(|_| ring.intermediate("Ring", key.clone(), valid()).unwrap().der().to_vec()),
    );
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    assert_eq!(word(&chain, &Pki::new().bundle()), "ClientCertUntrusted");
    verify(&chain, &bundle(&[&ring])).unwrap();
}

#[test]
fn header_full_of_look_alikes_is_refused_after_bounded_work() {
    // Sixteen authorities that have all signed each other, none of them known.
    let name = "Loop";
    let keys: Vec<_> = (0..15).map(|_| key()).collect();
    let first = Authority::root(name, keys[0].clone(), valid()).unwrap();
    let mut chain = vec![first.leaf("client", valid()).issue().unwrap().der().to_vec()];
    chain.extend(
        keys.iter()
            .map(|key| first.intermediate(name, key.clone(), valid()).unwrap().der().to_vec()),
    );
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    assert_eq!(word(&chain, &Pki::new().bundle()), "ClientCertUntrusted");
    assert_eq!(
        word(&chain, &bundle(&[&Authority::root(name, key(), valid()).unwrap()])),
        "ClientCertUntrusted"
    );
}

/// A leaf below levels of three authorities that differ in their number alone: the uppermost are the root's.
fn below_levels(levels: usize, leaf: impl FnOnce(&mut rcgen::CertificateParams)) -> Vec<Vec<u8>> {
    let pki = Pki::new();
    let key = key();
    let mut chain = vec![pki.root.der().to_vec()];
    let mut issuer = Authority::root("Test Root", pki.root.key().clone(), valid()).unwrap();
    for level in 0..levels {
        let name = format!("Level {level}");
        let alike = || issuer.intermediate(&name, key.clone(), valid()).unwrap();
        chain.extend([alike().der().to_vec(), alike().der().to_vec()]);
        let last = alike();
        chain.push(last.der().to_vec());
        issuer = last;
    }
    let leaf = issuer.leaf("client", valid()).adjust(leaf).issue().unwrap();
    chain.push(leaf.der().to_vec());
    chain.reverse();
    chain
}

#[test]
fn paths_that_all_fail_are_judged_up_to_a_limit() {
    let judge = |levels: usize, usages: Vec<Eku>| {
        let mut chain = below_levels(levels, |params| params.extended_key_usages = usages);
        let root = chain.pop().unwrap();
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        verify(&chain, &read(&pem(&root)).unwrap())
    };
    // Three authorities on three levels make 27 paths, on four 81.
    let error = judge(3, vec![Eku::ServerAuth]).unwrap_err();
    assert!(matches!(error, PathError::ExtendedKeyUsage { .. }), "{error}");
    assert_eq!(judge(4, vec![Eku::ServerAuth]).unwrap_err(), PathError::TooManyPaths);
    // Whoever passes on the first of them needs no more.
    judge(4, vec![Eku::ClientAuth]).unwrap();
}

fn read(content: &str) -> Result<TrustBundle, BundleError> {
    TrustBundle::read(
        &[Source { name: "clients".to_owned(), content: content.as_bytes().to_vec() }],
        SystemTime::from(NOW),
    )
}

// --- What may have gone wrong ----------------------------------------------------------------------

#[test]
fn chain_that_is_upside_down_says_which_certificate_comes_first() {
    let pki = Pki::new();
    let (leaf, issuing, root) = (pki.leaf.der(), pki.issuing.der(), pki.root.der());
    let other = bundle(&[&Authority::root("Other Root", key(), valid()).unwrap()]);
    for (chain, position) in [
        (vec![root, issuing, leaf], 3),
        (vec![issuing, leaf], 2),
        (vec![issuing, leaf, root], 2),
        (vec![issuing, root, leaf], 3),
    ] {
        for bundle in [&bundle(&[&pki.issuing]), &other] {
            let reason = verify(&chain, bundle).unwrap_err().to_string();
            let told = format!(
                "certificate {position} of the header, CN=client-1, looks like the client's"
            );
            assert!(reason.contains(&told), "{reason}");
        }
    }
    verify(&[leaf, issuing, root], &pki.bundle()).unwrap();
    for chain in
        [vec![leaf, issuing], vec![leaf, issuing, root], vec![issuing], vec![issuing, root]]
    {
        let reason = verify(&chain, &other).unwrap_err().to_string();
        assert!(!reason.contains("looks like the client's"), "{reason}");
    }
}

#[test]
fn renewed_certificate_of_a_pinned_client_says_which_one_is_pinned() {
    let pki = Pki::new();
    let unknown = Authority::root("Unknown", key(), valid()).unwrap();
    let old = unknown.leaf("partner", valid()).issue().unwrap();
    let pinned = |pem: String| trusting(pem + &pki.root.pem());
    let bundle = pinned(old.pem());
    let told = format!(
        "another certificate with this client's key or names is pinned (sha256 {}…, until ",
        &fingerprint(old.der())[..16]
    );
    let same_name = unknown.leaf("partner", valid()).issue().unwrap();
    let same_key = unknown.leaf("renamed", valid()).key(old.key().clone()).issue().unwrap();
    for renewed in [&same_name, &same_key] {
        let reason = verify(&[renewed.der()], &bundle).unwrap_err().to_string();
        assert!(reason.contains(&told), "{reason}");
        assert_eq!(word(&[renewed.der()], &bundle), "ClientCertUntrusted");
    }
    // Whoever made a certificate of that name himself is not called that client.
    let forger = Authority::root("Unknown", key(), valid()).unwrap();
    let forged = forger.leaf("partner", valid()).issue().unwrap();
    let reason = verify(&[forged.der()], &bundle).unwrap_err().to_string();
    assert!(reason.ends_with("if its owner confirms that it was renewed, pin the new one too"));
    verify(&[old.der()], &bundle).unwrap();
    verify(&[same_name.der()], &pinned(same_name.pem())).unwrap();
    let stranger = unknown.leaf("stranger", valid()).issue().unwrap();
    let reason = verify(&[stranger.der()], &bundle).unwrap_err().to_string();
    assert!(!reason.contains("is pinned"), "{reason}");
}

#[test]
fn renewed_self_signed_client_says_which_one_is_pinned_whatever_else_is_wrong() {
    let own = |key: &rcgen::KeyPair, is_ca| {
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "device");
        params.is_ca = is_ca;
        params.self_signed(key).unwrap().pem()
    };
    let (old, new) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    for is_ca in [IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let bundle = trusting(own(&old, is_ca));
        for key in [&old, &new] {
            let renewed = own(key, is_ca);
            let chain = PresentedChain::from_pem(renewed.as_bytes()).unwrap();
            let verdict = |bundle| {
                trust::verify(&chain, bundle, Revocation::default(), SystemTime::from(NOW))
            };
            let reason = verdict(&bundle).unwrap_err().to_string();
            assert!(
                reason.contains("another certificate with this client's key or names is pinned"),
                "{reason}"
            );
            verdict(&trusting(renewed)).unwrap();
        }
    }
}

#[test]
fn self_signed_stranger_is_told_to_be_pinned_or_issued() {
    let pki = Pki::new();
    let stranger = rcgen::CertificateParams::new([]).unwrap();
    let stranger = stranger.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let told = "self-signed: pin it in the trust bundle, or have one issued by a CA of the bundle";
    let reason = verify(&[stranger.der()], &pki.bundle()).unwrap_err().to_string();
    assert!(reason.contains(told), "{reason}");
    verify(&[stranger.der()], &trusting(stranger.pem())).unwrap();
    let issued = verify(&[pki.leaf.der()], &pki.bundle()).unwrap_err().to_string();
    assert!(!issued.contains("self-signed"), "{issued}");
}

#[test]
fn expired_intermediate_says_that_the_bundle_has_another_with_a_new_key() {
    let pki = Pki::new();
    let old = pki.root.intermediate("Rolled", key(), expired()).unwrap();
    let leaf = old.leaf("client", valid()).issue().unwrap();
    let reason =
        |bundle: &TrustBundle| verify(&[leaf.der(), old.der()], bundle).unwrap_err().to_string();
    let told = "the trust bundle has another certificate of CN=Rolled, until ";
    let rolled = pki.root.intermediate("Rolled", key(), valid()).unwrap();
    assert!(reason(&bundle(&[&pki.root, &rolled])).contains(told));
    assert!(!reason(&pki.bundle()).contains(told));
    let renewed = pki.root.intermediate("Rolled", old.key().clone(), valid()).unwrap();
    verify(&[leaf.der(), old.der()], &bundle(&[&pki.root, &renewed])).unwrap();
}

#[test]
fn rules_and_pins_take_no_longer_together_than_the_one_and_the_other() {
    const MANY: usize = 1500;
    let authority = Authority::root("Partners", key(), valid()).unwrap();
    let pin =
        |number| authority.leaf(&format!("pin-{number}"), valid()).key(key()).issue().unwrap();
    let pins: Vec<_> = (0..MANY).map(|number| pin(number).pem()).collect();
    let rules: Vec<_> = (0..MANY)
        .map(|number| match number % 3 {
            0 => json!({"subject": format!("CN=other-{number},O=x")}),
            1 => json!({"issuer": format!("CN=other-{number},O=x"), "serial": "1234"}),
            _ => json!({"dns": format!("h{number}.example")}),
        })
        .collect();
    let time = |document: serde_json::Value| {
        let content = document.to_string().into_bytes();
        let contents = Contents::read(&[Source { name: "clients".to_owned(), content }]).unwrap();
        let start = Instant::now();
        TrustBundle::new(contents, SystemTime::from(NOW)).unwrap();
        start.elapsed()
    };
    for key in ["allow", "deny"] {
        let apart = time(json!({"pinned": pins})) + time(json!({"pinned": pins[0], key: rules}));
        let together = time(json!({"pinned": pins, key: rules}));
        assert!(together < 4 * apart, "{key}: {together:?} and {apart:?}");
    }
}
