//! A demonstration PKI, and the files that `curl` needs of it.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use alb_mtls::pki::{
    Authority, Key, KeyKind, Leaf, PkiError, Validity, chain_pem, rcgen::ExtendedKeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

/// How long everything is valid.
const LIFE: Duration = Duration::days(30);

/// The load balancer's own certificate and its authority, which clients have to know.
pub(crate) struct ServerIdentity {
    pub(crate) authority: Authority,
    pub(crate) leaf: Leaf,
}

impl ServerIdentity {
    /// For `localhost` and an address.
    pub(crate) fn new(address: IpAddr, now: OffsetDateTime) -> Result<Self, PkiError> {
        let validity = Validity::around(now, LIFE);
        let authority = Authority::root("Local Load Balancer Root", key()?, validity)?;
        let leaf = authority
            .leaf("localhost", validity)
            .extended_key_usages([ExtendedKeyUsagePurpose::ServerAuth])
            .dns("localhost")
            .ip(IpAddr::from([127, 0, 0, 1]))
            .ip(address)
            .issue()?;
        Ok(Self { authority, leaf })
    }
}

/// A client, with what it presents and who vouches for it.
pub(crate) struct ClientIdentity {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
    pub(crate) leaf: Leaf,
}

impl ClientIdentity {
    pub(crate) fn new(now: OffsetDateTime) -> Result<Self, PkiError> {
        let validity = Validity::around(now, LIFE);
        let root = Authority::root("Demo Root", key()?, validity)?;
        let issuing = root.intermediate("Demo Issuing", key()?, validity)?;
        let leaf = issuing.leaf("client-1", validity).email("client-1@example.com").issue()?;
        Ok(Self { root, issuing, leaf })
    }
}

/// Where the parts of a PKI lie, for the command line of a client.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) server_authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) bundle: PathBuf,
}

impl Files {
    /// The names that the files have in a directory.
    pub(crate) fn within(directory: &Path) -> Self {
        Self {
            server_authority: directory.join("server-ca.pem"),
            certificate: directory.join("client.pem"),
            key: directory.join("client.key"),
            bundle: directory.join("trust-bundle.pem"),
        }
    }

    pub(crate) fn write_server(&self, server: &ServerIdentity) -> io::Result<()> {
        fs::write(&self.server_authority, server.authority.pem())
    }

    pub(crate) fn write_client(&self, client: &ClientIdentity) -> io::Result<()> {
        let chain = chain_pem([client.leaf.der(), client.issuing.der()]);
        fs::write(&self.certificate, chain)?;
        fs::write(&self.key, client.leaf.key().pem())?;
        fs::write(&self.bundle, client.root.pem())
    }

    /// How to be the client, for whoever has a terminal.
    pub(crate) fn invitation(&self, url: &str) -> String {
        let curl = self.curl(url);
        format!(
            "Try, in HTTP/2 or with --http1.1 added,\n  {curl}\nand once more without --cert and --key. Ctrl-C ends it.\n"
        )
    }

    fn curl(&self, url: &str) -> String {
        format!(
            "curl --cacert {} --cert {} --key {} {url}",
            self.server_authority.display(),
            self.certificate.display(),
            self.key.display()
        )
    }
}

fn key() -> Result<Key, PkiError> {
    KeyKind::P256.generate()
}
