//! Certificates that a stranger makes to fill memory: small in DER, large when they are read.
//!
//! Written by hand, since no tool makes them, and signed by nobody: a listener in passthrough mode lets any pass.

#![allow(dead_code, reason = "each program uses its own share of this")]
#![allow(clippy::unwrap_used, reason = "it is for tests: what is made here has its size")]

/// What is repeated in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// CRL distribution points of six bytes each, with one empty name.
    DistributionPoints,
    /// Empty names in one distribution point.
    NamesOfAPoint,
    /// Parts of a subject, each with one attribute of an empty value.
    Parts,
    /// Attributes of an empty value in one part of a subject.
    Attributes,
    /// Small extensions that nobody knows.
    Extensions,
    /// Empty subject alternative names.
    AlternativeNames,
    /// Empty issuer alternative names.
    IssuerNames,
    /// The same as directory names, and so empty names of their own kind.
    DirectoryNames,
    /// Excluded subtrees.
    Constraints,
    /// Places where the issuer's certificate is.
    Places,
    /// Policies.
    Policies,
    /// Qualifiers of one policy.
    Qualifiers,
    /// Numbers in the notice of one policy.
    Notices,
    /// Pairs of policies.
    Mappings,
    /// Extended key usages.
    Usages,
    /// Names of the issuer of the issuer.
    Authorities,
    /// Bytes that are no DER, in an extension that nobody knows and in an attribute that says that it has elements.
    Nonsense,
}

impl Shape {
    pub(crate) const ALL: [Self; 16] = [
        Self::DistributionPoints,
        Self::NamesOfAPoint,
        Self::Parts,
        Self::Attributes,
        Self::Extensions,
        Self::AlternativeNames,
        Self::IssuerNames,
        Self::DirectoryNames,
        Self::Constraints,
        Self::Places,
        Self::Policies,
        Self::Qualifiers,
        Self::Notices,
        Self::Mappings,
        Self::Usages,
        Self::Authorities,
    ];

    /// The most repetitions that are read.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::DistributionPoints | Self::NamesOfAPoint => 64,
            // Beside the one that each of these certificates has.
            Self::Parts | Self::Attributes => 63,
            Self::Extensions => 64,
            Self::AlternativeNames => 256,
            _ => 128,
        }
    }

    /// How many repetitions fit into so many bytes of a certificate.
    pub(crate) fn filling(self, bytes: usize) -> usize {
        let (mut fits, mut too_many) = (0, bytes);
        while too_many - fits > 1 {
            let middle = fits.midpoint(too_many);
            match certificate(0, &[(self, middle)]).len() <= bytes {
                true => fits = middle,
                false => too_many = middle,
            }
        }
        fits
    }

    fn extension(self, repetitions: usize) -> Vec<u8> {
        let many = |one: &[u8]| one.repeat(repetitions);
        let list = |one: &[u8]| sequence(&many(one));
        // id-kp-clientAuth is longer than it has to be: 1.2 is an OID too.
        let oid = tlv(0x06, &[0x2a]);
        let (id, value): (&[u8], _) = match self {
            Self::DistributionPoints => (&[0x55, 0x1d, 31], list(&[0x30, 4, 0xa2, 2, 0x82, 0])),
            Self::NamesOfAPoint => {
                let names = tlv(0xa0, &tlv(0xa0, &many(&[0x82, 0])));
                (&[0x55, 0x1d, 31], sequence(&sequence(&names)))
            }
            Self::AlternativeNames => (&[0x55, 0x1d, 17], list(&[0x82, 0])),
            Self::IssuerNames => (&[0x55, 0x1d, 18], list(&[0x82, 0])),
            Self::DirectoryNames => (&[0x55, 0x1d, 18], list(&[0xa4, 2, 0x30, 0])),
            Self::Constraints => {
                let excluded = tlv(0xa1, &many(&[0x30, 2, 0x82, 0]));
                (&[0x55, 0x1d, 30], sequence(&excluded))
            }
            Self::Places => {
                let place = sequence(&[&*oid, &[0x82, 0]].concat());
                (&[0x2b, 6, 1, 5, 5, 7, 1, 1], list(&place))
            }
            Self::Policies => {
                let policies: Vec<_> = oids(repetitions).map(|oid| sequence(&oid)).collect();
                (&[0x55, 0x1d, 32], sequence(&policies.concat()))
            }
            Self::Qualifiers => {
                let qualifiers = list(&sequence(&[&*oid, &[5, 0]].concat()));
                let policy = sequence(&[oid, qualifiers].concat());
                (&[0x55, 0x1d, 32], sequence(&policy))
            }
            Self::Notices => {
                let numbers = list(&[2, 1, 1]);
                let notice = sequence(&sequence(&[tlv(0x0c, b""), numbers].concat()));
                let unotice = tlv(0x06, &[0x2b, 6, 1, 5, 5, 7, 2, 2]);
                let qualifiers = sequence(&sequence(&[unotice, notice].concat()));
                (&[0x55, 0x1d, 32], sequence(&sequence(&[oid, qualifiers].concat())))
            }
            Self::Mappings => {
                let pairs = oids(repetitions).map(|oid| sequence(&oid.repeat(2)));
                (&[0x55, 0x1d, 33], sequence(&pairs.collect::<Vec<_>>().concat()))
            }
            Self::Usages => (&[0x55, 0x1d, 37], list(&oid)),
            Self::Authorities => {
                let names = tlv(0xa1, &many(&[0x82, 0]));
                (&[0x55, 0x1d, 35], sequence(&[names, tlv(0x82, &[1])].concat()))
            }
            Self::Parts | Self::Attributes | Self::Extensions | Self::Nonsense => (&[], Vec::new()),
        };
        sequence(&[tlv(0x06, id), tlv(0x04, &value)].concat())
    }
}

/// A certificate of these shapes with so many repetitions of each; the number tells it from others.
pub(crate) fn certificate(number: u32, shapes: &[(Shape, usize)]) -> Vec<u8> {
    let mut subject = vec![part(&attribute(number.to_string().as_bytes()))];
    let mut extensions = Vec::new();
    for (shape, repetitions) in shapes.iter().copied() {
        match shape {
            Shape::Parts => subject.extend(vec![part(&attribute(b"")); repetitions]),
            Shape::Attributes => subject.push(part(&distinct(repetitions).concat())),
            Shape::Nonsense => {
                let nonsense = vec![0xff; repetitions];
                let id = tlv(0x06, &[0x2a, 3, 4]);
                subject.push(part(&sequence(&[id.clone(), tlv(0x30, &nonsense)].concat())));
                extensions.push(sequence(&[id, tlv(0x04, &nonsense)].concat()));
            }
            Shape::Extensions => extensions
                .extend(oids(repetitions).map(|oid| sequence(&[oid, tlv(0x04, &[5, 0])].concat()))),
            _ => extensions.push(shape.extension(repetitions)),
        }
    }
    signed(number, &subject.concat(), &extensions.concat())
}

/// As many certificates of a shape as fit into a header, each with as many repetitions as are read.
pub(crate) fn header(number: u32, shape: Shape) -> Vec<Vec<u8>> {
    const CERTIFICATES: u32 = 16;
    // Nearly 64 KiB, as the load balancer writes it.
    const BYTES: usize = 46_000;
    let mut left = BYTES;
    let all = (0..CERTIFICATES)
        .map(|other| certificate(number * CERTIFICATES + other, &[(shape, shape.most())]));
    all.take_while(|one| {
        let fits = one.len() <= left;
        left = left.saturating_sub(one.len());
        fits
    })
    .collect()
}

/// 1.2.3.0.x and so on, in the order of their DER.
fn oids(count: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| {
        // From 128 on, so that each has two bytes.
        let arc = |shift: usize| u8::try_from((number + 0x80) >> shift & 0x7f).unwrap();
        tlv(0x06, &[0x2a, 3, 0x80 | arc(7), arc(0)])
    })
}

/// Attributes of one part, in the order of their DER.
fn distinct(count: usize) -> Vec<Vec<u8>> {
    oids(count).map(|oid| sequence(&[oid, tlv(0x0c, b"")].concat())).collect()
}

fn attribute(common_name: &[u8]) -> Vec<u8> {
    sequence(&[tlv(0x06, &[0x55, 4, 3]), tlv(0x0c, common_name)].concat())
}

fn part(attributes: &[u8]) -> Vec<u8> {
    tlv(0x31, attributes)
}

fn signed(number: u32, subject: &[u8], extensions: &[u8]) -> Vec<u8> {
    let ecdsa_with_sha256 = sequence(&tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]));
    let validity = sequence(&[tlv(0x17, b"260101000000Z"), tlv(0x17, b"270101000000Z")].concat());
    let p256 = [
        tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]),
        tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
    ];
    let key = [&[0, 4][..], &[7; 64]].concat();
    let tbs = [
        tlv(0xa0, &tlv(0x02, &[2])),
        tlv(0x02, &[&[1][..], &number.to_be_bytes()].concat()),
        ecdsa_with_sha256.clone(),
        sequence(&part(&attribute(b"nobody"))),
        validity,
        sequence(subject),
        sequence(&[sequence(&p256.concat()), tlv(0x03, &key)].concat()),
        if extensions.is_empty() { Vec::new() } else { tlv(0xa3, &sequence(extensions)) },
    ];
    let signature = tlv(0x03, &[0; 65]);
    sequence(&[sequence(&tbs.concat()), ecdsa_with_sha256, signature].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tlv(0x30, content)
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [_, third, second, first] = u32::try_from(content.len()).unwrap().to_be_bytes();
    let header = match content.len() {
        0..0x80 => vec![tag, first],
        0x80..0x100 => vec![tag, 0x81, first],
        0x100..0x1_0000 => vec![tag, 0x82, second, first],
        _ => vec![tag, 0x83, third, second, first],
    };
    [header, content.to_vec()].concat()
}
