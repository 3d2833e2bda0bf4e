//! What is around a function: clients with certificates, secrets, a gateway.

mod chain;
mod issuers;

use std::{fs, net::SocketAddr, path::PathBuf};

use alb_mtls::pki::{Authority, KeyKind, Leaf, PkiError, Validity, pem, rcgen};
use alb_mtls_adapter::trust::{
    crls::manifest::{Listed, Manifest},
    revocation::RevocationList,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

pub(crate) use chain::Chain;
use issuers::Issuers;

use crate::{Fault, bucket, function::Environment, gateway, hostile::Circle, secrets};

/// How many anchors the larger bundles have.
pub(crate) const ANCHORS: [usize; 2] = [40, 400];

/// How many certificates the lists of the other bundles name.
pub(crate) const LISTED: [usize; 3] = [0, 1_000, 50_000];

/// The same of lists that are in a bucket; AWS's own limit is the last.
pub(crate) const KEPT: [usize; 3] = [1_000, 50_000, 500_000];

/// Files, in PEM: whom to trust at the gateway; a server's certificate and its key; who issues clients'
/// certificates.
pub(crate) const GATEWAY_CA: &str = "gateway-ca.pem";
pub(crate) const SERVER: &str = "server.pem";
pub(crate) const SERVER_KEY: &str = "server.key";
pub(crate) const CLIENT_CAS: &str = "client-cas.pem";

/// The bucket of those lists.
const BUCKET: &str = "crls-of-ours";

/// What fits into one secret, of 65,536 bytes.
const ANCHORS_A_SECRET: usize = 80;

/// A trust bundle, which knows the root of the good clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bundle {
    /// One anchor.
    One,
    /// One, with an RSA key: its clients are [`World::rsa`], and no others.
    Rsa,
    /// So many, over as many secrets as that takes.
    Anchors(usize),
    /// One, and a list of so many revoked certificates by the clients' issuer.
    Listed(usize),
}

impl Bundle {
    fn secrets(self) -> Vec<String> {
        match self {
            Self::One => vec!["clients".to_owned()],
            Self::Rsa => vec!["rsa-clients".to_owned()],
            Self::Anchors(count) => {
                let secrets = count.div_ceil(ANCHORS_A_SECRET);
                (0..secrets).map(|number| format!("anchors-{count}-{number}")).collect()
            }
            Self::Listed(count) => vec![format!("listed-{count}")],
        }
    }
}

/// How the function reaches the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    Http,
    Https,
}

/// Everything but the function.
pub(crate) struct World {
    clients: Issuers,
    rsa: Issuers,
    strangers: Issuers,
    http: SocketAddr,
    https: SocketAddr,
    secrets: SocketAddr,
    folder: TempDir,
}

impl World {
    pub(crate) fn make() -> Result<Self, Fault> {
        let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(365));
        let clients = Issuers::make("Clients", KeyKind::P256, validity)?;
        let rsa = Issuers::make("RSA Clients", KeyKind::Rsa2048, validity)?;
        let strangers = Issuers::make("Strangers", KeyKind::P256, validity)?;
        let (root, issuing) = (clients.root(), clients.issuing());
        let servers = Authority::root("Servers Root", key()?, validity)?;
        let server = servers.leaf("localhost", validity).dns("localhost");
        let server = server.extended_key_usages([rcgen::ExtendedKeyUsagePurpose::ServerAuth]);
        let server = server.issue()?;
        let folder = TempDir::new()?;
        let files = [
            (GATEWAY_CA, servers.pem()),
            (SERVER, server.pem()),
            (SERVER_KEY, server.key().pem()),
            (CLIENT_CAS, root.pem()),
        ];
        for (name, content) in files {
            fs::write(folder.path().join(name), content)?;
        }
        let mut all = vec![
            ("clients".to_owned(), root.pem()),
            ("rsa-clients".to_owned(), rsa.root().pem()),
            ("gateway-ca".to_owned(), servers.pem()),
        ];
        for count in ANCHORS {
            all.extend(many(root, count, validity)?);
        }
        for count in LISTED {
            let lists = [list(root, 0)?, list(issuing, count)?].map(|list| pem_of(&list)).concat();
            all.push((format!("listed-{count}"), root.pem() + &lists));
        }
        Ok(Self {
            http: gateway::start()?,
            https: gateway::start_tls(&server)?,
            secrets: secrets::start(all)?,
            clients,
            rsa,
            strangers,
            folder,
        })
    }

    /// The variables of a function in this world.
    pub(crate) fn environment(&self, bundle: Bundle, hop: Hop) -> Environment {
        let gateway = match hop {
            Hop::Http => format!("http://{}", self.http),
            Hop::Https => format!("https://localhost:{}", self.https.port()),
        };
        let mut variables = vec![
            ("GATEWAY_URL", gateway),
            ("TRUST_BUNDLE_SECRETS", bundle.secrets().join(",")),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("http://{}", self.secrets)),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", "measured".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "measured".to_owned()),
        ];
        if hop == Hop::Https {
            variables.push(("GATEWAY_CA_SECRET", "gateway-ca".to_owned()));
            variables.push(("CA_FILE", self.file(GATEWAY_CA).display().to_string()));
        }
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The variables of a function with one anchor, and with a list of so many revoked certificates in a bucket.
    pub(crate) fn with_a_bucket(&self, count: usize) -> Result<Environment, Fault> {
        let (root, issuing) = (self.clients.root(), self.clients.issuing());
        let bucket = bucket::start(objects(&[list(root, 0)?, list(issuing, count)?])?)?;
        let mut environment = self.environment(Bundle::One, Hop::Http);
        environment.push(("TRUST_CRLS".to_owned(), format!("s3://{BUCKET}/")));
        environment.push(("AWS_ENDPOINT_URL_S3".to_owned(), format!("http://{bucket}")));
        Ok(environment)
    }

    /// The chains of so many clients that no function has seen, all of one intermediate.
    pub(crate) fn clients(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        self.clients.together(count)
    }

    /// The same, each of an intermediate of its own, which no function has seen either.
    pub(crate) fn clients_apart(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        self.clients.apart(count)
    }

    /// Clients that only [`Bundle::Rsa`] knows.
    pub(crate) fn rsa(&self) -> &Issuers {
        &self.rsa
    }

    /// The chains of so many clients that no bundle knows: a leaf and the root that issued it.
    pub(crate) fn strangers(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        self.strangers.of_the_root(count)
    }

    /// The chains of so many strangers that cost most of all.
    pub(crate) fn hostile(&self, count: usize) -> Vec<Chain> {
        let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(365));
        let circle = Circle::below("Clients Root", validity);
        (0..count).map(|number| Chain::made(circle.chain(number))).collect()
    }

    /// The chain of a client with so many names that its header has at least so many bytes.
    pub(crate) fn long_chain(&self, bytes: usize) -> Result<Chain, Fault> {
        self.clients.long_chain(bytes)
    }

    /// A client with its key, and the chain that it presents.
    pub(crate) fn client(&self) -> Result<(Leaf, Chain), Fault> {
        self.clients.client()
    }

    /// Where the gateway answers without TLS.
    pub(crate) fn gateway(&self) -> SocketAddr {
        self.http
    }

    /// One of the files of this world.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn key() -> Result<alb_mtls::pki::Key, PkiError> {
    KeyKind::P256.generate()
}

/// Secrets with so many anchors, the clients' as the last one.
fn many(
    last: &Authority,
    count: usize,
    validity: Validity,
) -> Result<Vec<(String, String)>, Fault> {
    let others = (1..count).map(|number| {
        Authority::root(&format!("Another Root {number}"), key()?, validity).map(|it| it.pem())
    });
    let mut anchors = others.collect::<Result<Vec<_>, PkiError>>()?;
    anchors.push(last.pem());
    let secrets = anchors.chunks(ANCHORS_A_SECRET).map(<[_]>::concat);
    Ok(Bundle::Anchors(count).secrets().into_iter().zip(secrets).collect())
}

/// Lists as a bucket holds them.
fn objects(lists: &[Vec<u8>]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let name = |file: &str| format!("{BUCKET}/{file}");
    let crls = lists.iter().map(|der| listed(der)).collect::<Result<Vec<_>, _>>()?;
    let objects = crls.iter().zip(lists).map(|(crl, der)| (name(&crl.file()), der.clone()));
    let mut objects: Vec<_> = objects.collect();
    let manifest = Manifest::new(String::new(), crls)?.to_json()?;
    objects.push((name("manifest.json"), manifest.into_bytes()));
    Ok(objects)
}

fn listed(der: &[u8]) -> Result<Listed, Fault> {
    let list = RevocationList::from_der(der)?;
    Ok(Listed {
        sha256: list.sha256().to_owned(),
        bytes: der.len().try_into()?,
        url: String::new(),
        issuer: list.issuer(),
        number: None,
        delta: list.is_delta(),
        this_update: String::new(),
        next_update: String::new(),
        entries: list.len().try_into()?,
        fetched: String::new(),
        etag: None,
        last_modified: None,
    })
}

fn pem_of(list: &[u8]) -> String {
    pem(list).replace("CERTIFICATE", "X509 CRL")
}

/// A list by an authority, as DER. Its serial numbers are of no client's.
fn list(authority: &Authority, count: usize) -> Result<Vec<u8>, Fault> {
    let now = OffsetDateTime::now_utc();
    let revoked = (0..count).map(|number| rcgen::RevokedCertParams {
        serial_number: rcgen::SerialNumber::from_slice(
            &[&[0x7f; 8], &number.to_be_bytes()[..]].concat(),
        ),
        revocation_time: now - Duration::days(1),
        reason_code: None,
        invalidity_date: None,
    });
    let params = rcgen::CertificateRevocationListParams {
        this_update: now - Duration::days(1),
        next_update: now + Duration::days(30),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    Ok(authority.revocation_list(params)?)
}
