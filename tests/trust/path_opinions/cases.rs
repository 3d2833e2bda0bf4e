//! The cases: every change alone, some dimensions times each other, and changes at random.

use std::collections::BTreeMap;

use aws_lc_rs::digest;

use crate::{
    changes::{self, Change, Dimension},
    keys::Keys,
    others::Presented,
    plan::Plan,
};

/// Dimensions of which each change is combined with each of the other's.
const PRODUCTS: [(&str, &str); 5] = [
    ("leaf names", "issuer constraints"),
    ("leaf names", "anchor constraints"),
    ("leaf subject", "issuer constraints"),
    ("leaf extKeyUsage", "issuer extKeyUsage"),
    ("depth", "issuer basicConstraints"),
];

/// What a name and a constraint on names have to have in common to be worth combining.
const TYPES_OF_NAMES: [&[&str]; 7] = [
    &["DNS"],
    &["email"],
    &["URI"],
    &["IP"],
    &["directory", "organisation", "common name", "subject"],
    &["user principal"],
    &["registered ID"],
];

/// How many cases are drawn, of two or three changes each.
const RANDOM: u32 = 300;

/// A path, and what is different about it.
pub(crate) struct Case {
    pub(crate) changes: Vec<String>,
    pub(crate) presented: Presented,
}

impl Case {
    /// In words.
    pub(crate) fn name(&self) -> String {
        match self.changes.is_empty() {
            true => "nothing unusual".to_owned(),
            false => self.changes.join("; "),
        }
    }

    pub(crate) fn only_change(&self) -> Option<String> {
        match self.changes.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// Whether one of its changes begins like this.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.changes.iter().any(|change| change.starts_with(words))
    }

    pub(crate) fn has_any(&self, beginnings: &[&str]) -> bool {
        beginnings.iter().any(|words| self.has(words))
    }

    /// Whether one of its changes is about this.
    pub(crate) fn mentions(&self, words: &str) -> bool {
        self.changes.iter().any(|change| change.contains(words))
    }

    pub(crate) fn mentions_any(&self, all: &[&str]) -> bool {
        all.iter().any(|words| self.mentions(words))
    }

    /// Whether a name constraint begins like one of these.
    pub(crate) fn constrains(&self, bases: &[&str]) -> bool {
        let verbs = ["permits", "excludes"];
        bases.iter().any(|base| verbs.iter().any(|verb| self.mentions(&format!("{verb} {base}"))))
    }
}

/// All of them, signed with new keys.
pub(crate) async fn all(keys: &Keys) -> Vec<Case> {
    let dimensions = changes::all();
    let mut combinations = vec![vec![]];
    combinations.extend(singles(&dimensions));
    for (one, other) in PRODUCTS {
        let product = product(named(&dimensions, one), named(&dimensions, other));
        match other.contains("constraints") && one.contains("leaf") {
            true => combinations.extend(product.filter(|pair| is_about_one_type(pair))),
            false => combinations.extend(product),
        }
    }
    combinations.extend(random(&dimensions));
    let mut cases = Vec::new();
    for combination in combinations.iter().filter(|combination| goes_together(combination)) {
        let plan = plan(combination);
        // An X25519 key signs nothing, and SHA-1 goes with RSA and with ECDSA in ways of their own.
        if plan.can_be_signed(keys) {
            let changes = combination.iter().map(|change| change.words.clone()).collect();
            cases.push(Case { changes, presented: plan.carry_out(keys).await });
        }
    }
    cases
}

fn plan(combination: &[&Change]) -> Plan {
    let mut plan = Plan::new();
    for change in combination {
        (change.apply)(&mut plan);
    }
    plan
}

fn singles(dimensions: &[Dimension]) -> impl Iterator<Item = Vec<&Change>> {
    dimensions.iter().flat_map(|dimension| &dimension.changes).map(|change| vec![change])
}

fn product<'a>(one: &'a Dimension, other: &'a Dimension) -> impl Iterator<Item = Vec<&'a Change>> {
    let pairs = |first| other.changes.iter().map(move |second| vec![first, second]);
    one.changes.iter().flat_map(pairs)
}

/// The same ones each time: what is drawn are the bytes of a digest.
fn random(dimensions: &[Dimension]) -> impl Iterator<Item = Vec<&Change>> {
    (0..RANDOM).map(|number| {
        let drawn = digest::digest(&digest::SHA256, &number.to_be_bytes());
        let [three, bytes @ ..] = drawn.as_ref() else { return vec![] };
        let chosen: BTreeMap<_, _> = bytes
            .chunks(2)
            .take(if three % 2 == 0 { 2 } else { 3 })
            .map(|pair| (usize::from(pair[0]) % dimensions.len(), usize::from(pair[1])))
            .collect();
        let changes = |(dimension, change): (usize, usize)| {
            let changes: &Vec<Change> = &dimensions[dimension].changes;
            &changes[change % changes.len()]
        };
        chosen.into_iter().map(changes).collect()
    })
}

fn is_about_one_type(pair: &[&Change]) -> bool {
    let speaks =
        |change: &Change, words: &[&str]| words.iter().any(|word| change.words.contains(word));
    TYPES_OF_NAMES.iter().any(|words| pair.iter().all(|change| speaks(change, words)))
}

/// Nothing is said of an issuer where there is none.
fn goes_together(combination: &[&Change]) -> bool {
    let has = |words: &str| combination.iter().any(|change| change.words.starts_with(words));
    !(has("no issuer") && (has("issuer") || has("header")))
}

fn named<'a>(dimensions: &'a [Dimension], name: &str) -> &'a Dimension {
    dimensions.iter().find(|dimension| dimension.name == name).unwrap()
}
