//! Names for leaves, and constraints to hold them against.

use std::net::IpAddr;

use crate::{
    der::{UTF8, oid, sequence, tagged},
    plan::Name,
};

pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";

pub(crate) fn dns(name: &str) -> Vec<u8> {
    tagged(0x82, name)
}

fn email(address: &str) -> Vec<u8> {
    tagged(0x81, address)
}

fn uri(uri: &str) -> Vec<u8> {
    tagged(0x86, uri)
}

fn ip(address: &str) -> Vec<u8> {
    tagged(0x87, octets(address))
}

fn directory(organisation: &str) -> Vec<u8> {
    tagged(0xa4, Name::new(&[("2.5.4.10", organisation)]).der())
}

/// A name for logging on to Windows.
fn user_principal(name: &str) -> Vec<u8> {
    let value = tagged(0xa0, tagged(UTF8, name));
    tagged(0xa0, [oid("1.3.6.1.4.1.311.20.2.3"), value].concat())
}

fn registered() -> Vec<u8> {
    tagged(0x88, [0x2a, 0x03])
}

/// An address and a mask.
fn network(address: &str, mask: &str) -> Vec<u8> {
    tagged(0x87, [octets(address), octets(mask)].concat())
}

fn octets(address: &str) -> Vec<u8> {
    match address.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// `[0]` permits, `[1]` excludes.
pub(crate) fn constraints(tag: u8, base: &[u8]) -> Vec<u8> {
    sequence([tagged(tag, sequence([base.to_vec()]))])
}

/// What a leaf is called, in words, and as its alternative names.
pub(crate) fn leaf_names() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    vec![
        ("DNS client.example.org", vec![dns("client.example.org")]),
        ("DNS example.com", vec![dns("example.com")]),
        ("DNS CLIENT.EXAMPLE.COM", vec![dns("CLIENT.EXAMPLE.COM")]),
        ("DNS badexample.com", vec![dns("badexample.com")]),
        ("DNS *.example.com", vec![dns("*.example.com")]),
        ("DNS client_1.example.com", vec![dns("client_1.example.com")]),
        ("DNS client.example.com.", vec![dns("client.example.com.")]),
        ("DNS with an empty name", vec![dns("")]),
        ("DNS with a zero byte", vec![dns("client.example.com\0.example.org")]),
        ("DNS of two domains", vec![dns("client.example.com"), dns("client.example.org")]),
        ("email client@example.com", vec![email("client@example.com")]),
        ("email client@EXAMPLE.COM", vec![email("client@EXAMPLE.COM")]),
        ("email client@mail.example.com", vec![email("client@mail.example.com")]),
        ("email client@example.org", vec![email("client@example.org")]),
        ("email without a host", vec![email("client")]),
        ("URI https://client.example.com/a", vec![uri("https://client.example.com/a")]),
        ("URI https://example.com:8443", vec![uri("https://example.com:8443")]),
        ("URI https://client.example.org/a", vec![uri("https://client.example.org/a")]),
        ("URI https://192.0.2.7/a", vec![uri("https://192.0.2.7/a")]),
        ("URI spiffe://example.com/client", vec![uri("spiffe://example.com/client")]),
        ("URI urn:client", vec![uri("urn:client")]),
        ("IP 192.0.2.7", vec![ip("192.0.2.7")]),
        ("IP 198.51.100.7", vec![ip("198.51.100.7")]),
        ("IP 2001:db8::7", vec![ip("2001:db8::7")]),
        ("IP of three bytes", vec![tagged(0x87, [192, 0, 2])]),
        ("directory O=Example", vec![directory("Example")]),
        ("directory O=Other", vec![directory("Other")]),
        ("user principal client@example.com", vec![user_principal("client@example.com")]),
        ("registered ID", vec![registered()]),
        ("DNS and email", vec![dns("client.example.com"), email("client@example.com")]),
    ]
}

/// Where constraints start, in words, and as a name.
pub(crate) fn bases() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("DNS example.com", dns("example.com")),
        ("DNS .example.com", dns(".example.com")),
        ("DNS example.org", dns("example.org")),
        ("DNS with an empty name", dns("")),
        ("email example.com", email("example.com")),
        ("email .example.com", email(".example.com")),
        ("email client@example.com", email("client@example.com")),
        ("email example.org", email("example.org")),
        ("URI example.com", uri("example.com")),
        ("URI .example.com", uri(".example.com")),
        ("URI example.org", uri("example.org")),
        ("IP 192.0.2.0/24", network("192.0.2.0", "255.255.255.0")),
        ("IP 192.0.2.0 with a mask full of holes", network("192.0.2.0", "255.0.255.0")),
        ("IP 0.0.0.0/0", network("0.0.0.0", "0.0.0.0")),
        ("IP 2001:db8::/32", network("2001:db8::", "ffff:ffff::")),
        ("IP of five bytes", tagged(0x87, [192, 0, 2, 0, 255])),
        ("directory O=Example", directory("Example")),
        ("directory O=EXAMPLE", directory("EXAMPLE")),
        ("directory O=Other", directory("Other")),
        ("directory with an empty name", tagged(0xa4, sequence([]))),
        ("user principal client@example.com", user_principal("client@example.com")),
        ("registered ID", registered()),
    ]
}
