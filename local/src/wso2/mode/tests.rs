use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::pki::{Authority, KeyKind, Validity, pem};

const OK: char = '+';
const NO: char = '-';
const WRONG: char = '!';

/// The columns of the tables below.
const MODES: [Mode; 9] = [
    Mode::Enc31,
    Mode::Enc41,
    Mode::EncFix,
    Mode::Raw40,
    Mode::Raw41,
    Mode::Raw43,
    Mode::ChoreoEnc,
    Mode::ChoreoRaw,
    Mode::IdentityServer,
];

struct Certificates {
    root: Vec<u8>,
    leaf: Vec<u8>,
}

/// Made until the base64 of both holds a `+`, as nearly every certificate's does.
fn certificates() -> Certificates {
    let validity = Validity::starting(datetime!(2026-01-01 0:00 UTC), Duration::days(1));
    loop {
        let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), validity).unwrap();
        let leaf = root.leaf("client", validity).issue().unwrap();
        let made = Certificates { root: root.der().to_vec(), leaf: leaf.der().to_vec() };
        if [&made.root, &made.leaf].iter().all(|der| STANDARD.encode(der).contains('+')) {
            return made;
        }
    }
}

impl Certificates {
    fn leaf(&self) -> String {
        pem(&self.leaf)
    }

    fn leaf_first(&self) -> String {
        pem(&self.leaf) + &pem(&self.root)
    }

    fn root_first(&self) -> String {
        pem(&self.root) + &pem(&self.leaf)
    }

    fn bare(&self) -> String {
        STANDARD.encode(&self.leaf)
    }

    fn one_line(&self) -> String {
        format!("{BEGIN} {} {END}", self.bare())
    }

    fn verdicts(&self, header: &str) -> String {
        let verdict = |mode| match decode(mode, header) {
            Ok(der) if der == self.leaf => OK,
            Ok(_) => WRONG,
            Err(_) => NO,
        };
        MODES.map(verdict).iter().collect()
    }
}

/// Everything but the unreserved characters, as nginx escapes it.
fn escape(text: &str) -> String {
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let spell = |byte: u8| {
        if unreserved(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(spell).collect()
}

/// Only what the load balancer escapes.
fn as_sent(text: &str) -> String {
    text.replace(' ', "%20").replace('\n', "%0A")
}

#[test]
fn every_spelling_is_read_as_its_gateway_reads_it() {
    let made = certificates();
    let base64_of_pem = STANDARD.encode(made.leaf());
    let crlf = made.leaf().replace('\n', "\r\n");
    let unbroken = made.leaf().replace('\n', "");
    //   spelling                             31 41 fx r0 r1 r3 ce cr is
    let table = [
        ("leaf as sent", as_sent(&made.leaf()), "--+------"),
        ("chain as sent", as_sent(&made.leaf_first()), "--+------"),
        ("escaped leaf", escape(&made.leaf()), "+++---+--"),
        ("escaped chain, leaf first", escape(&made.leaf_first()), "+++---+--"),
        ("escaped chain, root first", escape(&made.root_first()), "!!!---!--"),
        ("escaped, CRLF", escape(&crlf), "-++---+--"),
        ("escaped, no line breaks", escape(&unbroken), "-++---+--"),
        ("form encoding", escape(&made.leaf()).replace("%20", "+"), "++----+--"),
        ("escaped twice", escape(&escape(&made.leaf())), "---------"),
        ("text before BEGIN", escape(&format!("x{}", made.leaf())), "---------"),
        (
            "another label",
            escape(&made.leaf().replace("CERTIFICATE", "X509 CERTIFICATE")),
            "---------",
        ),
        ("bare base64", made.bare(), "--++-+--+"),
        ("bare base64, escaped", escape(&made.bare()), "+++------"),
        ("base64 of the PEM", base64_of_pem.clone(), "+++-----+"),
        ("newlines as spaces", made.leaf().replace('\n', " "), "--++-+-+-"),
        ("one line of base64", made.one_line(), "--++-+-++"),
    ];
    // No `+` in the base64 of a PEM: it is text.
    assert!(!base64_of_pem.contains('+'));
    for (spelling, header, expected) in table {
        assert_eq!(made.verdicts(&header), expected, "{spelling}");
    }
}

#[test]
fn a_chain_is_refused_by_gateways_that_parse_pem_strictly() {
    let made = certificates();
    let spaces = made.leaf_first().replace('\n', " ");
    assert!(decode(Mode::Raw43, &spaces).is_err());
}

#[test]
fn the_bug_shows_as_der_that_ends_too_soon() {
    let error = decode(Mode::Enc41, &as_sent(&certificates().leaf())).unwrap_err();
    assert!(
        matches!(error, DecodeError::Certificate(FactoryError::IncompleteDer { .. })),
        "{error}"
    );
}

#[test]
fn nonsense_never_panics() {
    for mode in Mode::all() {
        for header in [
            "",
            " ",
            "%",
            "0",
            "00",
            "0\u{ff}",
            "-----",
            "-----BEGIN CERTIFICATE-----",
            "=",
            "MII",
            "é",
            "MA==",
            "MIT/////",
        ] {
            assert!(decode(mode, header).is_err(), "{mode} {header:?}");
        }
    }
}

#[test]
fn modes_are_called_by_their_names() {
    for mode in Mode::all() {
        assert_eq!(mode.to_string().parse::<Mode>().unwrap(), mode);
    }
    assert!("enc-9".parse::<Mode>().unwrap_err().to_string().contains("raw-4.3"));
}
