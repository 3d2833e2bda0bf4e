//! NIST's suite of certification paths (PKITS, version 1.0.1), with the inputs that it gives by default: any
//! policy will do, none is required, and the lists of all issuers are there.
//!
//! A test has the number of its section in the suite's document. What the document adds with other
//! inputs for policies is left out: the function has no such settings.

use std::collections::BTreeMap;

use alb_mtls::pki;
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{
        self, PathError, Revocation,
        bundle::{Source, TrustBundle},
    },
};
use serde_json::json;
use time::{OffsetDateTime, macros::datetime};
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::support::real_parts::part;

/// Within the dates of all that is not meant to be out of date.
const NOW: OffsetDateTime = datetime!(2012-06-01 0:00 UTC);

/// Refused, though the document has them accepted. There is no list of the reverse: nothing is accepted
/// that the document has refused.
const REFUSED: [(&str, &str); 14] = [
    ("ValidDSASignaturesTest4EE", "4.1.4: DSA is not accepted"),
    ("ValidDSAParameterInheritanceTest5EE", "4.1.5: DSA is not accepted"),
    ("Validpre2000UTCnotBeforeDateTest3EE", "4.2.3: dates before 1970 cannot be read"),
    ("ValidpathLenConstraintTest8EE", "4.6.8: a CA's certificate, which is no client's"),
    ("ValidpathLenConstraintTest14EE", "4.6.14: a CA's certificate, which is no client's"),
    ("OverlappingPoliciesTest6EE", "4.8.6: a CA's certificate, which is no client's"),
    ("ValidonlyContainsCACertsTest13EE", "4.14.13: a CA's certificate, which is no client's"),
    ("ValidIDPwithindirectCRLTest22EE", "4.14.22: indirect lists are not used"),
    ("ValidIDPwithindirectCRLTest24EE", "4.14.24: indirect lists are not used"),
    ("ValidIDPwithindirectCRLTest25EE", "4.14.25: indirect lists are not used"),
    ("ValidcRLIssuerTest28EE", "4.14.28: indirect lists are not used"),
    ("ValidcRLIssuerTest29EE", "4.14.29: indirect lists are not used"),
    ("ValidcRLIssuerTest30EE", "4.14.30: indirect lists are not used"),
    ("ValidcRLIssuerTest33EE", "4.14.33: indirect lists are not used"),
];

/// Certificates whose names do not tell, since it depends on the inputs: accepted with those by default?
const NOT_TOLD_BY_NAME: [(&str, &str, bool); 20] = [
    ("4.8.2", "AllCertificatesNoPoliciesTest2EE", true),
    // Nothing requires a policy here; in 4, 5, 7, 8, 9 and 12 the first intermediate does.
    ("4.8.3", "DifferentPoliciesTest3EE", true),
    ("4.8.4", "DifferentPoliciesTest4EE", false),
    ("4.8.5", "DifferentPoliciesTest5EE", false),
    ("4.8.6", "OverlappingPoliciesTest6EE", true),
    ("4.8.7", "DifferentPoliciesTest7EE", false),
    ("4.8.8", "DifferentPoliciesTest8EE", false),
    ("4.8.9", "DifferentPoliciesTest9EE", false),
    ("4.8.10", "AllCertificatesSamePoliciesTest10EE", true),
    ("4.8.11", "AllCertificatesanyPolicyTest11EE", true),
    ("4.8.12", "DifferentPoliciesTest12EE", false),
    ("4.8.13", "AllCertificatesSamePoliciesTest13EE", true),
    ("4.8.14", "AnyPolicyTest14EE", true),
    ("4.8.15", "UserNoticeQualifierTest15EE", true),
    ("4.8.16", "UserNoticeQualifierTest16EE", true),
    ("4.8.17", "UserNoticeQualifierTest17EE", true),
    ("4.8.18", "UserNoticeQualifierTest18EE", true),
    ("4.8.19", "UserNoticeQualifierTest19EE", true),
    ("4.8.20", "CPSPointerQualifierTest20EE", true),
    // Refused with initial-inhibit-any-policy.
    ("4.12.3", "inhibitAnyPolicyTest3EE", true),
];

#[test]
fn suite_is_judged_as_its_document_says_but_for_what_is_listed() {
    let suite = Suite::read();
    let leaves: Vec<_> = suite.leaves().collect();
    assert_eq!(leaves.len(), 223);
    let different = leaves.iter().filter(|leaf| {
        let accepted = suite.verdict(leaf, Revocation::RequireChain).is_ok();
        accepted != is_valid(&leaf.name)
    });
    let mut different: Vec<_> = different.map(|leaf| leaf.name.as_str()).collect();
    let mut listed = REFUSED.map(|(name, _)| name);
    different.sort_unstable();
    listed.sort_unstable();
    assert_eq!(different, listed);
    assert!(listed.iter().all(|name| is_valid(name)), "accepted, and the document has it refused");
}

/// A path that is refused for want of something else would hide what a list says, or does not say.
#[test]
fn whom_a_list_refuses_would_be_accepted_without_lists() {
    let suite = Suite::read();
    let mut refused_by_lists = 0;
    for leaf in suite.leaves() {
        let by_lists = matches!(
            suite.verdict(leaf, Revocation::RequireChain),
            Err(Refusal::Path(PathError::Revoked { .. } | PathError::Undetermined { .. }))
        );
        let without = suite.verdict(leaf, Revocation::Off);
        let valid_but_for_lists = without.is_ok() && !is_valid(&leaf.name);
        assert!(by_lists || !valid_but_for_lists, "{}", leaf.name);
        assert!(!by_lists || without.is_ok(), "{}: {without:?}", leaf.name);
        refused_by_lists += usize::from(by_lists);
    }
    // 45 of the document's, and seven whom indirect lists would have cleared.
    assert_eq!(refused_by_lists, 52);
}

#[test]
fn lists_of_the_suite_can_all_be_read_and_these_answer_for_nobody() {
    let suite = Suite::read();
    // Two of the 173 are one and the same.
    assert_eq!((files("crls").len(), suite.bundle.lists().count()), (173, 172));
    let warnings: Vec<_> = suite.bundle.warnings().iter().map(ToString::to_string).collect();
    let expected = [
        ("Old CRL nextUpdate CA", "it has expired"),
        ("Unknown CRL Entry Extension CA", "it has a critical extension"),
        ("Unknown CRL Extension CA", "it has a critical extension"),
        ("deltaCRL CA3", "it has expired"),
        ("indirectCRL CA1", "it is an indirect list"),
        ("indirectCRL CA3 cRLIssuer", "it is an indirect list"),
        ("indirectCRL CA4 cRLIssuer", "it is an indirect list"),
        ("indirectCRL CA5", "it is an indirect list"),
        ("onlyContainsAttributeCerts CA", "it lists attribute certificates only"),
        ("pre2000 CRL nextUpdate CA", "it has expired"),
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for (warning, (issuer, reason)) in warnings.iter().zip(expected) {
        assert!(warning.contains(issuer) && warning.contains(reason), "{warning}");
    }
}

/// What the document has for the default inputs.
fn is_valid(name: &str) -> bool {
    let told = NOT_TOLD_BY_NAME.iter().find(|(_, told, _)| *told == name);
    match (told, name.starts_with("Valid"), name.starts_with("Invalid")) {
        (Some((_, _, valid)), false, false) => *valid,
        (None, valid, invalid) if valid != invalid => valid,
        _ => panic!("does the document have {name} accepted?"),
    }
}

/// The suite's certificates, and a bundle with its anchor, its lists and those who sign some of them.
struct Suite {
    certificates: Vec<Certificate>,
    bundle: TrustBundle,
}

struct Certificate {
    name: String,
    der: Vec<u8>,
    subject: String,
    issuer: String,
    key: Option<Vec<u8>>,
    issuer_key: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Refusal {
    Unreadable,
    Path(PathError),
}

impl Suite {
    fn read() -> Self {
        let certificates = files("certs").into_iter();
        let certificates: Vec<_> =
            certificates.map(|(name, der)| Certificate::read(name, der)).collect();
        let named = |fits: fn(&str) -> bool| -> String {
            let some = certificates.iter().filter(|certificate| fits(&certificate.name));
            some.map(|certificate| pki::pem(&certificate.der)).collect()
        };
        let list = |der: Vec<u8>| pki::pem(&der).replace("CERTIFICATE", "X509 CRL");
        let document = json!({
            "anchors": named(|name| name == "TrustAnchorRootCertificate"),
            // Nobody's issuer, so nobody would present them.
            "intermediates": named(|name| name.ends_with("cRLIssuerCert")),
            "crls": files("crls").into_values().map(list).collect::<String>(),
        });
        let content = document.to_string().into_bytes();
        let source = Source { name: "suite".to_owned(), content };
        Self { certificates, bundle: TrustBundle::read(&[source], NOW.into()).unwrap() }
    }

    fn leaves(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter(|certificate| certificate.is_leaf())
    }

    fn verdict(&self, leaf: &Certificate, revocation: Revocation) -> Result<(), Refusal> {
        let pem = pki::chain_pem(self.header(leaf));
        let chain = PresentedChain::from_pem(pem.as_bytes()).map_err(|_| Refusal::Unreadable)?;
        trust::verify(&chain, &self.bundle, revocation, NOW.into()).map(drop).map_err(Refusal::Path)
    }

    /// The leaf, followed by all who could be its issuers, theirs, and so on.
    fn header<'a>(&'a self, leaf: &'a Certificate) -> Vec<&'a [u8]> {
        let mut header = vec![leaf];
        let mut at = 0;
        while at < header.len() {
            let below = header[at];
            for candidate in &self.certificates {
                let known = header.iter().any(|known| known.name == candidate.name);
                if candidate.could_have_issued(below) && !known {
                    header.push(candidate);
                }
            }
            at += 1;
        }
        header.into_iter().map(|certificate| certificate.der.as_slice()).collect()
    }
}

impl Certificate {
    fn read(name: String, der: Vec<u8>) -> Self {
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        let extensions = || certificate.extensions().iter().map(|one| one.parsed_extension());
        let key = extensions().find_map(|extension| match extension {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0.to_vec()),
            _ => None,
        });
        let issuer_key = extensions().find_map(|extension| match extension {
            ParsedExtension::AuthorityKeyIdentifier(issuer) => {
                issuer.key_identifier.as_ref().map(|key| key.0.to_vec())
            }
            _ => None,
        });
        Self {
            subject: spelt_alike(&certificate.subject().to_string()),
            issuer: spelt_alike(&certificate.issuer().to_string()),
            name,
            key,
            issuer_key,
            der,
        }
    }

    fn is_leaf(&self) -> bool {
        self.name.ends_with("EE")
    }

    /// By name or by key: that the other does not fit is for the verdict to find out.
    fn could_have_issued(&self, below: &Self) -> bool {
        let is_intermediate = !self.is_leaf() && self.name != "TrustAnchorRootCertificate";
        let has_key = self.key.is_some() && self.key == below.issuer_key;
        is_intermediate && (self.subject == below.issuer || has_key)
    }
}

/// A name without what does not count: letter case, and how much white space there is.
fn spelt_alike(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The files of a folder of the suite, by their names without the ending.
fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(part("pkits").join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
}
