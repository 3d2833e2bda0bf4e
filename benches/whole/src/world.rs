//! What is around a function: clients with certificates, secrets, a gateway.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use alb_mtls::{
    alb::{EventSettings, HeaderMode, Request, Spelling},
    pki::{Authority, KeyKind, Leaf, PkiError, Validity, pem, rcgen},
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::{
    Fault,
    function::Environment,
    gateway::{self, Body},
    hostile::Circle,
    runtime_api::Event,
    secrets,
};

/// How many anchors the larger bundles have.
pub(crate) const ANCHORS: [usize; 2] = [40, 400];

/// How many certificates the lists of the other bundles name.
pub(crate) const LISTED: [usize; 3] = [0, 1_000, 50_000];

/// Files, in PEM: whom to trust at the gateway; a server's certificate and its key; who issues clients'
/// certificates.
pub(crate) const GATEWAY_CA: &str = "gateway-ca.pem";
pub(crate) const SERVER: &str = "server.pem";
pub(crate) const SERVER_KEY: &str = "server.key";
pub(crate) const CLIENT_CAS: &str = "client-cas.pem";

/// What fits into one secret, of 65,536 bytes.
const ANCHORS_A_SECRET: usize = 80;

/// A trust bundle, which knows the issuer of every good client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bundle {
    /// One anchor.
    One,
    /// So many, over as many secrets as that takes.
    Anchors(usize),
    /// One, and a list of so many revoked certificates by the clients' issuer.
    Listed(usize),
}

impl Bundle {
    fn secrets(self) -> Vec<String> {
        match self {
            Self::One => vec!["clients".to_owned()],
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
    issuing: Authority,
    stranger: Authority,
    validity: Validity,
    http: SocketAddr,
    https: SocketAddr,
    secrets: SocketAddr,
    folder: TempDir,
}

impl World {
    pub(crate) fn make() -> Result<Self, Fault> {
        let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(365));
        let root = Authority::root("Clients Root", key()?, validity)?;
        let issuing = root.intermediate("Clients Issuing", key()?, validity)?;
        let stranger = Authority::root("Strangers Root", key()?, validity)?;
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
        let mut all =
            vec![("clients".to_owned(), root.pem()), ("gateway-ca".to_owned(), servers.pem())];
        for count in ANCHORS {
            all.extend(many(&root, count, validity)?);
        }
        for count in LISTED {
            let lists = [list(&root, 0)?, list(&issuing, count)?].concat();
            all.push((format!("listed-{count}"), root.pem() + &lists));
        }
        Ok(Self {
            http: gateway::start()?,
            https: gateway::start_tls(&server)?,
            secrets: secrets::start(all)?,
            issuing,
            stranger,
            validity,
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

    /// The chains of so many clients that no function has seen: a leaf and its intermediate.
    pub(crate) fn clients(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        (0..count).map(|number| self.chain(&self.issuing, number)).collect()
    }

    /// The same, of an authority that no bundle has.
    pub(crate) fn strangers(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        (0..count).map(|number| self.chain(&self.stranger, number)).collect()
    }

    /// The chains of so many strangers that cost most of all.
    pub(crate) fn hostile(&self, count: usize) -> Vec<Chain> {
        let circle = Circle::below("Clients Root", self.validity);
        (0..count).map(|number| Chain(circle.chain(number))).collect()
    }

    /// The chain of a client with so many names that its header has at least so many bytes.
    pub(crate) fn long_chain(&self, bytes: usize) -> Result<Chain, Fault> {
        let mut names = 1;
        loop {
            let leaf = self.issuing.leaf("client", self.validity);
            let leaf = (0..names).fold(leaf, |leaf, number| {
                leaf.dns(&format!(
                    "client-{number}.one-of-the-many-departments.subsidiary.example.com"
                ))
            });
            let chain = Chain::of(&leaf.issue()?, &self.issuing);
            if chain.header_length() >= bytes {
                return Ok(chain);
            }
            names += 4;
        }
    }

    /// A client with its key, and the chain that it presents.
    pub(crate) fn client(&self) -> Result<(Leaf, Chain), Fault> {
        self.issued(&self.issuing, "client")
    }

    fn chain(&self, issuer: &Authority, number: usize) -> Result<Chain, Fault> {
        let (_, chain) = self.issued(issuer, &format!("client-{number}"))?;
        Ok(chain)
    }

    fn issued(&self, issuer: &Authority, name: &str) -> Result<(Leaf, Chain), Fault> {
        let leaf = issuer.leaf(name, self.validity).email("client@example.com").issue()?;
        let chain = Chain::of(&leaf, issuer);
        Ok((leaf, chain))
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

/// What a client presents: certificates, its own first.
pub(crate) struct Chain(Vec<Vec<u8>>);

impl Chain {
    fn of(leaf: &Leaf, issuer: &Authority) -> Self {
        Self(vec![leaf.der().to_vec(), issuer.der().to_vec()])
    }

    /// Each certificate, as DER.
    pub(crate) fn certificates(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// Of certificates that nobody here has issued.
    pub(crate) fn made(certificates: Vec<Vec<u8>>) -> Self {
        Self(certificates)
    }

    /// A chain of nothing.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// The event for a request by who presents this.
    pub(crate) fn event(&self, answer: Body, request: &[u8]) -> Result<Event, Fault> {
        let headers = [
            ("host", "api.example.com"),
            ("user-agent", "Apache-HttpClient/5.3 (Java/17.0.9)"),
            ("accept", "application/json"),
            ("accept-encoding", "gzip, deflate"),
            (
                "authorization",
                "Bearer eyJ4NXQiOiJNell4TW1Ga09HWXdNV0kwWldObU5EY3hOR1l3WW1NNFpUQTNNV0k",
            ),
            ("content-type", "application/octet-stream"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ];
        let request = Request {
            method: if request.is_empty() { "GET" } else { "POST" }.to_owned(),
            path: answer.path(),
            query: Some("limit=25&offset=50".to_owned()),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
                .to_vec(),
            body: request.to_vec(),
            chain: self.0.clone(),
            client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            trace_id: "1-67891233-abcdef012345678912345678".to_owned(),
        };
        // As the template sets the target group up.
        let settings = EventSettings { header_mode: HeaderMode::Multi, ..Default::default() };
        Ok(settings.event(&request)?.into())
    }

    fn header_length(&self) -> usize {
        let certificates = self.0.iter().map(Vec::as_slice);
        alb_mtls::alb::certificate_header(certificates, Spelling::Raw).len()
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

/// A list by an authority, as PEM. Its serial numbers are of no client's.
fn list(authority: &Authority, count: usize) -> Result<String, Fault> {
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
    let list = authority.revocation_list(params)?;
    Ok(pem(&list).replace("CERTIFICATE", "X509 CRL"))
}
