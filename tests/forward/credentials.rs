//! What the secrets of the hop may hold, and what depends on the date. Handshakes with real servers are in
//! `hop.rs`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use alb_mtls::pki::{
    Authority, KeyKind, Leaf, Validity, pem,
    rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose},
};
use alb_mtls_adapter::{
    forward::credentials::{self, CredentialsError},
    secrets::Source,
};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, HandshakeKind, ServerConfig,
    ServerConnection, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use time::{Duration, OffsetDateTime};

use crate::support::{
    NOW, Pki, expired, key,
    remade::{Remade, hexadecimal},
    valid,
};

fn source(content: &str) -> Source {
    Source { name: "hop".to_owned(), content: content.as_bytes().to_vec() }
}

fn ca(content: &str) -> Result<(), CredentialsError> {
    credentials::read(Some(&source(content)), None, SystemTime::from(NOW)).map(drop)
}

fn identity(content: &str) -> Result<(), CredentialsError> {
    credentials::read(None, Some(&source(content)), SystemTime::from(NOW)).map(drop)
}

/// A certificate for the gateway, longer valid than any authority.
fn gateway(root: &Authority) -> Leaf {
    let usages = [ExtendedKeyUsagePurpose::ServerAuth];
    root.leaf("gateway", valid()).extended_key_usages(usages).dns("gateway").issue().unwrap()
}

/// The gateway's side of TLS.
fn server(gateway: &Leaf, version: &'static SupportedProtocolVersion) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from(gateway.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(gateway.key().der().to_vec().into());
    let server = ServerConfig::builder_with_provider(default_provider().into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    server.unwrap().into()
}

/// What becomes of a handshake at a time, with what `ca` said at [`NOW`].
fn handshake(ca: &str, gateway: &Leaf, time: OffsetDateTime) -> Result<(), rustls::Error> {
    let mut client = credentials::read(Some(&source(ca)), None, SystemTime::from(NOW)).unwrap().tls;
    let seconds = (time - NOW).whole_seconds();
    client.time_provider = Arc::new(Standing(Arc::new(seconds.into())));
    meet(&client.into(), &server(gateway, &TLS13)).map(drop)
}

/// A connection and what comes behind the handshake, tickets among it; what kind of handshake it was.
fn meet(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> Result<HandshakeKind, rustls::Error> {
    let name = ServerName::try_from("gateway").unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name)?;
    let mut server = ServerConnection::new(Arc::clone(server))?;
    while client.is_handshaking() || server.is_handshaking() || server.wants_write() {
        let mut records = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut records).unwrap();
        }
        server.read_tls(&mut records.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut records = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut records).unwrap();
        }
        client.read_tls(&mut records.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(client.handshake_kind().unwrap())
}

/// A clock that stands so many seconds after [`NOW`].
#[derive(Debug)]
struct Standing(Arc<AtomicI64>);

impl TimeProvider for Standing {
    fn current_time(&self) -> Option<UnixTime> {
        let time = NOW + Duration::seconds(self.0.load(Ordering::SeqCst));
        let since = SystemTime::from(time).duration_since(SystemTime::UNIX_EPOCH);
        Some(UnixTime::since_unix_epoch(since.unwrap()))
    }
}

fn text(outcome: Result<(), CredentialsError>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn authorities_and_other_certificates_are_taken_and_anything_else_is_named_with_its_place() {
    let pki = Pki::new();
    let (root, leaf) = (pki.root.pem(), pki.leaf.pem());
    ca(&root).unwrap();
    ca(&leaf).unwrap();
    ca(&format!("\n{root}{leaf}\n")).unwrap();
    let key = pki.leaf.key().pem();
    assert_eq!(
        text(ca(&format!("{root}{key}"))),
        format!(
            "GATEWAY_CA_SECRET: entry 2 of hop (byte {}) is a \"PRIVATE KEY\", and a \"CERTIFICATE\" belongs there",
            root.len()
        )
    );
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(text(ca(garbage)).starts_with("GATEWAY_CA_SECRET: entry 1 of hop (byte 0) "));
    ca(&format!("Bag Attributes\n{root}")).unwrap();
    let dashes = root.replacen("-----BEGIN", "----BEGIN", 1);
    assert_eq!(
        text(ca(&dashes)),
        "GATEWAY_CA_SECRET: entry 1 of hop cannot be read: the line at byte 0 cannot be passed over as text: it looks \
         almost like a BEGIN or END line; write it as -----BEGIN CERTIFICATE-----, with nothing around"
    );
    let single_line = root.replace('\n', " ");
    assert!(text(ca(&single_line)).contains("line breaks were lost"));
    assert!(text(ca("gateway-ca.pem")).contains("name of a file"));
}

#[test]
fn expired_authority_stays_out_and_one_that_is_left_is_enough() {
    let old = Authority::root("Old", key(), expired()).unwrap().pem();
    let none = "GATEWAY_CA_SECRET: hop holds no certificate that is still valid";
    assert_eq!(text(ca(&old)), none);
    assert_eq!(text(ca("")), none);
    ca(&(old + &Pki::new().root.pem())).unwrap();
}

#[test]
fn authority_counts_within_its_dates_alone_whenever_it_was_read() {
    let validity = Validity::starting(NOW - Duration::HOUR, Duration::HOUR * 2);
    let root = Authority::root("Root", key(), validity).unwrap();
    let (gateway, unknown) = (gateway(&root), Err(CertificateError::UnknownIssuer.into()));
    for (hours, verdict) in [(-2, &unknown), (-1, &Ok(())), (1, &Ok(())), (2, &unknown)] {
        let time = NOW + Duration::hours(hours);
        assert_eq!(handshake(&root.pem(), &gateway, time), *verdict, "{hours}");
    }
}

#[test]
fn certificate_that_has_expired_is_refused_by_whoever_met_it_before() {
    let root = Authority::root("Root", key(), valid()).unwrap();
    let ends = Validity::starting(NOW - Duration::HOUR, Duration::HOUR * 2);
    let usages = [ExtendedKeyUsagePurpose::ServerAuth];
    let gateway = root.leaf("gateway", ends).extended_key_usages(usages).dns("gateway").issue();
    let gateway = gateway.unwrap();
    let identity = root.leaf("adapter", valid()).issue().unwrap();
    let identity = format!("{}{}", identity.pem(), identity.key().pem());
    for (version, ca) in [&TLS12, &TLS13]
        .into_iter()
        .flat_map(|version| [root.pem(), gateway.pem()].map(|ca| (version, ca)))
    {
        let server = server(&gateway, version);
        for identity in [None, Some(source(&identity))] {
            let read = credentials::read(Some(&source(&ca)), identity.as_ref(), NOW.into());
            let mut client = read.unwrap().tls;
            let seconds = Arc::new(AtomicI64::new(0));
            client.time_provider = Arc::new(Standing(Arc::clone(&seconds)));
            let client = client.into();
            for _ in 0..2 {
                assert_eq!(meet(&client, &server), Ok(HandshakeKind::Full), "{version:?}");
            }
            seconds.store(2 * 3600, Ordering::SeqCst);
            let refusal = meet(&client, &server).unwrap_err();
            assert!(matches!(refusal, rustls::Error::InvalidCertificate(_)), "{refusal}");
        }
    }
}

#[test]
fn ca_whose_key_usage_leaves_out_certificates_is_no_authority() {
    let root = Authority::root("Root", key(), valid()).unwrap();
    for (usage, verdict) in [
        (KeyUsagePurpose::KeyCertSign, Ok(())),
        (KeyUsagePurpose::DigitalSignature, Err(CertificateError::UnknownIssuer.into())),
        (KeyUsagePurpose::CrlSign, Err(CertificateError::UnknownIssuer.into())),
    ] {
        let key = key();
        let ca = root.leaf("Issuing", valid()).key(key.clone()).authority().key_usages([usage]);
        let gateway = gateway(&Authority::root("Issuing", key, valid()).unwrap());
        assert_eq!(handshake(&ca.issue().unwrap().pem(), &gateway, NOW), verdict, "{usage:?}");
    }
}

#[test]
fn certificate_and_its_key_are_an_identity_in_either_order_and_with_intermediates() {
    let pki = Pki::new();
    let (leaf, key, issuing) = (pki.leaf.pem(), pki.leaf.key().pem(), pki.issuing.pem());
    identity(&format!("{leaf}{key}")).unwrap();
    identity(&format!("{key}{leaf}{issuing}")).unwrap();
    for kind in KeyKind::all() {
        let leaf = pki.root.leaf("adapter", valid()).key(kind.generate().unwrap()).issue().unwrap();
        identity(&format!("{}{}", leaf.pem(), leaf.key().pem())).unwrap();
    }
    // As `openssl ecparam -genkey` writes it.
    let curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    identity(&format!("{curve}{key}{leaf}")).unwrap();
    // Whether it still serves is for the gateway to say.
    let old = pki.root.leaf("adapter", expired()).issue().unwrap();
    identity(&format!("{}{}", old.pem(), old.key().pem())).unwrap();
}

#[test]
fn identity_without_a_certificate_or_with_another_number_of_keys_than_one_is_refused() {
    let pki = Pki::new();
    let (leaf, key) = (pki.leaf.pem(), pki.leaf.key().pem());
    assert!(text(identity(&key)).contains("hop holds no certificate"));
    assert!(text(identity(&leaf)).contains("hop holds 0 private keys, and needs one"));
    assert!(text(identity(&format!("{leaf}{key}{key}"))).contains("hop holds 2 private keys"));
}

#[test]
fn key_of_another_certificate_is_refused() {
    let (pki, other) = (Pki::new(), Pki::new());
    let refusal = text(identity(&format!("{}{}", pki.leaf.pem(), other.leaf.key().pem())));
    assert!(
        refusal.starts_with("GATEWAY_IDENTITY_SECRET: the private key in hop cannot be used"),
        "{refusal}"
    );
    // The chain begins with the function's own certificate.
    identity(&format!("{}{}{}", pki.issuing.pem(), pki.leaf.pem(), pki.leaf.key().pem()))
        .unwrap_err();
}

#[test]
fn key_that_cannot_be_used_is_named_by_its_kind() {
    // A key on secp256k1, which openssl makes and TLS does not use; its public half is its end.
    let private = "308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420670b6f118106e0750d5f9d1186bd43c5322bb0b88a0619c1cf9b3eddf85761f2a14403420004b1db116cd3bc37b29ca33fc51d50dabf956091632defe3e6eb4e2decd63624c7e076074ec66f9e9047f2a6112529a38b814f4f731aaa532d872e9c33717e772f";
    let public = format!("3056301006072a8648ce3d020106052b8104000a034200{}", &private[140..]);
    let pki = Pki::new();
    let leaf = Remade::of(pki.leaf.der(), &pki.issuing.key().pem()).key(&public).der();
    let key = pem(&hexadecimal(private)).replace("CERTIFICATE", "PRIVATE KEY");
    let refusal = text(identity(&format!("{}{key}", pem(&leaf))));
    assert!(refusal.contains("; the certificate is for a key of the kind secp256k1"), "{refusal}");
    assert!(refusal.contains("P-521 and Ed25519 are accepted"), "{refusal}");
    let good = pki.leaf.pem() + &pki.leaf.key().pem();
    identity(&good).unwrap();
}

#[test]
fn encrypted_key_is_called_so_in_both_of_its_forms() {
    let leaf = Pki::new().leaf.pem();
    for key in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n\
         -----END RSA PRIVATE KEY-----\n",
    ] {
        assert!(text(identity(&format!("{leaf}{key}"))).contains("is encrypted"), "{key}");
    }
}

#[test]
fn what_cannot_be_read_is_not_repeated() {
    let pki = Pki::new();
    let (leaf, key) = (pki.leaf.pem(), pki.leaf.key().pem());
    let inside: String = key.lines().nth(1).unwrap().to_owned();
    let broken = key.replace("PRIVATE KEY", "PRIVATE  KEY");
    let cut = key.replace("-----END PRIVATE KEY-----", "");
    let wrong = key
        .replace("-----BEGIN PRIVATE", "-----BEGIN RSA PRIVATE")
        .replace("-----END PRIVATE", "-----END RSA PRIVATE");
    for content in [broken, cut, wrong, inside.clone()] {
        for refusal in [identity(&format!("{leaf}{content}")), ca(&content)] {
            let error = refusal.unwrap_err();
            assert!(!format!("{error} {error:?}").contains(&inside), "{error}");
        }
    }
}
