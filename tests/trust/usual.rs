//! What is usual in the field though textbooks leave it out: extensions that are marked as critical, long
//! salts, old algorithms and keys, CAs that do not say that they are one. What is understood is accepted, and
//! what is not is called by its name.

use alb_mtls::pki::{Authority, Key, KeyKind, pem};
use alb_mtls_adapter::{
    rejection::PublicText,
    trust::{
        Member, PathError, Revocation,
        bundle::{Contents, Source, TrustBundle},
    },
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PSS_SHA256, RSA_PSS_SHA384, RsaEncoding, RsaKeyPair, RsaPssSaltLength},
};
use serde_json::json;

use crate::{
    support::{
        self, Pki, key,
        lists::List,
        remade::{Remade, hexadecimal},
        trusting, valid,
    },
    verdict::{judge, verify},
};

const ALTERNATIVE_NAMES: &str = "2.5.29.17";
const ISSUER_NAMES: &str = "2.5.29.18";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const DISTRIBUTION_POINTS: &str = "2.5.29.31";
const POLICIES: &str = "2.5.29.32";
const MAPPINGS: &str = "2.5.29.33";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const USAGES: &str = "2.5.29.37";

/// `DNS:ca.example`.
const NAME: &str = "300c820a63612e6578616d706c65";
const CLIENT_AUTH: &str = "300a06082b06010505070302";
const SERVER_AUTH: &str = "300a06082b06010505070301";
/// The policy 1.2.3.4, as another knows it: 1.2.3.5.
const MAPPED: &str = "300c300a06032a030406032a0305";
const MAPPED_TO_ANY: &str = "300d300b06032a03040604551d2000";
/// `http://a/b`.
const POINT: &str = "30123010a00ea00c860a687474703a2f2f612f62";

/// Why a client is refused, in the log.
fn reason(chain: &[&[u8]], bundle: &TrustBundle) -> String {
    verify(chain, bundle).unwrap_err().to_string()
}

/// An authority's certificate, to be changed.
fn remade(authority: &Authority) -> Remade {
    Remade::of(authority.der(), &authority.key().pem())
}

/// A client's certificate, to be changed.
fn leaf_of(authority: &Authority) -> Remade {
    let leaf = authority.leaf("client", valid()).issue().unwrap();
    Remade::of(leaf.der(), &authority.key().pem())
}

// --- Critical extensions ------------------------------------------------------------------------

#[test]
fn critical_extension_that_is_understood_in_an_intermediate_is_understood_in_an_anchor() {
    let pki = Pki::new();
    for (id, value, is_understood) in [
        (ALTERNATIVE_NAMES, NAME, true),
        (USAGES, CLIENT_AUTH, true),
        (MAPPINGS, MAPPED, true),
        (DISTRIBUTION_POINTS, POINT, true),
        (ISSUER_NAMES, NAME, false),
        ("1.2.3.4", "0500", false),
    ] {
        let changed = |authority| remade(authority).extension(id, true, hexadecimal(value));
        let bundle = trusting(pem(&changed(&pki.root).der()) + &Pki::new().root.pem());
        let below_anchor = verify(&[pki.leaf.der(), pki.issuing.der()], &bundle);
        assert_eq!(below_anchor.is_ok(), is_understood, "{id}: {below_anchor:?}");
        assert_eq!(bundle.warnings().is_empty(), is_understood, "{id}: {:?}", bundle.warnings());

        let intermediate = Remade::of(pki.issuing.der(), &pki.root.key().pem());
        let intermediate = intermediate.extension(id, true, hexadecimal(value)).der();
        let below_it = verify(&[pki.leaf.der(), &intermediate], &pki.bundle());
        // A mapping of a policy that nobody has asked for changes nothing.
        assert_eq!(below_it.is_ok(), is_understood, "{id}: {below_it:?}");
    }
}

/// RFC 6010: about what is signed with CMS, and of no meaning for a path.
#[test]
fn critical_constraints_on_cms_content_stand_in_the_way_of_no_client_below_an_anchor() {
    const CMS_CONTENT_CONSTRAINTS: &str = "1.3.6.1.5.5.7.1.18";
    let pki = Pki::new();
    let with =
        |authority| remade(authority).extension(CMS_CONTENT_CONSTRAINTS, true, vec![0x30, 0]).der();
    verify(&[pki.leaf.der(), pki.issuing.der()], &trusting(pem(&with(&pki.root)))).unwrap();
    assert!(verify(&[pki.leaf.der(), &with(&pki.issuing)], &pki.bundle()).is_err());
}

#[test]
fn critical_extended_key_usage_of_an_anchor_binds() {
    let pki = Pki::new();
    let refused = |value| {
        let anchor = remade(&pki.root).extension(USAGES, true, hexadecimal(value)).der();
        let bundle = trusting(pem(&anchor) + &Pki::new().root.pem());
        verify(&[pki.leaf.der(), pki.issuing.der()], &bundle).err()
    };
    assert_eq!(refused(CLIENT_AUTH), None);
    let member = Member::Anchor("CN=Test Root".to_owned());
    assert_eq!(refused(SERVER_AUTH), Some(PathError::ExtendedKeyUsage { member }));
}

#[test]
fn policy_mappings_of_an_anchor_say_by_which_name_its_policy_is_known_below() {
    let root = Authority::root("Policy Root", key(), valid()).unwrap();
    // The anchor has the policy 1.2.3.4 and demands one from who is below.
    let anchor = remade(&root)
        .extension(POLICIES, true, hexadecimal("3007300506032a0304"))
        .extension(POLICY_CONSTRAINTS, true, hexadecimal("3003800100"));
    let with = |policy: &str| {
        leaf_of(&root).extension(POLICIES, false, hexadecimal(&format!("300730050603{policy}")))
    };
    let (own, mapped, other) = (with("2a0304"), with("2a0305"), with("2a0306"));
    let accepted = |anchor: &Remade, leaf: &Remade| {
        verify(&[&leaf.der()], &trusting(pem(&anchor.der()))).is_ok()
    };
    for (leaf, plainly, through_the_mapping) in
        [(&own, true, false), (&mapped, false, true), (&other, false, false)]
    {
        assert_eq!(accepted(&anchor, leaf), plainly);
        // One that need not be kept to changes nothing.
        for (critical, expected) in [(false, plainly), (true, through_the_mapping)] {
            let mapping = anchor.clone().extension(MAPPINGS, critical, hexadecimal(MAPPED));
            assert_eq!(accepted(&mapping, leaf), expected);
        }
    }
    let to_any = anchor.extension(MAPPINGS, true, hexadecimal(MAPPED_TO_ANY)).der();
    let bundle = trusting(pem(&to_any) + &Pki::new().root.pem());
    let warning = bundle.warnings()[0].to_string();
    assert!(warning.contains("anyPolicy"), "{warning}");
}

#[test]
fn critical_distribution_point_is_kept_to_where_lists_are_asked() {
    let pki = Pki::new();
    let client = leaf_of(&pki.root).extension(DISTRIBUTION_POINTS, true, hexadecimal(POINT)).der();
    let with = |list: &List| trusting(pki.root.pem() + &list.pem());
    let list = || List::of(&pki.root);

    verify(&[&client], &pki.bundle()).unwrap();
    verify(&[&client], &with(&list())).unwrap();
    verify(&[&client], &with(&list().at("http://a/b"))).unwrap();
    let elsewhere = verify(&[&client], &with(&list().at("http://a/c")));
    assert!(matches!(elsewhere, Err(PathError::Undetermined { .. })), "{elsewhere:?}");
    let revoking = list().at("http://a/b").revoking(&client);
    let revoked = verify(&[&client], &with(&revoking));
    assert!(matches!(revoked, Err(PathError::Revoked { .. })), "{revoked:?}");
    let demanded = judge(&[&client], &pki.bundle(), Revocation::RequireLeaf);
    assert!(matches!(demanded, Err(PathError::Undetermined { .. })), "{demanded:?}");
}

#[test]
fn critical_extensions_that_are_not_understood_are_all_named() {
    let pki = Pki::new();
    let (template, statements) = ("1.3.6.1.4.1.311.21.7", "1.3.6.1.5.5.7.1.3");
    let odd = |critical| {
        leaf_of(&pki.root)
            .extension(template, critical, vec![5, 0])
            .extension(statements, critical, vec![5, 0])
            .extension("1.2.3.4", critical, vec![5, 0])
            .der()
    };
    verify(&[&odd(false)], &pki.bundle()).unwrap();
    assert_eq!(
        reason(&[&odd(true)], &pki.bundle()),
        "the client's certificate has critical extensions that are not understood: \
         1.3.6.1.4.1.311.21.7 (certificateTemplate), 1.3.6.1.5.5.7.1.3 (qcStatements), 1.2.3.4 \
         (RFC 5280 section 4.2)"
    );
    let intermediate = Remade::of(pki.issuing.der(), &pki.root.key().pem());
    let intermediate = intermediate.extension(template, true, vec![5, 0]).der();
    assert_eq!(
        reason(&[pki.leaf.der(), &intermediate], &pki.bundle()),
        "the intermediate CN=Test Issuing has a critical extension that is not understood: \
         1.3.6.1.4.1.311.21.7 (certificateTemplate) (RFC 5280 section 4.2)"
    );
    let anchor = remade(&pki.root).extension(statements, true, vec![5, 0]).der();
    let other = Authority::root("Other", key(), valid()).unwrap();
    let bundle = trusting(pem(&anchor) + &other.pem());
    let refused = reason(&[pki.leaf.der(), pki.issuing.der()], &bundle);
    assert!(refused.contains("1.3.6.1.5.5.7.1.3 (qcStatements)"), "{refused}");
}

#[test]
fn refusal_with_sixty_critical_extensions_stays_short() {
    let pki = Pki::new();
    let odd = (0..50).fold(leaf_of(&pki.root), |leaf, number| {
        leaf.extension(&format!("1.3.6.1.4.1.99999.{number}"), true, vec![5, 0])
    });
    let refused = reason(&[&odd.der()], &pki.bundle());
    assert!(refused.contains("and 42 more"), "{refused}");
    assert!(refused.len() < 1024, "{refused}");
}

// --- Signatures ---------------------------------------------------------------------------------

/// RSASSA-PSS with SHA-256 and salts of 222, 32 (parameters of the digests left out) and 20 bytes, with
/// SHA-384 and 206, with different digests, and with SHA-1.
const PSS_SHA256_222: &str = "304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a204020200de";
const PSS_SHA256_32: &str = "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120";
const PSS_SHA256_20: &str = "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020114";
const PSS_SHA384_206: &str = "304206092a864886f70d01010a3035a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a204020200ce";
const PSS_MIXED: &str = "304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402020500a204020200de";
const PSS_SHA1: &str = "303906092a864886f70d01010a302ca00b300906052b0e03021a0500a118301606092a864886f70d010108300906052b0e03021a0500a203020114";

static SHA256_LONGEST: aws_lc_rs::signature::RsaSignatureEncoding =
    RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Max);
static SHA256_32: aws_lc_rs::signature::RsaSignatureEncoding =
    RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(32));
static SHA256_20: aws_lc_rs::signature::RsaSignatureEncoding =
    RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(20));
static SHA384_LONGEST: aws_lc_rs::signature::RsaSignatureEncoding =
    RSA_PSS_SHA384.with_pss_salt_length(RsaPssSaltLength::Max);

fn rsa(key: &Key, encoding: &'static dyn RsaEncoding) -> impl Fn(&[u8]) -> Vec<u8> + use<> {
    let pair = RsaKeyPair::from_pkcs8(key.der()).unwrap();
    move |message| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }
}

#[test]
fn probabilistic_signature_is_accepted_with_a_salt_as_long_as_the_digest_or_longer() {
    let key = KeyKind::Rsa2048.generate().unwrap();
    let root = Authority::root("Salted", key.clone(), valid()).unwrap();
    let bundle = support::bundle(&[&root]);
    let signed =
        |algorithm, encoding| leaf_of(&root).signed_with(algorithm, rsa(&key, encoding)).der();
    // 222 and 206 are what OpenSSL 3.0 takes for such a key, unless told otherwise.
    for (algorithm, encoding) in [
        (PSS_SHA256_222, &SHA256_LONGEST),
        (PSS_SHA384_206, &SHA384_LONGEST),
        (PSS_SHA256_32, &SHA256_32),
    ] {
        verify(&[&signed(algorithm, encoding)], &bundle).unwrap();
    }
    let refused = |algorithm, encoding| reason(&[&signed(algorithm, encoding)], &bundle);
    let salt = refused(PSS_SHA256_20, &SHA256_20);
    assert!(
        salt.contains("RSASSA-PSS with SHA-256 and a salt of 20 bytes, where 32 are the least"),
        "{salt}"
    );
    let mixed = refused(PSS_MIXED, &SHA256_LONGEST);
    assert!(mixed.contains("RSASSA-PSS with different digests"), "{mixed}");
    let sha1 = refused(PSS_SHA1, &SHA256_20);
    assert!(sha1.contains("RSASSA-PSS with SHA-1"), "{sha1}");
    // The salt is what the certificate says, and nothing else.
    let untrue = refused(PSS_SHA256_222, &SHA256_32);
    assert!(untrue.contains("is not signed by the key of its issuer"), "{untrue}");
    let other = KeyKind::Rsa2048.generate().unwrap();
    let forged = leaf_of(&root).signed_with(PSS_SHA256_222, rsa(&other, &SHA256_LONGEST)).der();
    assert!(verify(&[&forged], &bundle).is_err());
}

#[test]
fn algorithm_that_is_not_accepted_is_named_and_told_apart_from_a_bad_signature() {
    let pki = Pki::new();
    let junk = || |_: &[u8]| vec![1; 64];
    for (algorithm, name) in [
        ("300d06092a864886f70d0101050500", "sha1WithRSAEncryption"),
        ("300d06092a864886f70d0101040500", "md5WithRSAEncryption"),
        ("300906072a8648ce3d0401", "ecdsa-with-SHA1"),
        ("300b0609608648016503040302", "dsa-with-sha256"),
        ("300506032a0304", "1.2.3.4"),
    ] {
        let client = leaf_of(&pki.root).signed_with(algorithm, junk()).der();
        let refused = verify(&[&client], &pki.bundle()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "the client's certificate is signed with {name}, which is not accepted; have it issued with SHA-256"
            )
        );
        assert_eq!(PublicText::from(&refused).code, "ClientCertUntrusted");

        let intermediate =
            Remade::of(pki.issuing.der(), &pki.root.key().pem()).signed_with(algorithm, junk());
        let refused = reason(&[pki.leaf.der(), &intermediate.der()], &pki.bundle());
        let expected = format!("the intermediate CN=Test Issuing is signed with {name}, which");
        assert!(refused.starts_with(&expected), "{refused}");

        // Nobody asks who signed an anchor, or a pin.
        let anchor = remade(&pki.root).signed_with(algorithm, junk()).der();
        verify(&[pki.leaf.der(), pki.issuing.der()], &trusting(pem(&anchor))).unwrap();
        verify(&[&client], &trusting(pem(&client))).unwrap();
    }
    let good = "300a06082a8648ce3d040302";
    let client = leaf_of(&pki.root).signed_with(good, junk()).der();
    let refused = reason(&[&client], &pki.bundle());
    assert!(refused.contains("is not signed by the key of its issuer"), "{refused}");
    assert!(!refused.contains("algorithm"), "{refused}");
}

// --- Keys ---------------------------------------------------------------------------------------

const SECP256K1: &str = "3056301006072a8648ce3d020106052b8104000a03420004cbbbfd28393886f98c61dd179982e7bb24b9f74c226b2ca13f16f98bfcd995dbbe3f9b8b2fe554da1932f885541d525eb2176b4292e180878d1b57b37593afdd";
const BRAINPOOL: &str = "305a301406072a8648ce3d020106092b240303020801010703420004045b80dc04c506ebb3043db987b1f705a3f01f8a01dd892b3895b8c58ab4c97c8e716d93019df66f7bbfd65f81c2ed3fb1e2ca9193a45123fb5e849401e30377";
const P224: &str = "304e301006072a8648ce3d020106052b81040021033a00049fd87de88db22c2cb73509635f02d73834dc8d12cfda2a97ef4b8a521df32895b4a2464d6b5415b7dd15c4f10f57664c6f60e864b131ad97";
const RSA_1024: &str = "30819f300d06092a864886f70d010101050003818d0030818902818100b426104494ddc5b93fb06157086409af2a20310fca7ca357876f0889981def568bb0bce3a1ae084e575f2c3ab268cea29db78899a30957caa57669130b3f9387847ed26d7046445a95810d4c61503ada69cd63aba3b154c82cb05f055d744aa63ce9616ca821b9b23facd9bfead855b8261793534972851221b8b448d39182b70203010001";
const ED448: &str = "3043300506032b6571033a00bb486d4c5eeb10f0104d4d20af9a2d84c8da47e574feb9c4da8e0ffda2e5d66f815dc508e9c0dac0652665b05c809065519ac6ea53b1943e00";

#[test]
fn key_that_is_not_accepted_is_named_wherever_it_is() {
    let pki = Pki::new();
    for (key, name) in [
        (SECP256K1, "secp256k1"),
        (BRAINPOOL, "brainpoolP256r1"),
        (P224, "P-224"),
        (RSA_1024, "RSA 1024 bits"),
        (ED448, "Ed448"),
    ] {
        let client = leaf_of(&pki.root).key(key).der();
        let refused = verify(&[&client], &pki.bundle()).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains(&format!("the client's key is not accepted: {name};")), "{said}");
        assert_eq!(PublicText::from(&refused).code, "ClientCertTypeUnsupported");

        let intermediate = Remade::of(pki.issuing.der(), &pki.root.key().pem()).key(key).der();
        let refused = reason(&[pki.leaf.der(), &intermediate], &pki.bundle());
        let expected =
            format!("the key of the intermediate CN=Test Issuing is not accepted: {name};");
        assert!(refused.starts_with(&expected), "{refused}");

        let anchor = pem(&remade(&pki.root).key(key).der())
            + &Authority::root("Other", support::key(), valid()).unwrap().pem();
        let refused = reason(&[pki.leaf.der(), pki.issuing.der()], &trusting(anchor));
        assert!(refused.contains(&format!("its key is not accepted: {name};")), "{refused}");
    }
    verify(&[&leaf_of(&pki.root).der()], &pki.bundle()).unwrap();
}

// --- CAs that do not say that they are one -------------------------------------------------------

#[test]
fn client_of_a_certificate_that_is_no_ca_hears_that_it_is_in_the_bundle() {
    let root = Authority::root("java ca", key(), valid()).unwrap();
    let client = leaf_of(&root).der();
    verify(&[&client], &trusting(root.pem())).unwrap();
    for (ca, why) in [
        (remade(&root).without(BASIC_CONSTRAINTS), "it has no basic constraints"),
        (remade(&root).version_1(), "it is of X.509 version 1, which has no basic constraints"),
        (
            remade(&root).extension(BASIC_CONSTRAINTS, true, hexadecimal("3000")),
            "its basic constraints say CA:FALSE",
        ),
        (
            remade(&root).extension("2.5.29.15", true, hexadecimal("03020780")),
            "its key usage lacks keyCertSign",
        ),
    ] {
        let bundle = trusting(pem(&ca.der()));
        let expected =
            format!("; its issuer CN=java ca is in the trust bundle, but is no CA: {why}");
        let refused = reason(&[&client], &bundle);
        assert!(refused.contains(&expected), "{refused}");
        // Whatever the client sends along.
        let refused = reason(&[&client, &ca.der()], &bundle);
        assert!(refused.contains(&expected), "{refused}");
    }
    // Who is pinned is a client, whatever it is besides.
    let pinned = trusting(json!({"pinned": root.pem()}).to_string());
    let refused = reason(&[&client], &pinned);
    assert!(refused.contains("is in the trust bundle, but under \"pinned\""), "{refused}");
    // A stranger of that name has not been issued by it.
    let namesake = Authority::root("java ca", key(), valid()).unwrap();
    let bundle = trusting(pem(&remade(&root).version_1().der()));
    let refused = reason(&[&leaf_of(&namesake).der()], &bundle);
    assert!(!refused.contains("is in the trust bundle, but"), "{refused}");
}

/// What `alb-mtls bundle` says of the first certificate of a bundle.
fn remark(content: String) -> Option<String> {
    let source = Source { name: "clients".to_owned(), content: content.into() };
    let entries = Contents::read(&[source]).unwrap().entries;
    entries[0].mistaken_ca(&entries).map(|remark| remark.to_string())
}

#[test]
fn ca_that_does_not_say_so_is_told_from_a_client() {
    let named = |name: &str| Authority::root(name, key(), valid()).unwrap();
    let bare = |authority: &Authority| {
        pem(&remade(authority).without(BASIC_CONSTRAINTS).without("2.5.29.15").der())
    };
    let (java, client) = (named("java ca"), named("client-1"));
    let warned = "it is no CA: it has no basic constraints";
    // By its name, by its key usage, and by what it has issued.
    for content in [
        bare(&java),
        bare(&named("Example Root")),
        bare(&named("CorpRootCA")),
        pem(&remade(&client).without(BASIC_CONSTRAINTS).der()),
        bare(&client) + &pem(&leaf_of(&client).der()),
        json!({"pinned": bare(&client) + &pem(&leaf_of(&client).der())}).to_string(),
    ] {
        let said = remark(content.clone()).unwrap_or_default();
        assert!(said.starts_with(warned), "{said}: {content}");
    }
    let old = remark(pem(&remade(&java).version_1().der())).unwrap();
    assert!(old.starts_with("it is no CA: it is of X.509 version 1"), "{old}");
    // A proper CA, and clients as `keytool -genkeypair` and an issuer make them.
    for content in [
        java.pem(),
        bare(&client),
        bare(&named("Veronica Rootes")),
        pem(&remade(&client).version_1().der()),
        bare(&client) + &pem(&leaf_of(&named("client-1")).der()),
        pem(&leaf_of(&java).der()) + &java.pem(),
        named("Example Root").leaf("ca", valid()).issue().unwrap().pem(),
        json!({"pinned": bare(&java)}).to_string(),
    ] {
        assert_eq!(remark(content.clone()), None, "{content}");
    }
}

#[test]
fn words_about_many_pins_of_the_issuers_name_do_not_end_the_search() {
    let ca = Authority::root("Some CA", key(), valid()).unwrap();
    let pin = || ca.leaf("client", valid()).key(ca.key().clone()).issue().unwrap().pem();
    let pins: Vec<_> = (0..101).map(|_| pin()).collect();
    let bundle = trusting(json!({"pinned": pins}).to_string());
    let namesake = Authority::root("client", key(), valid()).unwrap();
    let stranger = namesake.leaf("stranger", valid()).issue().unwrap();
    let refused = verify(&[stranger.der()], &bundle).unwrap_err();
    assert!(matches!(refused.reason(), PathError::Untrusted { .. }), "{refused}");
}
