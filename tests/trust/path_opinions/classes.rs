//! Where the opinions differ, and why. Sections are those of RFC 5280.

use crate::cases::Case;

/// Whose opinion is the odd one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    Ours,
    OpenSsl,
    Jdk,
    Webpki,
}

use Voice::{Jdk, OpenSsl, Ours, Webpki};

/// A reason for which a voice accepts or refuses what another one does not.
pub(crate) struct Class {
    pub(crate) voice: Voice,
    pub(crate) accepts: bool,
    pub(crate) why: &'static str,
    pub(crate) covers: fn(&Case) -> bool,
}

pub(crate) fn accepts(voice: Voice, why: &'static str, covers: fn(&Case) -> bool) -> Class {
    Class { voice, accepts: true, why, covers }
}

pub(crate) fn refuses(voice: Voice, why: &'static str, covers: fn(&Case) -> bool) -> Class {
    Class { voice, accepts: false, why, covers }
}

pub(crate) fn classes() -> Vec<Class> {
    [ours(), openssl(), jdk(), webpki()].into_iter().flatten().collect()
}

/// Where we are stricter than all others, or than most.
fn ours() -> Vec<Class> {
    vec![
        refuses(Ours, "a CA certificate is no client's, unless it is pinned", |case| {
            case.has("leaf that is a CA")
        }),
        refuses(Ours, "the client's key is of a type or size that is not accepted", |case| {
            let weak = [
                "RSA-512",
                "RSA-1024",
                "RSA-2047",
                "RSA-PSS",
                "P-224",
                "secp256k1",
                "Ed448",
                "X25519",
            ];
            weak.iter().any(|kind| case.has(&format!("leaf with a key of type {kind}")))
        }),
        refuses(Ours, "no signature with SHA-224, or of P-224, secp256k1 or Ed448", |case| {
            case.mentions("SHA-224")
                || ["P-224", "secp256k1", "Ed448"].iter().any(|kind| {
                    case.has(&format!("issuer with a key of type {kind}"))
                        || case.has(&format!("anchor with a key of type {kind}"))
                })
        }),
        refuses(
            Ours,
            "what is not DER, or not of the version that it says, is refused whole",
            |case| {
                case.mentions_any(&[
                    "TRUE of 01",
                    "path length -1",
                    "version 1 with extensions",
                    "version 2 with extensions",
                    "version 4",
                ])
            },
        ),
        refuses(Ours, "dates before 1970 cannot be read", |case| case.mentions("valid since 1955")),
        refuses(
            Ours,
            "a constraint that cannot be enforced: an empty DNS name or one with a leading dot, a mask \
             with holes or of odd length",
            |case| {
                case.constrains(&[
                    "DNS with an empty name",
                    "DNS .example.com",
                    "IP 192.0.2.0 with",
                    "IP of five",
                ])
            },
        ),
        refuses(
            Ours,
            "a DNS name that is no host's cannot be held against constraints, nor a wildcard over one",
            |case| {
                let odd = ["client.example.com.", "with an empty name", "with a zero byte"];
                odd.iter().any(|name| case.has(&format!("leaf called DNS {name}")))
                    && case.constrains(&["DNS"])
                    || case.has("leaf called DNS *.example.com")
                        && case.constrains(&["DNS client.example.com"])
            },
        ),
        refuses(
            Ours,
            "an anchor with a critical extension that is not understood, or a mapping that nobody may make, is \
             of no use",
            |case| {
                case.has_any(&[
                    "anchor with a mapping to anyPolicy",
                    "anchor with a critical key identifier",
                ])
            },
        ),
    ]
}

const HOST_BY_ADDRESS: &str = "a URI whose host is an address is outside what is excluded; section \
                               4.2.1.10: where URIs are constrained, it MUST be refused";

fn host_by_address(case: &Case) -> bool {
    case.has("leaf called URI https://192.0.2.7/a") && case.mentions("excludes URI")
}

fn openssl() -> Vec<Class> {
    vec![
        accepts(OpenSsl, "policies are not looked at without -policy_check", |case| {
            case.mentions_any(&["requires a policy, and nobody", "a mapping to anyPolicy"])
        }),
        accepts(OpenSsl, HOST_BY_ADDRESS, host_by_address),
        accepts(OpenSsl, "keyAgreement is enough for a TLS client", |case| {
            case.has("leaf with keyUsage keyAgreement")
        }),
        accepts(
            OpenSsl,
            "a trusted self-signed certificate of version 1 or with keyCertSign is a CA",
            |case| case.has_any(&["anchor of version 1", "anchor without basicConstraints"]),
        ),
        accepts(OpenSsl, "names are equal in any type of string", |case| {
            case.mentions_any(&["issuer in a TeletexString", "issuer in a BMPString"])
        }),
        refuses(OpenSsl, "anyExtendedKeyUsage is no clientAuth", |case| {
            case.mentions_any(&["extKeyUsage any", "extKeyUsage serverAuth and any"])
        }),
        refuses(
            OpenSsl,
            "the last second is over; section 4.1.2.5: notAfter is included",
            |case| case.mentions("in its last second"),
        ),
        refuses(
            OpenSsl,
            "an issuer whose key identifier or serial number is not the one that is named did not issue; \
             section 4.2.1.1: they help to find it",
            |case| {
                case.mentions_any(&["with another key identifier", "with another serial number"])
            },
        ),
        refuses(OpenSsl, "Netscape's types of certificate bind", |case| {
            case.mentions_any(&["Netscape type server", "Netscape type for a CA"])
        }),
        refuses(
            OpenSsl,
            "whoever is trusted himself is held against his issuers, where they are there",
            |case| case.has_any(&["leaf alone trusted", "leaf trusted itself"]),
        ),
        refuses(
            OpenSsl,
            "the first issuer that fits by name is taken, and no other tried",
            |case| {
                case.has_any(&[
                    "header with a twin",
                    "header with an expired twin",
                    "header with a certificate of the issuer",
                ])
            },
        ),
    ]
}

fn jdk() -> Vec<Class> {
    vec![
        accepts(Jdk, "of an anchor, the name and the key count, and that it is a CA", |case| {
            case.has_any(&["anchor ", "trust in the issuer"])
        }),
        accepts(Jdk, "a name that cannot be read is held against no constraint", |case| {
            case.has_any(&["leaf called email without a host", "leaf called IP of three bytes"])
        }),
        accepts(
            Jdk,
            "what permits IPv4 addresses permits IPv6 addresses, and a registered ID itself",
            |case| {
                case.has("leaf called IP 2001:db8::7") && case.constrains(&["IP 0.0.0.0/0"])
                    || case.has("leaf called registered ID") && case.constrains(&["registered ID"])
            },
        ),
        accepts(Jdk, "a policy may be mapped to anyPolicy; section 4.2.1.5: MUST NOT", |case| {
            case.has("issuer with a mapping to anyPolicy")
        }),
        accepts(Jdk, HOST_BY_ADDRESS, host_by_address),
        accepts(Jdk, "extKeyUsage of issuers is not looked at", |case| {
            case.has_any(&["issuer with extKeyUsage", "upper for servers"])
        }),
        accepts(Jdk, "who is trusted himself is trusted for everything", |case| {
            case.has_any(&["anchor presented", "leaf trusted itself", "leaf alone trusted"])
        }),
        accepts(Jdk, "an email address in the subject is not held against constraints", |case| {
            case.has_any(&["leaf with an email address", "leaf with another email address"])
        }),
        refuses(
            Jdk,
            "an empty subject wants critical alternative names; section 4.2.1.6: so it does",
            |case| case.has("leaf with an empty subject"),
        ),
        refuses(Jdk, "an IA5String equals no UTF8String", |case| {
            case.mentions("issuer in an IA5String")
        }),
        refuses(
            Jdk,
            "an anchor whose key identifier is not the one that is named did not issue",
            |case| {
                case.has("anchor with another key identifier")
                    || case.mentions_any(&["another key identifier of", "another serial number of"])
            },
        ),
        refuses(Jdk, "Netscape's types of certificate bind", |case| {
            case.has_any(&["leaf with Netscape type server", "leaf with Netscape type for a CA"])
        }),
        refuses(Jdk, "an anchor has to be readable where nothing of it counts", |case| {
            case.has("anchor with another algorithm inside")
        }),
        refuses(Jdk, "a critical CRL distribution point is not understood", |case| {
            case.has_any(&[
                "leaf with a critical CRL distribution point",
                "issuer with a critical CRL distribution point",
            ])
        }),
        refuses(Jdk, "an IPv4 constraint on an IPv6 name, before 17.0.21", |case| {
            case.has("leaf called IP 2001:db8::7") && case.constrains(&["IP 0.0.0.0/0"])
        }),
    ]
}

fn webpki() -> Vec<Class> {
    vec![
        accepts(Webpki, "of an anchor, the name, the key and name constraints count", |case| {
            case.has_any(&[
                "anchor ",
                "trust in the issuer",
                "leaf issued by a sibling that is trusted",
            ])
        }),
        accepts(Webpki, "keyUsage is not looked at", |case| case.mentions("keyUsage")),
        accepts(
            Webpki,
            "an email address in the subject is not held against constraints",
            |case| case.has_any(&["leaf with an email address", "leaf with another email address"]),
        ),
        refuses(Webpki, "anyExtendedKeyUsage is no clientAuth", |case| {
            case.mentions_any(&["extKeyUsage any", "extKeyUsage serverAuth and any"])
        }),
        refuses(Webpki, "a CA certificate is no client's, pinned or not", |case| {
            case.has_any(&[
                "anchor for every use presented",
                "leaf self-signed as a CA and trusted itself",
            ])
        }),
        refuses(Webpki, "pins are not known", |case| {
            case.has_any(&[
                "leaf trusted itself",
                "leaf alone trusted",
                "leaf self-signed and trusted",
            ])
        }),
        refuses(Webpki, "version 3 alone is read", |case| {
            case.mentions_any(&["of version 1", "of version 2"])
        }),
        refuses(Webpki, "names are compared by their bytes; section 7.1: not so", |case| {
            case.mentions("that spells its issuer")
        }),
        refuses(
            Webpki,
            "constraints on directories, email addresses and URIs are not understood",
            |case| case.constrains(&["directory", "email", "URI"]),
        ),
        refuses(Webpki, "no policy extension is understood where it is critical", |case| {
            case.mentions_any(&["polic", "anyPolicy"])
        }),
        refuses(Webpki, "at most six issuers", |case| case.has("ladder of eight issuers")),
        refuses(
            Webpki,
            "a self-issued certificate counts for path length; section 4.2.1.9: not so",
            |case| case.has("upper with path length 0 above a self-issued issuer"),
        ),
        refuses(Webpki, "an anchor has to be readable where nothing of it counts", |case| {
            case.has("anchor with another algorithm inside")
        }),
    ]
}
