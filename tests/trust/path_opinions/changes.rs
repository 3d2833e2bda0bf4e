//! What can be different about a path, dimension by dimension.

use time::{Duration, macros::datetime};

use crate::{
    der::{BMP, IA5, INTEGER, PRINTABLE, TELETEX, UTF8, bits, long_date, oid, sequence, tagged},
    keys::Algorithm,
    names,
    plan::{
        AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, Draft, EXTENDED_KEY_USAGE, KEY_USAGE, Name,
        Plan, SUBJECT_ALT_NAME, SUBJECT_KEY_IDENTIFIER, basic_constraints,
    },
    support::{NOW, expired, not_yet_valid, valid},
};

/// One way in which a path differs from the plain one, in words that begin with whose it is.
pub(crate) struct Change {
    pub(crate) words: String,
    pub(crate) apply: Box<dyn Fn(&mut Plan)>,
}

/// Changes of which a path can have one.
pub(crate) struct Dimension {
    pub(crate) name: String,
    pub(crate) changes: Vec<Change>,
}

const WHO: [&str; 3] = ["leaf", "issuer", "anchor"];

/// Every dimension, in the order in which changes are applied: copies are made of what has been changed.
pub(crate) fn all() -> Vec<Dimension> {
    let mut dimensions = vec![depth(), leaf_names(), subject(), constraints("issuer")];
    dimensions.push(constraints("anchor"));
    dimensions.push(leaf_key());
    for who in WHO {
        dimensions.extend([
            dates(who),
            basic(who),
            usage(who),
            extended_usage(who),
            version(who),
            extra_extension(who),
            policies(who),
            identifiers(who),
            signature(who),
        ]);
    }
    for who in ["issuer", "anchor"] {
        dimensions.push(signing_key(who));
    }
    for who in ["leaf", "issuer"] {
        dimensions.push(issuer_name(who));
    }
    dimensions.extend([place(), header(), anchors()]);
    dimensions
}

fn dimension(name: impl Into<String>, changes: Vec<Change>) -> Dimension {
    Dimension { name: name.into(), changes }
}

pub(crate) fn change(words: impl Into<String>, apply: impl Fn(&mut Plan) + 'static) -> Change {
    Change { words: words.into(), apply: Box::new(apply) }
}

/// Under how many certificates.
fn depth() -> Dimension {
    let under_upper = |plan: &mut Plan| {
        plan.add("upper", Draft::authority("Upper", "upper", "anchor"));
        plan["issuer"].issuer = "upper";
        plan.header.push("upper");
    };
    let limited = move |plan: &mut Plan, length: u8| {
        under_upper(plan);
        plan["upper"].set(BASIC_CONSTRAINTS, true, basic_constraints(true, Some(length)));
    };
    let changes = vec![
        change("no issuer between leaf and anchor", |plan| {
            plan["leaf"].issuer = "anchor";
            plan.header = vec!["leaf"];
        }),
        change("upper above the issuer", under_upper),
        change("upper above the issuer in the wrong order", move |plan| {
            under_upper(plan);
            plan.header = vec!["leaf", "upper", "issuer"];
        }),
        change("upper with path length 0", move |plan| limited(plan, 0)),
        change("upper with path length 1", move |plan| limited(plan, 1)),
        change("upper with path length 0 above a self-issued issuer", move |plan| {
            limited(plan, 0);
            plan["issuer"].subject = plan["upper"].subject.clone();
        }),
        change("upper with the name of the issuer and path length 1", move |plan| {
            limited(plan, 1);
            plan["issuer"].subject = plan["upper"].subject.clone();
        }),
        change("upper expired", move |plan| {
            under_upper(plan);
            plan["upper"].valid(expired().not_before, expired().not_after);
        }),
        change("upper for servers", move |plan| {
            under_upper(plan);
            plan["upper"].set(EXTENDED_KEY_USAGE, false, sequence([oid(SERVER_AUTH)]));
        }),
        change("upper missing", move |plan| {
            under_upper(plan);
            plan.header.pop();
        }),
        change("ladder of eight issuers", |plan| {
            for (number, name) in LADDER.into_iter().enumerate() {
                let above = if number == 0 { "anchor" } else { LADDER[number - 1] };
                let mut rung = Draft::authority(name, "upper", above);
                // Each with the key of the one above, so that signature and name go together.
                rung.identifiers = false;
                plan.add(name, rung);
                plan.header.insert(2, name);
            }
            plan["issuer"].issuer = LADDER[6];
        }),
    ];
    dimension("depth", changes)
}

const LADDER: [&str; 7] =
    ["Rung One", "Rung Two", "Rung Three", "Rung Four", "Rung Five", "Rung Six", "Rung Seven"];

/// The subject alternative names of the leaf.
fn leaf_names() -> Dimension {
    let mut changes = vec![
        change("leaf without alternative names", |plan| plan["leaf"].remove(SUBJECT_ALT_NAME)),
        change("leaf with an empty list of alternative names", |plan| {
            plan["leaf"].set(SUBJECT_ALT_NAME, false, sequence([]));
        }),
        change("leaf with critical alternative names", |plan| {
            plan["leaf"].set(SUBJECT_ALT_NAME, true, sequence([names::dns("client.example.com")]));
        }),
    ];
    changes.extend(names::leaf_names().into_iter().map(|(words, names)| {
        change(format!("leaf called {words}"), move |plan| {
            plan["leaf"].set(SUBJECT_ALT_NAME, false, sequence(names.clone()));
        })
    }));
    dimension("leaf names", changes)
}

fn subject() -> Dimension {
    let named = |words: &str, attributes: Vec<(&'static str, u8, Vec<u8>)>| {
        change(format!("leaf with {words}"), move |plan| {
            plan["leaf"].subject = Name(attributes.clone());
        })
    };
    let common_name = |tag: u8, text: &[u8]| {
        vec![("2.5.4.10", UTF8, b"Example".to_vec()), ("2.5.4.3", tag, text.to_vec())]
    };
    let changes = vec![
        change("leaf with an empty subject and critical alternative names", |plan| {
            plan["leaf"].subject = Name(vec![]);
            plan["leaf"].set(SUBJECT_ALT_NAME, true, sequence([names::dns("client.example.com")]));
        }),
        named("an empty subject", vec![]),
        named("a common name like a DNS name", common_name(UTF8, b"client.example.com")),
        named("a common name like another DNS name", common_name(UTF8, b"client.example.org")),
        named("a common name in a PrintableString", common_name(PRINTABLE, b"client")),
        named("a common name in a BMPString", common_name(BMP, b"\0c\0l\0i\0e\0n\0t")),
        named("a common name in a TeletexString", common_name(TELETEX, b"client")),
        named("a common name with a zero byte", common_name(UTF8, b"client\0.example.com")),
        named("an empty common name", common_name(UTF8, b"")),
        named(
            "an email address in the subject",
            vec![
                ("2.5.4.10", UTF8, b"Example".to_vec()),
                ("1.2.840.113549.1.9.1", IA5, b"client@example.com".to_vec()),
            ],
        ),
        named(
            "another email address in the subject",
            vec![
                ("2.5.4.10", UTF8, b"Example".to_vec()),
                ("1.2.840.113549.1.9.1", IA5, b"client@example.org".to_vec()),
            ],
        ),
        named("another organisation", vec![("2.5.4.10", UTF8, b"Other".to_vec())]),
        named("the organisation in capitals", vec![("2.5.4.10", UTF8, b"EXAMPLE".to_vec())]),
        named(
            "the organisation in a PrintableString",
            vec![("2.5.4.10", PRINTABLE, b"Example".to_vec())],
        ),
        named("the subject of its issuer", common_name(UTF8, b"Issuer")),
        named("the subject of the anchor", common_name(UTF8, b"Anchor")),
    ];
    dimension("leaf subject", changes)
}

fn constraints(who: &'static str) -> Dimension {
    let mut changes = Vec::new();
    for (words, base) in names::bases() {
        for (verb, tag) in [("permits", 0xa0), ("excludes", 0xa1)] {
            let constraints = names::constraints(tag, &base);
            changes.push(change(format!("{who} {verb} {words}"), move |plan| {
                plan[who].set(names::NAME_CONSTRAINTS, true, constraints.clone());
            }));
        }
    }
    changes.push(change(format!("{who} excludes DNS client.example.com, not critical"), {
        let constraints = names::constraints(0xa1, &names::dns("client.example.com"));
        move |plan| plan[who].set(names::NAME_CONSTRAINTS, false, constraints.clone())
    }));
    changes.push(change(format!("{who} constrains nothing"), move |plan| {
        plan[who].set(names::NAME_CONSTRAINTS, true, sequence([]));
    }));
    for (words, tag) in [("from a depth of one", 0x80), ("down to a depth of one", 0x81)] {
        let base = sequence([names::dns("example.com"), tagged(tag, [1])]);
        let constraints = sequence([tagged(0xa0, base)]);
        changes.push(change(format!("{who} permits DNS example.com {words}"), move |plan| {
            plan[who].set(names::NAME_CONSTRAINTS, true, constraints.clone());
        }));
    }
    dimension(format!("{who} constraints"), changes)
}

fn leaf_key() -> Dimension {
    let kinds = [
        "leaf RSA-512",
        "leaf RSA-1024",
        "leaf RSA-2047",
        "leaf RSA-2048",
        "leaf RSA-3072",
        "leaf RSA-PSS",
        "leaf P-224",
        "leaf P-384",
        "leaf P-521",
        "leaf secp256k1",
        "leaf Ed25519",
        "leaf Ed448",
        "leaf X25519",
        "issuer",
    ];
    let changes = kinds.into_iter().map(|kind| {
        let words = match kind {
            "issuer" => "leaf with the key of its issuer".to_owned(),
            kind => kind.replacen(' ', " with a key of type ", 1),
        };
        change(words, move |plan| plan["leaf"].key = kind)
    });
    dimension("leaf key", changes.collect())
}

fn dates(who: &'static str) -> Dimension {
    let second = Duration::SECOND;
    let dated = move |words: &str, from, until| {
        change(format!("{who} {words}"), move |plan| plan[who].valid(from, until))
    };
    let changes = vec![
        dated("expired", expired().not_before, expired().not_after),
        dated("not yet valid", not_yet_valid().not_before, not_yet_valid().not_after),
        dated("expired a second ago", valid().not_before, NOW - second),
        dated("in its last second", valid().not_before, NOW),
        dated("in its first second", NOW, valid().not_after),
        dated("valid in a second", NOW + second, valid().not_after),
        dated("valid until before it began", valid().not_after, valid().not_before),
        dated("valid until 2051", valid().not_before, datetime!(2051-01-01 0:00 UTC)),
        dated("valid for ever", valid().not_before, datetime!(9999-12-31 23:59:59 UTC)),
        dated("valid since 1955", datetime!(1955-01-01 0:00 UTC), valid().not_after),
        change(format!("{who} with a long date before 2050"), move |plan| {
            plan[who].not_after = long_date(valid().not_after);
        }),
    ];
    dimension(format!("{who} dates"), changes)
}

fn basic(who: &'static str) -> Dimension {
    let limited = move |words: &str, critical: bool, ca: bool, length: Option<u8>| {
        change(format!("{who} {words}"), move |plan| {
            plan[who].set(BASIC_CONSTRAINTS, critical, basic_constraints(ca, length));
        })
    };
    let changes = vec![
        change(format!("{who} without basicConstraints"), move |plan| {
            plan[who].remove(BASIC_CONSTRAINTS);
        }),
        limited("that is no CA", true, false, None),
        limited("that is no CA, not critical", false, false, None),
        limited("that is no CA, with path length 0", true, false, Some(0)),
        limited("that is a CA", true, true, None),
        limited("that is a CA, not critical", false, true, None),
        limited("that is a CA, with path length 0", true, true, Some(0)),
        limited("that is a CA, with path length 1", true, true, Some(1)),
        change(format!("{who} that is a CA, with path length -1"), move |plan| {
            plan[who].set(BASIC_CONSTRAINTS, true, basic_constraints(true, Some(255)));
        }),
        change(format!("{who} that says FALSE outright"), move |plan| {
            plan[who].set(BASIC_CONSTRAINTS, true, sequence([vec![1, 1, 0]]));
        }),
        change(format!("{who} that is a CA by a TRUE of 01"), move |plan| {
            plan[who].set(BASIC_CONSTRAINTS, true, sequence([vec![1, 1, 1]]));
        }),
    ];
    dimension(format!("{who} basicConstraints"), changes)
}

const USAGES: [(&str, &[u8]); 8] = [
    ("digitalSignature", &[0]),
    ("nonRepudiation", &[1]),
    ("keyEncipherment", &[2]),
    ("keyAgreement", &[4]),
    ("keyCertSign", &[5]),
    ("cRLSign", &[6]),
    ("digitalSignature and keyEncipherment", &[0, 2]),
    ("digitalSignature and keyCertSign", &[0, 5]),
];

fn usage(who: &'static str) -> Dimension {
    let mut changes = vec![
        change(format!("{who} without keyUsage"), move |plan| plan[who].remove(KEY_USAGE)),
        change(format!("{who} with no bit of keyUsage"), move |plan| {
            plan[who].set(KEY_USAGE, true, bits(&[]));
        }),
        change(format!("{who} with keyUsage keyEncipherment, not critical"), move |plan| {
            plan[who].set(KEY_USAGE, false, bits(&[2]));
        }),
        change(format!("{who} with keyUsage decipherOnly in a second byte"), move |plan| {
            plan[who].set(KEY_USAGE, true, bits(&[8]));
        }),
    ];
    changes.extend(USAGES.into_iter().map(|(words, numbers)| {
        change(format!("{who} with keyUsage {words}"), move |plan| {
            plan[who].set(KEY_USAGE, true, bits(numbers));
        })
    }));
    dimension(format!("{who} keyUsage"), changes)
}

const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
const ANY_USAGE: &str = "2.5.29.37.0";
const UNKNOWN: &str = "1.3.6.1.4.1.99999.1";

const EXTENDED_USAGES: [(&str, bool, &[&str]); 10] = [
    ("clientAuth", false, &[CLIENT_AUTH]),
    ("clientAuth, critical", true, &[CLIENT_AUTH]),
    ("serverAuth", false, &[SERVER_AUTH]),
    ("serverAuth, critical", true, &[SERVER_AUTH]),
    ("clientAuth and serverAuth", false, &[CLIENT_AUTH, SERVER_AUTH]),
    ("any", false, &[ANY_USAGE]),
    ("serverAuth and any", false, &[SERVER_AUTH, ANY_USAGE]),
    ("codeSigning", false, &[CODE_SIGNING]),
    ("one that nobody knows", false, &[UNKNOWN]),
    ("nothing in it", false, &[]),
];

fn extended_usage(who: &'static str) -> Dimension {
    let mut changes = vec![change(format!("{who} without extKeyUsage"), move |plan| {
        plan[who].remove(EXTENDED_KEY_USAGE);
    })];
    for (words, critical, usages) in EXTENDED_USAGES {
        let content = sequence(usages.iter().map(|usage| oid(usage)));
        changes.push(change(format!("{who} with extKeyUsage {words}"), move |plan| {
            plan[who].set(EXTENDED_KEY_USAGE, critical, content.clone());
        }));
    }
    dimension(format!("{who} extKeyUsage"), changes)
}

fn version(who: &'static str) -> Dimension {
    let serial = move |words: &str, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        change(format!("{who} with {words}"), move |plan| plan[who].serial = bytes.clone())
    };
    let changes = vec![
        change(format!("{who} of version 1"), move |plan| plan[who].bare(None)),
        change(format!("{who} of version 2"), move |plan| plan[who].bare(Some(1))),
        change(format!("{who} of version 3 without extensions"), move |plan| {
            plan[who].bare(Some(2));
        }),
        change(format!("{who} of version 1 with extensions"), move |plan| plan[who].version = None),
        change(format!("{who} of version 2 with extensions"), move |plan| {
            plan[who].version = Some(1);
        }),
        change(format!("{who} of version 4"), move |plan| plan[who].version = Some(3)),
        serial("serial number 0", &[0]),
        serial("a negative serial number", &[0x80]),
        serial("a serial number of 20 bytes", &[0x7f; 20]),
        serial("a serial number of 21 bytes", &[0x7f; 21]),
    ];
    dimension(format!("{who} version and serial number"), changes)
}

fn extra_extension(who: &'static str) -> Dimension {
    let added = move |words: &str, oid: &'static str, critical: bool, content: Vec<u8>| {
        change(format!("{who} with {words}"), move |plan| {
            plan[who].add(oid, critical, content.clone());
        })
    };
    let uri = tagged(0x86, "http://a.example");
    let access = sequence([sequence([oid("1.3.6.1.5.5.7.48.1"), uri.clone()])]);
    let point = sequence([sequence([tagged(0xa0, tagged(0xa0, uri))])]);
    let changes = vec![
        added("an unknown critical extension", UNKNOWN, true, vec![5, 0]),
        added("an unknown extension", UNKNOWN, false, vec![5, 0]),
        added("an unknown extension that is not DER", UNKNOWN, false, vec![0xff]),
        added("basicConstraints twice", BASIC_CONSTRAINTS, true, basic_constraints(false, None)),
        added("keyUsage twice", KEY_USAGE, true, bits(&[0, 5])),
        added("authorityInfoAccess", "1.3.6.1.5.5.7.1.1", false, access.clone()),
        added("critical authorityInfoAccess", "1.3.6.1.5.5.7.1.1", true, access),
        added("a CRL distribution point", "2.5.29.31", false, point.clone()),
        added("a critical CRL distribution point", "2.5.29.31", true, point.clone()),
        added("a freshest CRL", "2.5.29.46", false, point),
        added("a TLS feature", "1.3.6.1.5.5.7.1.24", false, sequence([vec![2, 1, 5]])),
        added("Netscape type client", NETSCAPE_TYPE, false, bits(&[0])),
        added("Netscape type server", NETSCAPE_TYPE, false, bits(&[1])),
        added("Netscape type for a CA of servers", NETSCAPE_TYPE, false, bits(&[5])),
        added("a critical pre-certificate poison", "1.3.6.1.4.1.11129.2.4.3", true, vec![5, 0]),
        added("ocspNoCheck", "1.3.6.1.5.5.7.48.1.5", false, vec![5, 0]),
        added("an issuerAltName", "2.5.29.18", false, sequence([names::dns("ca.example.com")])),
        added(
            "a privateKeyUsagePeriod that is over",
            "2.5.29.16",
            false,
            sequence([tagged(0x81, "20250101000000Z")]),
        ),
        added(
            "subjectDirectoryAttributes",
            "2.5.29.9",
            false,
            sequence([sequence([oid("1.3.6.1.5.5.7.9.4"), vec![0x31, 4, 0x13, 2, b'D', b'E']])]),
        ),
    ];
    dimension(format!("{who} extensions"), changes)
}

const NETSCAPE_TYPE: &str = "2.16.840.1.113730.1.1";

const POLICIES: &str = "2.5.29.32";
const POLICY_MAPPINGS: &str = "2.5.29.33";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
const ANY_POLICY: &str = "2.5.29.32.0";

fn policies(who: &'static str) -> Dimension {
    let listed = |policies: &[&str]| sequence(policies.iter().map(|id| sequence([oid(id)])));
    let added = move |words: &str, oid: &'static str, critical: bool, content: Vec<u8>| {
        change(format!("{who} with {words}"), move |plan| {
            plan[who].add(oid, critical, content.clone());
        })
    };
    let required = sequence([tagged(0x80, [0])]);
    let requiring = move |words: &str, leaf: Option<Vec<u8>>| {
        let required = required.clone();
        change(format!("{who} that requires a policy, {words}"), move |plan| {
            plan[who].add(POLICY_CONSTRAINTS, true, required.clone());
            for (who, policy) in [("leaf", leaf.clone()), ("issuer", leaf.clone())] {
                if let Some(policy) = policy {
                    plan[who].set(POLICIES, false, policy);
                }
            }
        })
    };
    let mapping = sequence([sequence([oid(UNKNOWN), oid(ANY_POLICY)])]);
    let changes = vec![
        added("policies", POLICIES, false, listed(&[UNKNOWN])),
        added("critical policies", POLICIES, true, listed(&[UNKNOWN])),
        added("anyPolicy", POLICIES, false, listed(&[ANY_POLICY])),
        added("the same policy twice", POLICIES, false, listed(&[UNKNOWN, UNKNOWN])),
        added("no policy in its policies", POLICIES, false, listed(&[])),
        requiring("and nobody has one", None),
        requiring("and everybody has it", Some(listed(&[UNKNOWN]))),
        added("a mapping to anyPolicy", POLICY_MAPPINGS, true, mapping),
        added("policyMapping inhibited", POLICY_CONSTRAINTS, true, sequence([tagged(0x81, [0])])),
        added("empty policyConstraints", POLICY_CONSTRAINTS, true, sequence([])),
        added("anyPolicy inhibited", INHIBIT_ANY_POLICY, true, tagged(INTEGER, [0])),
    ];
    dimension(format!("{who} policies"), changes)
}

fn identifiers(who: &'static str) -> Dimension {
    let wrong = || [7; 20];
    let changes = vec![
        change(format!("{who} without key identifiers"), move |plan| {
            plan[who].identifiers = false;
        }),
        change(format!("{who} with another key identifier"), move |plan| {
            plan[who].set(SUBJECT_KEY_IDENTIFIER, false, tagged(4, wrong()));
        }),
        change(format!("{who} with another key identifier of its issuer"), move |plan| {
            let content = sequence([tagged(0x80, wrong())]);
            plan[who].set(AUTHORITY_KEY_IDENTIFIER, false, content);
        }),
        change(format!("{who} with another serial number of its issuer"), move |plan| {
            let name = Name::new(&[("2.5.4.3", "Nobody")]).der();
            let issuer = tagged(0xa1, tagged(0xa4, name));
            let content = sequence([issuer, tagged(0x82, [9])]);
            plan[who].set(AUTHORITY_KEY_IDENTIFIER, false, content);
        }),
        change(format!("{who} with a critical key identifier"), move |plan| {
            plan[who].set(SUBJECT_KEY_IDENTIFIER, true, tagged(4, wrong()));
        }),
    ];
    dimension(format!("{who} key identifiers"), changes)
}

fn signature(who: &'static str) -> Dimension {
    // The key of whoever signs has to fit the algorithm.
    let with = move |words: &str, key: Option<&'static str>, algorithm: Algorithm| {
        change(format!("{who} signed with {words}"), move |plan| {
            let signer = plan[who].issuer;
            if let Some(key) = key {
                plan[signer].key = key;
            }
            plan[who].algorithm = Some(algorithm);
        })
    };
    let rsa = Some("issuer RSA-2048");
    let changes = vec![
        change(format!("{who} with a broken signature"), move |plan| plan[who].broken = true),
        change(format!("{who} signed by a stranger"), move |plan| {
            plan[who].signing_key = Some("stranger");
        }),
        change(format!("{who} with another algorithm inside"), move |plan| {
            plan[who].inner_algorithm = Some(Algorithm::EcdsaSha512);
        }),
        with("ECDSA and SHA-1", None, Algorithm::EcdsaSha1),
        with("ECDSA and SHA-224", None, Algorithm::EcdsaSha224),
        with("ECDSA on P-256 and SHA-384", None, Algorithm::EcdsaSha384),
        with("ECDSA on P-256 and SHA-512", None, Algorithm::EcdsaSha512),
        with("ECDSA on P-384 and SHA-256", Some("issuer P-384"), Algorithm::EcdsaSha256),
        with("RSA and MD5", rsa, Algorithm::RsaMd5),
        with("RSA and SHA-1", rsa, Algorithm::RsaSha1),
        with("RSA and SHA-512", rsa, Algorithm::RsaSha512),
        with("RSA-PSS", rsa, Algorithm::RsaPssSha256),
    ];
    dimension(format!("{who} signature"), changes)
}

fn signing_key(who: &'static str) -> Dimension {
    let kinds = [
        "issuer RSA-1024",
        "issuer RSA-2048",
        "issuer RSA-3072",
        "issuer P-224",
        "issuer P-384",
        "issuer P-521",
        "issuer secp256k1",
        "issuer Ed25519",
        "issuer Ed448",
    ];
    let changes = kinds.into_iter().map(|kind| {
        let words = kind.replace("issuer", &format!("{who} with a key of type"));
        change(words, move |plan| plan[who].key = kind)
    });
    dimension(format!("{who} key"), changes.collect())
}

/// What a certificate says of its issuer's name, and the issuer does not.
fn issuer_name(who: &'static str) -> Dimension {
    let respelt = move |words: &str, respell: fn(&mut Name)| {
        change(format!("{who} that spells its issuer {words}"), move |plan| {
            let mut name = plan[plan[who].issuer].subject.clone();
            respell(&mut name);
            plan[who].issuer_name = Some(name);
        })
    };
    let changes = vec![
        respelt("otherwise", |name| name.0[1].2 = b"Nobody".to_vec()),
        respelt("in capitals", |name| name.0[1].2.make_ascii_uppercase()),
        respelt("with more spaces", |name| name.0[0].2 = b" Example ".to_vec()),
        respelt("in a PrintableString", |name| name.0[1].1 = PRINTABLE),
        respelt("in an IA5String", |name| name.0[1].1 = IA5),
        respelt("in a TeletexString", |name| name.0[1].1 = TELETEX),
        respelt("in a BMPString", |name| {
            name.0[1].1 = BMP;
            name.0[1].2 = name.0[1].2.iter().flat_map(|byte| [0, *byte]).collect();
        }),
        respelt("in another order", |name| name.0.reverse()),
        respelt("with less", |name| name.0.truncate(1)),
        respelt("with nothing", |name| name.0.clear()),
    ];
    dimension(format!("{who} name of its issuer"), changes)
}

/// Who issued the leaf, and whether it is trusted itself.
fn place() -> Dimension {
    let self_signed = |plan: &mut Plan| {
        plan["leaf"].issuer = "leaf";
        plan.header = vec!["leaf"];
    };
    let changes = vec![
        change("leaf self-signed", self_signed),
        change("leaf trusted itself", |plan| plan.anchors.push("leaf")),
        change("leaf alone trusted", |plan| plan.anchors = vec!["leaf"]),
        change("leaf self-signed and trusted itself", move |plan| {
            self_signed(plan);
            plan.anchors.push("leaf");
        }),
        change("leaf self-signed as a CA and trusted itself", move |plan| {
            self_signed(plan);
            plan["leaf"].set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
            plan.anchors.push("leaf");
        }),
        change("anchor presented as the client", |plan| plan.header = vec!["anchor"]),
        change("anchor for every use presented as the client", |plan| {
            plan["anchor"].remove(KEY_USAGE);
            plan.header = vec!["anchor"];
        }),
        change("leaf issued by a sibling", |plan| {
            let sibling = plan["leaf"].clone();
            plan.add("sibling", sibling);
            plan["leaf"].issuer = "sibling";
            plan["sibling"].key = "stranger";
            plan["sibling"].subject = Name::new(&[("2.5.4.3", "sibling")]);
            plan.header.insert(1, "sibling");
        }),
        change("leaf issued by a sibling that is trusted", |plan| {
            let sibling = plan["leaf"].clone();
            plan.add("sibling", sibling);
            plan["leaf"].issuer = "sibling";
            plan["sibling"].key = "stranger";
            plan["sibling"].subject = Name::new(&[("2.5.4.3", "sibling")]);
            plan.header.insert(1, "sibling");
            plan.anchors.push("sibling");
        }),
    ];
    dimension("leaf place", changes)
}

/// What comes along in the header.
fn header() -> Dimension {
    // A second certificate for the issuer, as good as the first until it is changed, and before it.
    let twin = |words: &str, spoil: fn(&mut Draft)| {
        change(format!("header with {words} of the issuer first"), move |plan| {
            let mut twin = plan["issuer"].clone();
            spoil(&mut twin);
            plan.add("twin", twin);
            let header = plan.header.iter().position(|name| *name == "issuer");
            plan.header.insert(header.unwrap_or(plan.header.len()), "twin");
        })
    };
    let stranger = || Draft::authority("Stranger", "stranger", "stranger");
    let changes = vec![
        change("header without the issuer", |plan| plan.header.retain(|name| *name != "issuer")),
        change("header with the issuer twice", |plan| plan.header.push("issuer")),
        change("header with the leaf twice", |plan| plan.header.push("leaf")),
        change("header with the anchor", |plan| plan.header.push("anchor")),
        change("header with a stranger", move |plan| {
            plan.add("stranger", stranger());
            plan.header.insert(1, "stranger");
        }),
        twin("an expired twin", |twin| twin.valid(expired().not_before, expired().not_after)),
        twin("a twin for servers", |twin| {
            twin.set(EXTENDED_KEY_USAGE, false, sequence([oid(SERVER_AUTH)]));
        }),
        twin("a twin that is no CA", |twin| {
            twin.set(BASIC_CONSTRAINTS, true, basic_constraints(false, None));
        }),
        twin("a twin with a broken signature", |twin| twin.broken = true),
        twin("a namesake with another key", |twin| twin.key = "stranger"),
        change("header with a certificate of the issuer by a stranger first", move |plan| {
            plan.add("stranger", stranger());
            let mut crossed = plan["issuer"].clone();
            crossed.issuer = "stranger";
            plan.add("crossed", crossed);
            plan.header.insert(1, "crossed");
            plan.header.push("stranger");
        }),
        change("header with a certificate of the anchor by a stranger", move |plan| {
            plan.add("stranger", stranger());
            let mut crossed = plan["anchor"].clone();
            crossed.issuer = "stranger";
            plan.add("crossed", crossed);
            plan.header.push("crossed");
        }),
    ];
    dimension("header", changes)
}

/// What is trusted.
fn anchors() -> Dimension {
    let stranger = || Draft::authority("Stranger", "stranger", "stranger");
    let changes = vec![
        change("trust in a stranger alone", move |plan| {
            plan.add("stranger", stranger());
            plan.anchors = vec!["stranger"];
        }),
        change("trust in a namesake of the anchor alone", move |plan| {
            let mut namesake = stranger();
            namesake.subject = plan["anchor"].subject.clone();
            plan.add("stranger", namesake);
            plan.anchors = vec!["stranger"];
        }),
        change("trust in a namesake of the anchor first", move |plan| {
            let mut namesake = stranger();
            namesake.subject = plan["anchor"].subject.clone();
            plan.add("stranger", namesake);
            plan.anchors.insert(0, "stranger");
        }),
        change("trust in the issuer alone", |plan| plan.anchors = vec!["issuer"]),
        change("trust in the issuer alone, not presented", |plan| {
            plan.anchors = vec!["issuer"];
            plan.header = vec!["leaf"];
        }),
        change("trust in the issuer too", |plan| plan.anchors.push("issuer")),
        change("trust in an expired twin of the anchor first", |plan| {
            let mut twin = plan["anchor"].clone();
            twin.valid(expired().not_before, expired().not_after);
            plan.add("old anchor", twin);
            plan.anchors.insert(0, "old anchor");
        }),
    ];
    dimension("trust", changes)
}
