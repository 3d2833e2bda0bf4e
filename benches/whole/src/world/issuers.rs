//! Who issues clients' certificates, and the clients.

use std::sync::atomic::{AtomicUsize, Ordering};

use alb_mtls::pki::{Authority, Key, KeyKind, Leaf, PkiError, Validity};

use super::chain::Chain;
use crate::Fault;

/// A root, an intermediate of it, and clients that come one after another, each with a certificate of its own.
pub(crate) struct Issuers {
    name: &'static str,
    keys: Keys,
    root: Authority,
    issuing: Authority,
    validity: Validity,
    /// How many certificates were issued.
    issued: AtomicUsize,
}

/// Keys of clients, and of intermediates that have one client each.
enum Keys {
    New(KeyKind),
    /// The same for all: an RSA key takes too long to make. Their certificates differ, by name.
    One(Key),
}

impl Keys {
    fn next(&self) -> Result<Key, PkiError> {
        match self {
            Self::New(kind) => kind.generate(),
            Self::One(key) => Ok(key.clone()),
        }
    }
}

impl Issuers {
    /// Both with keys of a kind, which their clients have too.
    pub(super) fn make(
        name: &'static str,
        kind: KeyKind,
        validity: Validity,
    ) -> Result<Self, PkiError> {
        let keys = match kind {
            KeyKind::Rsa2048 | KeyKind::Rsa4096 => Keys::One(kind.generate()?),
            _ => Keys::New(kind),
        };
        let root = Authority::root(&format!("{name} Root"), kind.generate()?, validity)?;
        let issuing = root.intermediate(&format!("{name} Issuing"), kind.generate()?, validity)?;
        Ok(Self { name, keys, root, issuing, validity, issued: AtomicUsize::new(0) })
    }

    pub(super) fn root(&self) -> &Authority {
        &self.root
    }

    pub(super) fn issuing(&self) -> &Authority {
        &self.issuing
    }

    /// A client of the intermediate with its key, and the chain that it presents.
    pub(crate) fn client(&self) -> Result<(Leaf, Chain), Fault> {
        self.client_of(&self.issuing)
    }

    /// The chains of so many new clients of the intermediate.
    pub(crate) fn together(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        (0..count).map(|_| self.chain_of(&self.issuing)).collect()
    }

    /// The chains of so many new clients, each of a new intermediate.
    pub(crate) fn apart(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        let chain = |_| {
            let name = format!("{} Issuing {}", self.name, self.number());
            self.chain_of(&self.root.intermediate(&name, self.keys.next()?, self.validity)?)
        };
        (0..count).map(chain).collect()
    }

    /// The chains of so many new clients of the root itself, which they present too.
    pub(super) fn of_the_root(&self, count: usize) -> Result<Vec<Chain>, Fault> {
        (0..count).map(|_| self.chain_of(&self.root)).collect()
    }

    /// The chain of a client with so many names that its header has at least so many bytes.
    pub(super) fn long_chain(&self, bytes: usize) -> Result<Chain, Fault> {
        let mut names = 1;
        loop {
            let leaf = self.issuing.leaf("client", self.validity).key(self.keys.next()?);
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

    fn chain_of(&self, issuer: &Authority) -> Result<Chain, Fault> {
        Ok(self.client_of(issuer)?.1)
    }

    fn client_of(&self, issuer: &Authority) -> Result<(Leaf, Chain), Fault> {
        let number = self.number();
        // By itself it would come of the key. It is as long as it may be, which is how most CAs make them.
        let serial = [&[0x5a; 12], &number.to_be_bytes()[..]].concat();
        let leaf = issuer
            .leaf(&format!("client-{number}"), self.validity)
            .key(self.keys.next()?)
            .email("client@example.com")
            .adjust(|certificate| certificate.serial_number = Some(serial.into()))
            .issue()?;
        let chain = Chain::of(&leaf, issuer);
        Ok((leaf, chain))
    }

    fn number(&self) -> usize {
        self.issued.fetch_add(1, Ordering::Relaxed) + 1
    }
}
