//! The headers that cost most of all that were found: a stranger's, and those of an authority that is trusted and
//! means ill. Each is refused; how long that takes is what is measured, from the text of the header on.

use std::fmt;

use alb_mtls::{
    alb::{Request, Spelling, certificate_header},
    pki::{
        KeyKind, pem,
        rcgen::{self, KeyPair, PublicKeyData, SigningKey},
    },
};
use alb_mtls_adapter::{
    certificate::PresentedChain,
    event::Delivery,
    trust::{
        Revocation,
        bundle::{Source, TrustBundle},
    },
};
use divan::Bencher;

use crate::{
    event, made,
    pki::{self, Pki},
    verdict::Function,
};

/// What a header is full of.
#[derive(Clone, Copy)]
enum Worst {
    /// Levels of three look-alikes, with names of long object identifiers.
    Names,
    /// Fifteen keys of one name: each could have signed for each.
    P521,
    /// The same, with keys that take longest to reckon with.
    Rsa8192,
    /// Levels of three, below an anchor, each of which permits 128 hosts.
    Hosts,
    /// The same with directory names, and a leaf with as many as it may have.
    DirectoryNames,
    /// The same with policies that are mapped to each other.
    Policies,
    /// The same, where the leaf's issuer has a hundred lists and the leaf 64 distribution points, none of them a
    /// list's.
    Points,
    /// Fifteen keys of one name, the first of them certified by an anchor, and a list of eight million bytes of that
    /// name in the bundle, which each of them could have signed.
    List,
}

impl Worst {
    const ALL: [Self; 8] = [
        Self::Names,
        Self::P521,
        Self::Rsa8192,
        Self::Hosts,
        Self::DirectoryNames,
        Self::Policies,
        Self::Points,
        Self::List,
    ];

    /// Whether it takes an authority that is trusted.
    fn is_trusted(self) -> bool {
        !matches!(self, Self::Names | Self::P521 | Self::Rsa8192)
    }

    /// The names in each certificate, which say nothing but take long to read.
    fn filling(self) -> usize {
        match self {
            Self::Names => 24,
            _ => 0,
        }
    }

    fn extensions(self) -> Vec<u8> {
        match self {
            Self::Names | Self::P521 | Self::Rsa8192 | Self::Points | Self::List => Vec::new(),
            Self::Hosts => extension(30, &permitting((0..128).map(host))),
            Self::DirectoryNames => extension(30, &permitting((0..64).map(directory))),
            Self::Policies => policies(),
        }
    }

    /// The leaf's, by which nobody is accepted who has come as far as that.
    fn of_leaf(self) -> Vec<u8> {
        match self {
            Self::Names | Self::P521 | Self::Rsa8192 | Self::Policies | Self::List => Vec::new(),
            Self::Points => {
                let points = (1000..1064).flat_map(|number| tlv(0x30, &point(number)));
                extension_of(31, false, &tlv(0x30, &points.collect::<Vec<_>>()))
            }
            Self::Hosts => extension(17, &tlv(0x30, &(0..256).flat_map(host).collect::<Vec<_>>())),
            Self::DirectoryNames => {
                extension(17, &tlv(0x30, &(0..250).flat_map(directory).collect::<Vec<_>>()))
            }
        }
    }
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "stranger: long names",
            Self::P521 => "stranger: P-521",
            Self::Rsa8192 => "stranger: RSA-8192",
            Self::Hosts => "trusted: hosts",
            Self::DirectoryNames => "trusted: directory names",
            Self::Policies => "trusted: policies",
            Self::Points => "trusted: distribution points",
            Self::List => "trusted: a long list",
        })
    }
}

#[divan::bench(args = Worst::ALL)]
fn header(bencher: Bencher, worst: Worst) {
    let (header, source) = worst.header_and_bundle();
    let judge = |bundle: &TrustBundle| {
        let chain = made(PresentedChain::from_header(header.as_bytes()));
        pki::verify(&chain, bundle, Revocation::WhenListed).map(|_| ())
    };
    bencher.with_inputs(|| pki::bundle(&source)).bench_refs(|bundle| match judge(bundle) {
        Err(reason) => reason,
        Ok(()) => made(Err("it was accepted")),
    });
}

/// `Connection` names four thousand headers, and none of the four thousand that are there.
#[divan::bench]
fn connection(bencher: Bencher) {
    let pki = Pki::of(KeyKind::P256);
    let function = Function::trusting(&pki);
    let many = |first: char| (0..4000).map(move |number| format!("{first}{number:x}"));
    let mut request: Request = event::request(pki.presented(1 + 1));
    request.headers.extend(many('a').map(|name| (name, Vec::new())));
    let named = many('b').collect::<Vec<_>>().join(",");
    request.headers.push(("connection".to_owned(), named.into_bytes()));
    let json = event::json(&request);
    function.accept(Delivery::from_json(&json));
    bencher
        .with_inputs(|| Delivery::from_json(&json))
        .bench_values(|delivery| function.accept(delivery));
}

impl Worst {
    fn header_and_bundle(self) -> (String, Source) {
        let pki = Pki::of(KeyKind::P256);
        let root = Key::Pair(Box::new(made(KeyPair::from_pem(&pki.key_pem()))));
        let own = Key::Pair(Box::new(made(KeyPair::generate())));
        let chain = match self {
            Self::P521 | Self::Rsa8192 | Self::List => self.circle(&root),
            _ => self.levels(&own, &root),
        };
        let header = certificate_header(chain.iter().map(Vec::as_slice), Spelling::Raw);
        let mut source = pki.among_anchors(1);
        let pem = |list: Vec<u8>| pem(&list).replace("CERTIFICATE", "X509 CRL").into_bytes();
        source.content.extend(self.lists(&own).into_iter().flat_map(pem));
        (header, source)
    }

    fn lists(self, own: &Key) -> Vec<Vec<u8>> {
        match self {
            Self::Points => (0..100)
                .map(|number| list_of(&name_of("Level 0", 0), own, &point(number)))
                .collect(),
            Self::List => vec![long_list(&name_of("Circle", 0))],
            _ => Vec::new(),
        }
    }

    /// A leaf, and fifteen authorities of one name, each signed by the key of the next; the last by the first, or by the root where
    /// that is trusted. It names the root as its issuer in any case: whose names lead to no anchor costs nobody a signature.
    fn circle(self, root: &Key) -> Vec<Vec<u8>> {
        let name = name_of("Circle", 0);
        let keys: Vec<_> = (0..15).map(|number| self.key(number)).collect();
        let mut chain = Vec::new();
        for (number, signer) in keys.iter().enumerate() {
            let about = match number {
                0 => Fields { key: keys.first().map(Key::spki), ..Fields::leaf(&name, Vec::new()) },
                _ => Fields {
                    key: keys.get(number - 1).map(Key::spki),
                    ..Fields::authority(&name, &name, number)
                },
            };
            chain.push(about.signed_by(signer));
        }
        if let (Some(first), Some(last)) = (keys.first(), keys.last()) {
            let signer = if self.is_trusted() { root } else { first };
            let issuer = name_of("Example Root", 0);
            let about = Fields { key: Some(last.spki()), ..Fields::authority(&issuer, &name, 15) };
            chain.push(about.signed_by(signer));
        }
        chain
    }

    fn key(self, number: usize) -> Key {
        match self {
            Self::Rsa8192 => Key::Rsa(rsa(number)),
            Self::P521 => {
                Key::Pair(Box::new(made(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512))))
            }
            _ => Key::Pair(Box::new(made(KeyPair::generate()))),
        }
    }

    /// A leaf, and five levels of three authorities with the same key, the uppermost of them signed by the root where
    /// that is trusted, and naming it as their issuer in any case.
    fn levels(self, own: &Key, root: &Key) -> Vec<Vec<u8>> {
        let name = |level: usize| name_of(&format!("Level {level}"), self.filling());
        let mut chain = vec![
            Fields { key: Some(own.spki()), ..Fields::leaf(&name(0), self.of_leaf()) }
                .signed_by(own),
        ];
        for number in 0..15 {
            let level = number / 3;
            let (signer, issuer) = match (level, self.is_trusted()) {
                (4, true) => (root, name_of("Example Root", 0)),
                (4, false) => (own, name_of("Example Root", 0)),
                _ => (own, name(level + 1)),
            };
            let about = Fields::authority(&issuer, &name(level), number);
            let about = Fields { key: Some(own.spki()), extensions: self.extensions(), ..about };
            chain.push(about.signed_by(signer));
        }
        chain
    }
}

enum Key {
    Pair(Box<KeyPair>),
    /// A public key that nobody has the other half of.
    Rsa(Vec<u8>),
}

impl Key {
    fn spki(&self) -> Vec<u8> {
        match self {
            Self::Pair(pair) => pair.subject_public_key_info(),
            Self::Rsa(spki) => spki.clone(),
        }
    }

    fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => hex("300d06092a864886f70d01010b0500"),
            Self::Pair(pair) if pair.algorithm() == &rcgen::PKCS_ECDSA_P521_SHA512 => {
                hex("300a06082a8648ce3d040304")
            }
            Self::Pair(_) => hex("300a06082a8648ce3d040302"),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Pair(pair) => made(pair.sign(message)),
            Self::Rsa(_) => vec![0x5a; 1024],
        }
    }
}

/// What a certificate says, of version 3 and for a year around the date of these measurements.
struct Fields {
    number: u8,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    key: Option<Vec<u8>>,
    extensions: Vec<u8>,
    is_ca: bool,
}

impl Fields {
    fn leaf(issuer: &[u8], extensions: Vec<u8>) -> Self {
        Self { extensions, is_ca: false, ..Self::authority(issuer, &tlv(0x30, &[]), 99) }
    }

    fn authority(issuer: &[u8], subject: &[u8], number: usize) -> Self {
        Self {
            number: u8::try_from(number).unwrap_or_default(),
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            key: None,
            extensions: Vec::new(),
            is_ca: true,
        }
    }

    fn signed_by(self, signer: &Key) -> Vec<u8> {
        let basic = match self.is_ca {
            true => extension(19, &hex("30030101ff")),
            false => Vec::new(),
        };
        let extensions = match [basic, self.extensions].concat() {
            none if none.is_empty() => Vec::new(),
            some => tlv(0xa3, &tlv(0x30, &some)),
        };
        let fields = [
            hex("a003020102"),
            tlv(2, &[1, self.number]),
            signer.algorithm(),
            self.issuer,
            tlv(0x30, &[tlv(0x17, b"260101000000Z"), tlv(0x17, b"270101000000Z")].concat()),
            self.subject,
            self.key.unwrap_or_default(),
            extensions,
        ];
        let tbs = tlv(0x30, &fields.concat());
        let signature = [vec![0], signer.sign(&tbs)].concat();
        tlv(0x30, &[tbs, signer.algorithm(), tlv(3, &signature)].concat())
    }
}

/// A public key of 8192 bits that nobody has the other half of, with the longest exponent that is taken.
fn rsa(number: usize) -> Vec<u8> {
    let mut modulus = vec![0xa7; 1025];
    modulus.splice(..2, [0, 0xff]);
    modulus.splice(1000..1001, u8::try_from(number));
    let key = tlv(0x30, &[tlv(2, &modulus), tlv(2, &hex("01ffffffff"))].concat());
    let algorithm = hex("300d06092a864886f70d0101010500");
    tlv(0x30, &[algorithm, tlv(3, &[vec![0], key].concat())].concat())
}

/// A name with a common name, and before it parts whose types take long to write out.
fn name_of(common: &str, filling: usize) -> Vec<u8> {
    let long = [vec![0x2a], [0x8f, 0xff, 0xff, 0xff, 0x7f].repeat(7)].concat();
    let part =
        |id: &[u8], text: &[u8]| tlv(0x31, &tlv(0x30, &[tlv(6, id), tlv(0x0c, text)].concat()));
    let filling = (0..filling).flat_map(|_| part(&long, b"X"));
    tlv(0x30, &filling.chain(part(&hex("550403"), common.as_bytes())).collect::<Vec<_>>())
}

fn host(number: usize) -> Vec<u8> {
    tlv(0x82, format!("h{number}.example").as_bytes())
}

fn directory(number: usize) -> Vec<u8> {
    tlv(0xa4, &name_of(&format!("Level {number}"), 0))
}

/// The content of name constraints that permit these.
fn permitting(names: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let subtrees: Vec<u8> = names.flat_map(|name| tlv(0x30, &name)).collect();
    tlv(0x30, &tlv(0xa0, &subtrees))
}

/// 128 policies, each of which is mapped to the next.
fn policies() -> Vec<u8> {
    let policy = |number: u8| tlv(6, &[0x2a, 3, number % 128]);
    let own: Vec<u8> = (0..127).flat_map(|number| tlv(0x30, &policy(number))).collect();
    let mapped: Vec<u8> = (0..127)
        .flat_map(|number| tlv(0x30, &[policy(number), policy((number + 1) % 127)].concat()))
        .collect();
    let required = extension(36, &tlv(0x30, &hex("800100")));
    [extension(32, &tlv(0x30, &own)), extension(33, &tlv(0x30, &mapped)), required].concat()
}

/// A distribution point with a long address.
fn point(number: usize) -> Vec<u8> {
    let address = format!("http://lists.example/{}/{number}", "a".repeat(150));
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, address.as_bytes())))
}

/// A list of such a point.
fn list_of(issuer: &[u8], signer: &Key, point: &[u8]) -> Vec<u8> {
    let number = extension_of(20, false, &hex("020101"));
    let extensions = [number, extension(28, &tlv(0x30, point))].concat();
    let tbs = list(issuer, &signer.algorithm(), &tlv(0xa0, &tlv(0x30, &extensions)));
    let signature = [vec![0], signer.sign(&tbs)].concat();
    tlv(0x30, &[tbs, signer.algorithm(), tlv(3, &signature)].concat())
}

/// A list that nobody signed, of as many certificates as eight million bytes hold, with the algorithm whose digest takes longest.
fn long_list(issuer: &[u8]) -> Vec<u8> {
    let revoked = (0..210_000_u64).flat_map(|number| {
        let serial = [vec![1; 12], number.to_be_bytes().to_vec()].concat();
        tlv(0x30, &[tlv(2, &serial), tlv(0x17, b"260101000000Z")].concat())
    });
    let algorithm = hex("300a06082a8648ce3d040304");
    let tbs = list(issuer, &algorithm, &tlv(0x30, &revoked.collect::<Vec<_>>()));
    tlv(0x30, &[tbs, algorithm, tlv(3, &hex("003006020101020101"))].concat())
}

/// The signed part of a list that ends with this.
fn list(issuer: &[u8], algorithm: &[u8], end: &[u8]) -> Vec<u8> {
    let fields = [
        hex("020101"),
        algorithm.to_vec(),
        issuer.to_vec(),
        tlv(0x17, b"260101000000Z"),
        tlv(0x17, b"270101000000Z"),
        end.to_vec(),
    ];
    tlv(0x30, &fields.concat())
}

/// The extension 2.5.29.`id`, critical.
fn extension(id: u8, content: &[u8]) -> Vec<u8> {
    extension_of(id, true, content)
}

fn extension_of(id: u8, is_critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if is_critical { hex("0101ff") } else { Vec::new() };
    tlv(0x30, &[tlv(6, &[0x55, 0x1d, id]), critical, tlv(4, content)].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 128 => element.push(short),
        _ => {
            element.push(0x80 | u8::try_from(significant.len()).unwrap_or_default());
            element.extend(significant);
        }
    }
    element.extend(content);
    element
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}
