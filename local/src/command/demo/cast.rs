//! Everybody in the stories, with keys and certificates made for this run.

use std::{io::Write, time::Duration};

use alb_mtls::pki::{Authority, Key, KeyKind, Leaf, PkiError, Validity, chain_pem};
use time::{Duration as Days, OffsetDateTime};

use crate::command::{
    credentials::{ClientIdentity, ServerIdentity},
    error::CommandError,
};

/// How long a person is left without a word.
const PATIENCE: Duration = Duration::from_secs(2);
/// One certificate in four thousand has no `+` in it, so nobody sees this many of them in a row.
const ATTEMPTS: usize = 8;

pub(super) struct Cast {
    pub(super) now: OffsetDateTime,
    pub(super) server: ServerIdentity,
    /// The root that is trusted, an intermediate, and a client.
    pub(super) family: ClientIdentity,
    /// An intermediate below that of the family.
    pub(super) regional: Authority,
    /// A root that nobody trusts.
    pub(super) stranger: Authority,
    /// A root with the trusted one's name, and a key of its own.
    pub(super) impostor: Authority,
    pub(super) rsa_2048: Key,
    pub(super) rsa_4096: Key,
}

impl Cast {
    /// Makes everything; RSA keys may take seconds, which is then said.
    pub(super) async fn assemble(err: &mut dyn Write) -> Result<Self, CommandError> {
        let rsa_2048 = tokio::task::spawn_blocking(|| KeyKind::Rsa2048.generate());
        let mut rsa_4096 = tokio::task::spawn_blocking(|| KeyKind::Rsa4096.generate());
        let made = tokio::time::timeout(PATIENCE, &mut rsa_4096).await;
        let rsa_4096 = match made {
            Ok(made) => made??,
            Err(_) => {
                writeln!(err, "making an RSA key of 4096 bits, which takes a few seconds ...")?;
                rsa_4096.await??
            }
        };
        Ok(Self::with(rsa_2048.await??, rsa_4096, OffsetDateTime::now_utc())?)
    }

    fn with(rsa_2048: Key, rsa_4096: Key, now: OffsetDateTime) -> Result<Self, PkiError> {
        let key = || KeyKind::P256.generate();
        let validity = Validity::around(now, Days::days(30));
        let family = ClientIdentity::new(now)?;
        Ok(Self {
            now,
            server: ServerIdentity::new([127, 0, 0, 1].into(), now)?,
            regional: family.issuing.intermediate("Demo Regional", key()?, validity)?,
            stranger: Authority::root("Nobody's Root", key()?, validity)?,
            impostor: Authority::root(family.root.name(), key()?, validity)?,
            family,
            rsa_2048,
            rsa_4096,
        })
    }

    /// A client with the most common kind of key, issued by the root itself.
    pub(super) fn client(&self) -> Result<Client, PkiError> {
        let leaf = with_a_plus(|| self.family.root.leaf("client-p256", self.valid()).issue())?;
        Ok(Client::new(&leaf, &[]))
    }

    /// Now and for a while.
    pub(super) fn valid(&self) -> Validity {
        Validity::around(self.now, Days::days(7))
    }

    /// Until a minute ago.
    pub(super) fn expired(&self) -> Validity {
        let not_after = self.now - Days::minutes(1);
        Validity { not_before: not_after - Days::days(7), not_after }
    }

    /// From tomorrow on.
    pub(super) fn not_yet_valid(&self) -> Validity {
        Validity::starting(self.now + Days::days(1), Days::days(7))
    }
}

/// What a client presents, and the key with which it proves that it may.
#[derive(Debug, Clone)]
pub(super) struct Client {
    chain: Vec<Vec<u8>>,
    key: Key,
}

impl Client {
    /// A client with a certificate, the certificates that it sends along, and their order.
    pub(super) fn new(leaf: &Leaf, others: &[&Authority]) -> Self {
        let others = others.iter().map(|authority| authority.der().to_vec());
        let chain = std::iter::once(leaf.der().to_vec()).chain(others).collect();
        Self { chain, key: leaf.key().clone() }
    }

    /// The certificate.
    pub(super) fn leaf(&self) -> &[u8] {
        self.chain.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Key and chain as PEM, for a TLS client.
    pub(super) fn pem(&self) -> String {
        self.key.pem() + &chain_pem(self.chain.iter().map(Vec::as_slice))
    }
}

/// Issues until the certificate has a `+` in its base64, which is what the bug needs, and what nearly
/// every certificate has.
fn with_a_plus(issue: impl Fn() -> Result<Leaf, PkiError>) -> Result<Leaf, PkiError> {
    let mut leaf = issue()?;
    for _ in 1..ATTEMPTS {
        if leaf.pem().contains('+') {
            break;
        }
        leaf = issue()?;
    }
    Ok(leaf)
}
