//! The header as others write and read it: nginx, the JDK with commons-codec, and a Secrets Manager
//! that is not ours.

use std::time::SystemTime;

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{self, Authority, KeyKind, Validity},
    wso2::{self, Mode},
};
use alb_mtls_adapter::{
    certificate::{
        PresentedChain,
        outgoing::{self, CertFormat},
    },
    trust::{
        self, PathError, Revocation,
        bundle::{Source, TrustBundle},
        store::TrustStore,
    },
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::support::{
    self, PATIENCE, Pki, clock, key,
    real_parts::{Moto, Nginx, Oracle, READERS, Secret, openssl},
};

#[tokio::test]
async fn corrected_header_is_nginx_s_and_every_mode_that_can_read_it_reads_the_leaf() {
    // nginx asks for a certificate that is valid now.
    let valid = Validity::around(time::OffsetDateTime::now_utc(), time::Duration::days(30));
    let root = Authority::root("Root", key(), valid).unwrap();
    let first = root.intermediate("First", key(), valid).unwrap();
    let second = first.intermediate("Second", key(), valid).unwrap();
    let nginx = Nginx::start().await;
    for kind in KeyKind::all() {
        let leaf = second.leaf("client", valid).key(kind.generate().unwrap()).issue().unwrap();
        let alone = vec![leaf.der()];
        let whole = vec![leaf.der(), second.der(), first.der()];
        for chain in [alone, whole] {
            let theirs =
                nginx.escaped_cert(&pki::chain_pem(chain.clone()), &leaf.key().pem()).await;
            for spelling in [Spelling::Raw, Spelling::Escaped] {
                let incoming = certificate_header(chain.iter().copied(), spelling);
                let read = PresentedChain::from_header(incoming.as_bytes()).unwrap();
                let ours = outgoing::url_encoded_pem(read.leaf.der());
                assert_eq!(ours, theirs, "{kind} {spelling}");
                let questions = READERS.map(|mode| (mode, ours.as_str()));
                for (answer, mode) in Oracle::ask(&questions).await.into_iter().zip(READERS) {
                    assert_eq!(
                        answer.unwrap().sha256,
                        pki::fingerprint(leaf.der()),
                        "{kind} {mode}"
                    );
                }
            }
        }
    }
}

/// Who reads which format, in the order of [`Mode::all`]; nobody reads another certificate than the leaf.
const FORMATS: [(CertFormat, [bool; 9]); 5] = [
    (CertFormat::UrlEncodedPem, [true, true, true, false, false, false, true, false, false]),
    (CertFormat::SingleLinePem, [false, false, true, true, false, true, false, true, true]),
    (CertFormat::Base64Der, [false, false, true, true, false, true, false, false, true]),
    (CertFormat::Base64Pem, [true, true, true, false, false, false, false, false, true]),
    // A lenient decoder passes over the colons.
    (CertFormat::Rfc9440, [false, false, true, false, false, false, false, false, false]),
];

#[tokio::test]
async fn each_format_is_read_as_the_leaf_by_those_it_is_for_and_as_nothing_by_the_others() {
    let pki = Pki::new();
    for kind in KeyKind::all() {
        // A `+` is what the decoders of the releases differ on; the rare certificate without one shows nothing.
        let leaf = (0..50)
            .map(|_| pki.issuing.leaf("client", support::valid()).key(kind.generate().unwrap()))
            .map(|leaf| leaf.issue().unwrap())
            .find(|leaf| leaf.pem().contains('+'))
            .unwrap();
        for (format, expected) in FORMATS {
            let value = format.write(leaf.der());
            let answers = Oracle::ask(&Mode::all().map(|mode| (mode, value.as_str()))).await;
            for ((answer, mode), is_read) in answers.into_iter().zip(Mode::all()).zip(expected) {
                let sha256 = answer.ok().map(|taken| taken.sha256);
                let leaf = is_read.then(|| pki::fingerprint(leaf.der()));
                assert_eq!(sha256, leaf, "{kind} {format} {mode}");
            }
        }
    }
}

#[tokio::test]
async fn header_as_the_load_balancer_sends_it_is_the_bug_in_every_release() {
    let pki = Pki::new();
    // What follows the leaf makes good what a `+` in its signature costs, and another certificate is read.
    let leaf = (0..50)
        .map(|_| pki.issuing.leaf("client", support::valid()).issue().unwrap())
        .find(|leaf| leaf.pem()[..350].contains('+'))
        .unwrap();
    let header = certificate_header([leaf.der(), pki.issuing.der()], Spelling::Raw);
    let releases = [Mode::Enc31, Mode::Enc41, Mode::Raw40, Mode::Raw41, Mode::Raw43];
    let answers = Oracle::ask(&releases.map(|mode| (mode, header.as_str()))).await;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}

/// The gateway stand-in against WSO2's own library calls: headers that are cut, joined and sprinkled
/// with whatever sits near them. The certificates themselves stay whole, since a damaged one is for
/// two X.509 parsers to disagree on.
#[tokio::test]
async fn gateway_stand_in_reads_what_wso2_s_library_calls_read() {
    let pki = Pki::new();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let headers: Vec<String> =
        (0..400).map(|_| disturbed(&pki).new_tree(&mut runner).unwrap().current()).collect();
    let questions: Vec<_> =
        headers.iter().flat_map(|header| Mode::all().map(|mode| (mode, header.as_str()))).collect();
    let mut read = 0;
    for (answer, (mode, header)) in Oracle::ask(&questions).await.iter().zip(&questions) {
        let theirs = answer.as_ref().map(|taken| taken.sha256.clone()).ok();
        let ours = wso2::decode(*mode, header).map(|der| pki::fingerprint(&der)).ok();
        assert_eq!(ours, theirs, "{mode}: {header:?}: {answer:?}");
        read += usize::from(ours.is_some());
    }
    assert!(
        read > 200,
        "only {read} of {} were certificates: the test shows little",
        questions.len()
    );
}

fn disturbed(pki: &Pki) -> impl Strategy<Value = String> + use<> {
    let chain = [pki.leaf.der(), pki.issuing.der()];
    let text = pki.leaf.pem();
    let both = pki::chain_pem(chain);
    let spellings = vec![
        certificate_header(chain, Spelling::Raw),
        certificate_header(chain, Spelling::Escaped),
        certificate_header([chain[0]], Spelling::Raw),
        certificate_header([chain[0]], Spelling::Escaped),
        text.replace('\n', " "),
        both.replace('\n', " "),
        text.lines().filter(|line| !line.starts_with('-')).collect::<String>(),
        format!(
            "-----BEGIN CERTIFICATE----- {} -----END CERTIFICATE-----",
            text.lines().filter(|line| !line.starts_with('-')).collect::<String>()
        ),
    ];
    let fragments = vec![
        "",
        " ",
        "%20",
        "+",
        "%0A",
        "%0D%0A",
        "=",
        "%3D",
        "!",
        "%",
        "%zz",
        "%C3%A9",
        "\t",
        "-----BEGIN CERTIFICATE-----",
        "-----END CERTIFICATE-----",
        "-----BEGIN%20CERTIFICATE-----%0A",
        "junk%0A",
        "%00",
    ];
    let fragment = || prop::sample::select(fragments.clone());
    (fragment(), prop::sample::select(spellings), fragment(), any::<bool>()).prop_map(
        |(before, header, after, plus)| {
            let header = if plus { header.replacen("%20", "+", 1) } else { header };
            format!("{before}{header}{after}")
        },
    )
}

/// openssl makes what no library here would: keys that are too weak for a client.
#[tokio::test]
async fn weak_keys_made_by_openssl_are_refused_and_strong_ones_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let make = async |arguments: &str| {
        let arguments = arguments.replace("DIR", &folder.path().display().to_string());
        openssl(arguments.split_whitespace().map(str::to_owned)).await
    };
    make(
        "req -x509 -newkey rsa:2048 -nodes -keyout DIR/ca.key -out DIR/ca.pem -days 2 -subj /CN=CA",
    )
    .await;
    let root = std::fs::read(path("ca.pem")).unwrap();
    let bundle = TrustBundle::read(
        &[Source { name: "ca.pem".to_owned(), content: root }],
        SystemTime::now(),
    )
    .unwrap();
    for (key, accepted) in [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:512", false),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:1024", false),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", true),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:prime192v1", false),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", false),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", true),
        ("-algorithm ED25519", true),
        ("-algorithm ED448", false),
    ] {
        make(&format!("genpkey {key} -out DIR/key")).await;
        make("req -new -key DIR/key -out DIR/csr -subj /CN=client").await;
        make("x509 -req -in DIR/csr -CA DIR/ca.pem -CAkey DIR/ca.key -CAcreateserial -days 1 -out DIR/leaf.pem").await;
        let chain = PresentedChain::from_pem(&std::fs::read(path("leaf.pem")).unwrap()).unwrap();
        let verdict = trust::verify(&chain, &bundle, Revocation::default(), SystemTime::now());
        match (accepted, verdict) {
            (true, Ok(_)) | (false, Err(PathError::KeyType { .. })) => {}
            (_, other) => panic!("{key}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn bundle_is_read_from_a_secrets_manager_of_another_hand() {
    let pki = Pki::new();
    let moto = Moto::start().await;
    let roots = moto.create_secret("roots", Secret::Text(&pki.root.pem())).await;
    moto.create_secret("issuers", Secret::Bytes(pki.issuing.pem().as_bytes())).await;
    let store = open(&moto, &format!("{roots},issuers")).await;
    let loaded = store.value(PATIENCE).await.unwrap();
    assert_eq!(loaded.value.anchors().count(), 2);
    assert_eq!(loaded.versions.len(), 2);
    assert!(loaded.versions.iter().all(|version| version.len() == 36), "{:?}", loaded.versions);

    let store = open(&moto, "roots,no-such-secret").await;
    store.value(PATIENCE).await.unwrap_err();
}

async fn open(moto: &Moto, secrets: &str) -> TrustStore {
    let settings =
        support::read(&[("GATEWAY_URL", "http://gateway"), ("TRUST_BUNDLE_SECRETS", secrets)]);
    let config = alb_mtls::secrets::config(moto.endpoint());
    let manager = alb_mtls_adapter::secrets::store::SecretsManager::new(&config);
    TrustStore::open(manager, settings.trust.bundle_secrets, None, settings.freshness, clock())
        .await
}
