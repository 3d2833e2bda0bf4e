//! What holds for every header: whoever is accepted is who was, whatever was done to the text around him.

use std::{cell::Cell, ops::Range, sync::LazyLock, time::SystemTime};

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{Authority, Key, KeyKind, rcgen},
};
use alb_mtls_adapter::{
    certificate::{PresentedChain, outgoing},
    rejection::PublicText,
    trust::{self, Revocation, VerifiedClient, bundle::TrustBundle},
};
use proptest::{
    prelude::*,
    sample::{Index, select, subsequence},
    test_runner::{Config, TestRunner},
};

use crate::support::{NOW, bundle, expired, key, valid};

type Der = Vec<u8>;

/// Made once: a root that is trusted, two authorities below it, a client of each, and strangers.
static WORLD: LazyLock<World> = LazyLock::new(World::new);

struct World {
    root: Authority,
    bundle: TrustBundle,
    /// What each of the three clients presents: itself, and one, two or no authorities.
    chains: [Vec<Der>; 3],
    /// Certificates with the names of the above that none of their keys signed, and one that expired.
    decoys: Vec<Der>,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Test Root", key(), valid()).unwrap();
        let first = root.intermediate("First", key(), valid()).unwrap();
        let second = first.intermediate("Second", ed25519(), valid()).unwrap();
        let client = |authority: &Authority| authority.leaf("client", valid()).issue().unwrap();
        let (direct, middle, deep) = (client(&root), client(&first), client(&second));
        let chains = [
            vec![direct.der().to_vec()],
            vec![middle.der().to_vec(), first.der().to_vec()],
            vec![deep.der().to_vec(), second.der().to_vec(), first.der().to_vec()],
        ];
        let late = root.intermediate("First", first.key().clone(), expired()).unwrap();
        let mut decoys = strangers(&[direct.key(), middle.key(), deep.key()]);
        decoys.push(late.der().to_vec());
        Self { bundle: bundle(&[&root]), root, chains, decoys }
    }

    fn clients(&self) -> impl Iterator<Item = &Der> {
        self.chains.iter().map(|chain| &chain[0])
    }

    /// Every certificate but the root's.
    fn everybody(&self) -> Vec<&Der> {
        let [direct, _, deep] = &self.chains;
        let middle = &self.chains[1][..1];
        direct.iter().chain(middle).chain(deep).chain(&self.decoys).collect()
    }
}

/// A PKI with the same names and other keys, clients that have the keys of ours among them; and what
/// clients of ours sign, as if they were authorities.
fn strangers(keys: &[&Key]) -> Vec<Der> {
    let root = Authority::root("Test Root", key(), valid()).unwrap();
    let first = root.intermediate("First", key(), valid()).unwrap();
    let second = first.intermediate("Second", key(), valid()).unwrap();
    let client = |authority: &Authority, key: &Key| {
        authority.leaf("client", valid()).key(key.clone()).issue().unwrap().der().to_vec()
    };
    let minting = |name: &str| Authority::root(name, keys[0].clone(), valid()).unwrap();
    vec![
        client(&root, keys[0]),
        client(&first, keys[1]),
        client(&second, &key()),
        client(&minting("Test Root"), keys[0]),
        client(&minting("client"), &key()),
        minting("Second").der().to_vec(),
        root.der().to_vec(),
        first.der().to_vec(),
        second.der().to_vec(),
    ]
}

fn ed25519() -> Key {
    KeyKind::Ed25519.generate().unwrap()
}

/// The verdict on a header, for short: the client, or the word for the refusal. Of whoever is accepted, the
/// outgoing header holds the certificate.
fn judge(header: &[u8]) -> Result<VerifiedClient, &'static str> {
    let chain = PresentedChain::from_header(header);
    let chain = chain.map_err(|error| PublicText::from(&error).code)?;
    let now = SystemTime::from(NOW);
    let client = trust::verify(&chain, &WORLD.bundle, Revocation::default(), now)
        .map_err(|error| PublicText::from(&error).code)?;
    let outgoing = outgoing::url_encoded_pem(client.leaf().der());
    let again = PresentedChain::from_header(outgoing.as_bytes()).unwrap();
    assert_eq!((again.leaf.der(), again.others.len()), (client.leaf().der(), 0));
    Ok(client)
}

/// The header of a chain, its blocks in this order.
fn header<D: AsRef<[u8]>>(chain: &[D], spelling: Spelling) -> Vec<u8> {
    certificate_header(chain.iter().map(AsRef::as_ref), spelling).into_bytes()
}

fn spelling() -> impl Strategy<Value = Spelling> {
    select(vec![Spelling::Raw, Spelling::Escaped])
}

/// Runs a property that says of each case whether somebody was accepted; where that is rare, the property
/// shows little.
fn check<S: Strategy>(
    cases: u32,
    at_least_accepted: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<bool, TestCaseError>,
) {
    let accepted = Cell::new(0);
    let outcome = TestRunner::new(Config::with_cases(cases)).run(strategy, |value| {
        accepted.set(accepted.get() + u32::from(property(value)?));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(accepted.get() >= at_least_accepted, "{} of {cases} were accepted", accepted.get());
}

// --- The text of the header ----------------------------------------------------------------------

/// What is done to the text of a header. Places are fractions of whatever is there.
#[derive(Debug, Clone)]
enum Change {
    Overwrite(Index, u8),
    Delete(Index, usize),
    Insert(Index, &'static str),
    Repeat(Index, usize),
    /// Blocks change places.
    Swap(Index, Index),
    RepeatBlock(Index),
    RemoveBlock(Index),
    /// So many characters from there are escaped, or written as they are.
    Escape(Index, usize, bool),
    LineEnds(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let fragments = vec![
        "%0A",
        "%0D%0A",
        "%20",
        "%00",
        "+",
        "=",
        "A",
        "%",
        "%zz",
        "\n",
        "-----",
        "text%0A",
        "-----BEGIN%20CERTIFICATE-----%0A",
        "-----END%20CERTIFICATE-----%0A",
        "-----BEGIN%20CERTIFICATE-----%0A-----END%20CERTIFICATE-----%0A",
    ];
    let at = any::<Index>;
    prop_oneof![
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Overwrite(at, byte)),
        1 => (at(), 1..80_usize).prop_map(|(at, length)| Change::Delete(at, length)),
        1 => (at(), select(fragments)).prop_map(|(at, fragment)| Change::Insert(at, fragment)),
        1 => (at(), 1..80_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        2 => (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        1 => at().prop_map(Change::RepeatBlock),
        1 => at().prop_map(Change::RemoveBlock),
        3 => (at(), 1..400_usize, any::<bool>())
            .prop_map(|(at, length, lower)| Change::Escape(at, length, lower)),
        2 => select(vec!["%0a", "%0D%0A", "%0A%0A", "%0A%20%0A"]).prop_map(Change::LineEnds),
    ]
}

impl Change {
    fn apply(&self, mut text: Vec<u8>) -> Vec<u8> {
        if text.is_empty() {
            return text;
        }
        match self {
            Self::Overwrite(at, byte) => *at.get_mut(&mut text) = *byte,
            Self::Delete(at, length) => drop(text.drain(range(*at, *length, &text))),
            Self::Insert(at, fragment) => {
                let at = at.index(text.len());
                text.splice(at..at, fragment.bytes());
            }
            Self::Repeat(at, length) => {
                let range = range(*at, *length, &text);
                let copy = text[range.clone()].to_vec();
                text.splice(range.end..range.end, copy);
            }
            Self::Swap(one, other) => {
                let mut blocks = blocks(&text);
                let count = blocks.len();
                blocks.swap(one.index(count), other.index(count));
                text = blocks.concat();
            }
            Self::RepeatBlock(at) => {
                let mut blocks = blocks(&text);
                blocks.push(blocks[at.index(blocks.len())].clone());
                text = blocks.concat();
            }
            Self::RemoveBlock(at) => {
                let mut blocks = blocks(&text);
                blocks.remove(at.index(blocks.len()));
                text = blocks.concat();
            }
            Self::Escape(at, length, lower) => {
                let range = range(*at, *length, &text);
                let respelled = respelled(&text[range.clone()], *lower);
                text.splice(range, respelled);
            }
            Self::LineEnds(end) => {
                text = String::from_utf8_lossy(&text).replace("%0A", end).into_bytes();
            }
        }
        text
    }
}

fn range(at: Index, length: usize, text: &[u8]) -> Range<usize> {
    let start = at.index(text.len());
    start..text.len().min(start + length)
}

/// A text in pieces that begin with a block each.
fn blocks(text: &[u8]) -> Vec<Vec<u8>> {
    let begin = b"-----BEGIN";
    let mut starts: Vec<_> = (1..text.len()).filter(|at| text[*at..].starts_with(begin)).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| text[*start..end].to_vec()).collect()
}

/// Every character escaped, but for those of an escape.
fn respelled(text: &[u8], lower: bool) -> Vec<u8> {
    let mut escaped = 0;
    let mut respelled = Vec::new();
    for byte in text {
        if *byte == b'%' {
            escaped = 3;
        }
        match (escaped, lower) {
            (0, true) => respelled.extend(format!("%{byte:02x}").bytes()),
            (0, false) => respelled.extend(format!("%{byte:02X}").bytes()),
            _ => {
                escaped -= 1;
                respelled.push(*byte);
            }
        }
    }
    respelled
}

#[test]
fn changed_header_is_refused_or_has_the_same_leaf() {
    let changes = prop::collection::vec(change(), 1..4);
    check(600, 100, &(0..3_usize, spelling(), changes), |(position, spelling, changes)| {
        let chain = &WORLD.chains[position];
        let text = changes.iter().fold(header(chain, spelling), |text, change| change.apply(text));
        let Ok(client) = judge(&text) else { return Ok(false) };
        prop_assert_eq!(client.leaf().der(), &chain[0]);
        Ok(true)
    });
}

// --- Certificates of others ----------------------------------------------------------------------

/// Some of all certificates, in any order; half the time behind a chain that is accepted.
fn anybody() -> impl Strategy<Value = Vec<&'static Der>> {
    let honest = prop::option::of(select(WORLD.chains.iter().collect::<Vec<_>>()));
    let mixed = subsequence(WORLD.everybody(), 1..=12).prop_shuffle();
    (honest, mixed).prop_map(|(honest, mixed)| honest.into_iter().flatten().chain(mixed).collect())
}

#[test]
fn nobody_is_accepted_whom_no_trusted_key_signed() {
    check(300, 100, &(anybody(), spelling()), |(chain, spelling)| {
        let Ok(client) = judge(&header(&chain, spelling)) else { return Ok(false) };
        prop_assert_eq!(client.leaf().der(), chain[0]);
        prop_assert!(WORLD.clients().any(|known| known == chain[0]));
        Ok(true)
    });
}

#[test]
fn strangers_in_any_place_behind_the_leaf_keep_nobody_out() {
    let decoys = subsequence(WORLD.decoys.clone(), 0..=10);
    check(100, 100, &(0..3_usize, decoys, any::<u64>()), |(position, decoys, seed)| {
        let (leaf, issuers) = WORLD.chains[position].split_first().unwrap();
        let mut others = [issuers, &decoys].concat();
        shuffle(&mut others, seed);
        let client = judge(&header(&[std::slice::from_ref(leaf), &others].concat(), Spelling::Raw));
        prop_assert_eq!(client.map(|client| client.leaf().der().to_vec()), Ok(leaf.clone()));
        Ok(true)
    });
}

#[test]
fn order_of_the_others_never_changes_the_verdict() {
    check(200, 60, &(anybody(), any::<u64>()), |(mut chain, seed)| {
        let verdict = |chain: &[&Der]| {
            judge(&header(chain, Spelling::Raw)).map(|client| client.leaf().der().to_vec())
        };
        let before = verdict(&chain);
        shuffle(&mut chain[1..], seed);
        prop_assert_eq!(&verdict(&chain), &before);
        Ok(before.is_ok())
    });
}

/// Some order, the same for the same seed.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for length in (2..=items.len()).rev() {
        let count = u64::try_from(length).unwrap();
        items.swap(length - 1, usize::try_from(seed % count).unwrap());
        seed /= count;
    }
}

// --- The bytes of the leaf -----------------------------------------------------------------------

#[test]
fn leaf_of_which_any_byte_is_changed_is_refused() {
    let edits = prop::collection::vec((any::<Index>(), any::<Option<u8>>(), any::<bool>()), 1..4);
    check(400, 0, &(0..3_usize, edits), |(position, edits)| {
        let mut chain = WORLD.chains[position].clone();
        for (at, byte, remove) in edits {
            let at = at.index(chain[0].len());
            chain[0].splice(at..at + usize::from(remove), byte);
        }
        prop_assume!(chain[0] != WORLD.chains[position][0]);
        prop_assert!(judge(&header(&chain, Spelling::Raw)).is_err());
        Ok(false)
    });
}

#[test]
fn outgoing_header_of_an_accepted_client_is_his_certificate() {
    let name = "[ -~äöü€]{1,60}";
    let key = key();
    check(64, 64, &(name, prop::collection::vec("[a-z]{1,40}", 0..4)), |(name, hosts)| {
        let request = WORLD.root.leaf(&name, valid()).key(key.clone()).adjust(|params| {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Example");
        });
        let request = hosts.iter().fold(request, |request, host| request.dns(host));
        let leaf = request.issue().unwrap();
        let client = judge(&header(&[leaf.der()], Spelling::Raw)).unwrap();
        prop_assert_eq!(client.leaf().der(), leaf.der());
        prop_assert_eq!(outgoing::pem(client.leaf().der()), leaf.pem());
        Ok(true)
    });
}
