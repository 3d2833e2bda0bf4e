//! Name constraints (RFC 5280 section 4.2.1.10): each refusal has its accepting twin, and every type of name
//! is spelled in all ways that somebody might take for the same name.
//!
//! A name is made of what it means and of how it is written. What it means says by itself whether it is
//! within a constraint: that is the model. However it is written, one that is within never passes where it
//! is excluded, and one that is not never passes where others are permitted; written plainly, each of
//! them passes where it may.

use std::{cell::Cell, time::SystemTime};

use alb_mtls::pki::pem;
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{
        self, PathError, Revocation,
        bundle::{Source, TrustBundle},
    },
};
use der::{
    Tag,
    asn1::{Any, Ia5String, ObjectIdentifier, OctetString},
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use x509_cert::{
    ext::pkix::{
        NameConstraints,
        constraints::name::GeneralSubtree,
        name::{GeneralName, OtherName},
    },
    name::Name,
};

use crate::{
    named::{Attribute, COMMON_NAME, EMAIL, Named, ORGANISATION, common_name, name},
    support::{NOW, header, trusting},
    verdict,
};

// --- A client below a constraint ------------------------------------------------------------------

/// Which list of a constraint a name stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Permitted,
    Excluded,
}

/// Whether a client passes whose issuing authority has the constraint, be it an intermediate or an anchor.
fn passes(list: List, base: &GeneralName, client: &Named) -> bool {
    let subtrees = Some(vec![GeneralSubtree { base: base.clone(), minimum: 0, maximum: None }]);
    let constraints = match list {
        List::Permitted => {
            NameConstraints { permitted_subtrees: subtrees, excluded_subtrees: None }
        }
        List::Excluded => NameConstraints { permitted_subtrees: None, excluded_subtrees: subtrees },
    };
    let (root, issuing) = (common_name("Root"), common_name("Issuing"));
    let anchor = Named::authority(root.clone(), None).der(&root);
    let constrained = Named::authority(issuing.clone(), Some(constraints));
    let client = client.der(&issuing);
    let below = verify(&[&client, &constrained.der(&root)], &anchor);
    let anchored = verify(&[&client], &constrained.der(&issuing));
    assert_eq!(below, anchored, "an intermediate's and an anchor's constraints bind alike");
    below
}

/// An anchor whose constraints cannot be enforced is of no use: nobody passes.
fn verify(chain: &[&[u8]], anchor: &[u8]) -> bool {
    let source = Source { name: "anchor".to_owned(), content: pem(anchor).into_bytes() };
    let now = SystemTime::from(NOW);
    let Ok(bundle) = TrustBundle::read(&[source], now) else { return false };
    PresentedChain::from_header(header(chain).as_bytes())
        .is_ok_and(|chain| trust::verify(&chain, &bundle, Revocation::default(), now).is_ok())
}

fn called(subject: Name) -> Named {
    Named::client(subject)
}

fn also_called(alternative: GeneralName) -> Named {
    Named { alternative: vec![alternative], ..Named::client(common_name("client")) }
}

fn text(text: &str) -> Ia5String {
    Ia5String::new(text).unwrap()
}

fn dns(name: &str) -> GeneralName {
    GeneralName::DnsName(text(name))
}

fn mail(name: &str) -> GeneralName {
    GeneralName::Rfc822Name(text(name))
}

fn uri(name: &str) -> GeneralName {
    GeneralName::UniformResourceIdentifier(text(name))
}

fn address(bytes: &[u8]) -> GeneralName {
    GeneralName::IpAddress(OctetString::new(bytes).unwrap())
}

fn utf8(oid: ObjectIdentifier, text: &str) -> Attribute {
    (oid, Tag::Utf8String, text.as_bytes().to_vec())
}

fn passes_as_subject_and_alternative(list: List, base: &Name, other: &Name) -> bool {
    let base = GeneralName::DirectoryName(base.clone());
    let subject = passes(list, &base, &called(other.clone()));
    // Without a subject, or every permission would have to hold for that too.
    let nobody = Named::client(name(&[]));
    let alternative = vec![GeneralName::DirectoryName(other.clone())];
    assert_eq!(subject, passes(list, &base, &Named { alternative, ..nobody }));
    subject
}

// --- What was found -------------------------------------------------------------------------------

#[test]
fn excluded_directory_name_is_refused_in_whichever_order_its_attributes_stand() {
    let two = |first: &str, second: &str| {
        name(&[vec![utf8(COMMON_NAME, first), utf8(ORGANISATION, second)]])
    };
    // By the length of their DER, the spaces move the first behind the second.
    let passes =
        |list, other: &Name| passes_as_subject_and_alternative(list, &two("ab", "abc"), other);
    for (other, is_the_same) in [
        (two("ab", "abc"), true),
        (two("AB      ", "abc"), true),
        (two("ab", "  ABC    "), true),
        (two("abx", "abc"), false),
        (two("ab", "abd      "), false),
    ] {
        assert_eq!(passes(List::Excluded, &other), !is_the_same, "{other}");
        assert_eq!(passes(List::Permitted, &other), is_the_same, "{other}");
    }
}

#[test]
fn directory_name_that_may_be_written_in_another_way_still_passes_where_it_differs_elsewhere() {
    let named = |organisation: &str, common: &str| {
        name(&[vec![utf8(ORGANISATION, organisation)], vec![utf8(COMMON_NAME, common)]])
    };
    let base = named("Evil", "a b");
    for common in ["a\tb", "a\u{a0}b", "a\u{200b} b", "\u{ff41} b", "a\u{301} b"] {
        assert!(!passes_as_subject_and_alternative(List::Excluded, &base, &named("Evil", common)));
        assert!(passes_as_subject_and_alternative(List::Excluded, &base, &named("Good", common)));
        assert!(!passes_as_subject_and_alternative(List::Permitted, &base, &named("Evil", common)));
    }
    let german = name(&[vec![utf8(ORGANISATION, "Groß Müller")]]);
    for (other, is_the_same) in
        [("GROSS  müller", true), ("Groß MÜLLER", true), ("Gros Müller", false)]
    {
        let other = name(&[vec![utf8(ORGANISATION, other)]]);
        assert_eq!(
            passes_as_subject_and_alternative(List::Excluded, &german, &other),
            !is_the_same,
            "{other}"
        );
    }
}

#[test]
fn mail_address_in_the_subject_is_held_against_constraints_or_refused() {
    let subject = |tag, value: &str| {
        called(name(&[vec![utf8(COMMON_NAME, "client")], vec![(EMAIL, tag, value.into())]]))
    };
    for (tag, address, is_outside) in [
        (Tag::Ia5String, "a@good.example", true),
        (Tag::Utf8String, "a@good.example", true),
        (Tag::Ia5String, "a@EVIL.example", false),
        (Tag::Utf8String, "ü@evil.example", false),
        (Tag::PrintableString, "a@evil.example", false),
        (Tag::Ia5String, "a@evil.example ", false),
        (Tag::Ia5String, "a@evil.example.", false),
    ] {
        let client = subject(tag, address);
        assert_eq!(passes(List::Excluded, &mail("evil.example"), &client), is_outside, "{address}");
        assert!(passes(List::Excluded, &dns("evil.example"), &client), "{address}: another type");
    }
    assert!(passes(
        List::Permitted,
        &mail("good.example"),
        &subject(Tag::Ia5String, "a@good.example")
    ));
    assert!(!passes(
        List::Permitted,
        &mail("good.example"),
        &subject(Tag::Ia5String, "a@evil.example")
    ));
}

#[test]
fn mail_address_in_unicode_is_refused_where_mail_addresses_are_constrained() {
    let other = |oid: &str| {
        GeneralName::OtherName(OtherName {
            type_id: ObjectIdentifier::new_unwrap(oid),
            value: Any::new(Tag::Utf8String, "ü@evil.example".as_bytes()).unwrap(),
        })
    };
    let (mailbox, principal) =
        (also_called(other("1.3.6.1.5.5.7.8.9")), also_called(other("1.3.6.1.4.1.311.20.2.3")));
    assert!(!passes(List::Excluded, &mail("evil.example"), &mailbox));
    assert!(passes(List::Excluded, &mail("evil.example"), &principal));
    assert!(passes(List::Excluded, &dns("evil.example"), &mailbox));
}

#[test]
fn name_of_a_form_that_is_not_processed_is_refused_where_that_form_is_constrained() {
    let registered = |oid: &str| GeneralName::RegisteredId(ObjectIdentifier::new_unwrap(oid));
    for list in [List::Permitted, List::Excluded] {
        assert!(!passes(list, &registered("1.2.3"), &also_called(registered("1.2.4"))));
    }
    assert!(passes(List::Excluded, &registered("1.2.3"), &also_called(dns("a.example"))));
    assert!(passes(List::Excluded, &dns("a.example"), &also_called(registered("1.2.3"))));
}

#[test]
fn range_of_ipv4_addresses_in_the_form_of_version_6_cannot_be_enforced() {
    let mapped = |address: [u8; 4], bits: usize| {
        let mut bytes = vec![0; 32];
        (bytes[10], bytes[11]) = (255, 255);
        bytes[12..16].copy_from_slice(&address);
        bytes[16..16 + bits / 8].fill(255);
        bytes
    };
    let client = also_called(address(&[192, 0, 2, 1]));
    assert!(!passes(List::Excluded, &address(&mapped([192, 0, 2, 0], 120)), &client));
    // All of version 6 is what a CA excludes that has none of it.
    assert!(passes(List::Excluded, &address(&[0; 32]), &client));
}

#[test]
fn authority_that_issues_itself_a_new_key_is_spared_and_its_clients_are_not() {
    let (root, issuing) = (common_name("Root"), common_name("Issuing"));
    let good = name(&[vec![utf8(ORGANISATION, "Good")]]);
    let permitted = GeneralSubtree {
        base: GeneralName::DirectoryName(good.clone()),
        minimum: 0,
        maximum: None,
    };
    let constraints =
        NameConstraints { permitted_subtrees: Some(vec![permitted]), excluded_subtrees: None };
    let anchor = Named::authority(root.clone(), None).der(&root);
    let constrained = Named::authority(issuing.clone(), Some(constraints.clone())).der(&root);
    let judge = |client: Name| verify(&[&called(client).der(&issuing), &constrained], &anchor);
    assert!(judge(good.clone()));
    assert!(!judge(common_name("client")));
    // Another authority below it has to be within.
    let below = |between: Name| {
        let client = called(good.clone()).der(&between);
        let between = Named::authority(between, None).der(&issuing);
        verify(&[&client, &between, &constrained], &anchor)
    };
    assert!(below(name(&[vec![utf8(ORGANISATION, "Good")], vec![utf8(COMMON_NAME, "CA")]])));
    assert!(!below(common_name("CA")));
}

#[test]
fn names_are_held_against_constraints_up_to_a_limit_over_all_paths() {
    // Three alike on each of three levels: 27 paths, all of which are judged.
    let host = |number: usize| GeneralName::DnsName(text(&format!("h{number}.example")));
    let permitted =
        |number: usize| GeneralSubtree { base: host(number), minimum: 0, maximum: None };
    let constraints = NameConstraints {
        permitted_subtrees: Some((0..128).map(permitted).collect()),
        excluded_subtrees: None,
    };
    let level = |number: usize| common_name(&format!("Level {number}"));
    let top = Named::authority(level(3), Some(constraints));
    let anchor = top.der(&level(3));
    let mut others = Vec::new();
    for number in 0..3 {
        // Signatures of ECDSA differ each time.
        others
            .extend((0..3).map(|_| Named::authority(level(number), None).der(&level(number + 1))));
    }
    let judge = |names: usize| {
        let client =
            Named { alternative: (0..names).map(|_| host(999)).collect(), ..called(level(9)) };
        let client = client.der(&level(0));
        let chain: Vec<&[u8]> = [&client].into_iter().chain(&others).map(Vec::as_slice).collect();
        verdict::verify(&chain, &trusting(pem(&anchor))).unwrap_err()
    };
    assert!(judge(1).to_string().contains("outside the name constraints"));
    assert_eq!(judge(256), PathError::TooManyPaths);
}

// --- What a refusal says --------------------------------------------------------------------------

/// The verdict on a client of these names, under a CA that permits or excludes this.
fn reason(list: List, bases: &[GeneralName], client: &Named) -> Result<(), String> {
    let subtree =
        |base: &GeneralName| GeneralSubtree { base: base.clone(), minimum: 0, maximum: None };
    let subtrees = Some(bases.iter().map(subtree).collect());
    let (permitted_subtrees, excluded_subtrees) = match list {
        List::Permitted => (subtrees, None),
        List::Excluded => (None, subtrees),
    };
    let constraints = NameConstraints { permitted_subtrees, excluded_subtrees };
    let root = common_name("Constrained Root");
    let anchor = Named::authority(root.clone(), Some(constraints)).der(&root);
    let verdict = verdict::verify(&[&client.der(&root)], &trusting(pem(&anchor)));
    verdict.map(drop).map_err(|reason| reason.to_string())
}

#[test]
fn name_outside_a_constraint_is_named_with_whose_and_what_it_says() {
    let both = |inside: GeneralName, outside: GeneralName| Named {
        alternative: vec![inside, outside],
        ..Named::client(common_name("client"))
    };
    let range = |bytes: &[u8]| address(bytes);
    let person = |organisation: &str| {
        name(&[vec![utf8(ORGANISATION, organisation)], vec![utf8(COMMON_NAME, "c")]])
    };
    let directory = |organisation: &str| {
        GeneralName::DirectoryName(name(&[vec![utf8(ORGANISATION, organisation)]]))
    };
    for (list, bases, client, twin, words) in [
        (
            List::Permitted,
            vec![dns("a.example"), dns("b.example")],
            both(dns("x.a.example"), dns("x.c.example")),
            both(dns("x.a.example"), dns("x.b.example")),
            "has the name DNS:x.c.example, outside the name constraints of CN=Constrained Root, which permit of \
             its kind only DNS:a.example, DNS:b.example (RFC",
        ),
        (
            List::Excluded,
            vec![dns("a.example"), dns("b.example")],
            both(dns("x.c.example"), dns("x.b.example")),
            both(dns("x.c.example"), dns("x.d.example")),
            "has the name DNS:x.b.example, outside the name constraints of CN=Constrained Root, which exclude \
             DNS:b.example (RFC",
        ),
        (
            List::Permitted,
            vec![range(&[10, 0, 0, 0, 255, 0, 0, 0])],
            also_called(address(&[192, 0, 2, 1])),
            also_called(address(&[10, 0, 2, 1])),
            "the name IP:192.0.2.1, outside the name constraints of CN=Constrained Root, which permit of its \
             kind only IP:10.0.0.0/255.0.0.0 (RFC",
        ),
        (
            List::Permitted,
            vec![directory("Good")],
            called(person("Evil")),
            called(person("Good")),
            "the name dirName:CN=c,O=Evil, outside the name constraints of CN=Constrained Root, which permit of \
             its kind only dirName:O=Good (RFC",
        ),
        (
            List::Excluded,
            vec![mail("evil.example")],
            called(name(&[vec![(EMAIL, Tag::Ia5String, b"a@evil.example".to_vec())]])),
            called(name(&[vec![(EMAIL, Tag::Ia5String, b"a@good.example".to_vec())]])),
            "the name email:a@evil.example, outside the name constraints of CN=Constrained Root, which exclude \
             email:evil.example (RFC",
        ),
        (
            List::Permitted,
            vec![uri("good.example")],
            also_called(uri("urn:a")),
            also_called(uri("https://good.example/")),
            "has the name URI:urn:a, and the name constraints of CN=Constrained Root cannot be held against it",
        ),
    ] {
        let told = reason(list, &bases, &client).unwrap_err();
        assert!(told.contains(words), "{words}: {told}");
        assert_eq!(reason(list, &bases, &twin), Ok(()), "{words}");
    }
}

#[test]
fn name_is_looked_for_among_usual_numbers_of_names_and_constraints_alone() {
    let names = |count: usize| {
        let inside = (1..count).map(|number| dns(&format!("h{number}.example")));
        Named {
            alternative: inside.chain([dns("outside.test")]).collect(),
            ..Named::client(common_name("client"))
        }
    };
    let bases = |count: usize| {
        (0..count).map(|number| match number {
            0 => dns("example"),
            _ => dns(&format!("other{number}.test")),
        })
    };
    let told = |names: Named, count| {
        reason(List::Permitted, &bases(count).collect::<Vec<_>>(), &names).unwrap_err()
    };
    let usual = told(names(100), 20);
    assert!(
        usual.contains(
            "the name DNS:outside.test, outside the name constraints of CN=Constrained Root"
        ),
        "{usual}"
    );
    let most = told(names(256), 128);
    assert!(
        most.contains("has a name, outside the name constraints of CN=Constrained Root ("),
        "{most}"
    );
}

#[test]
fn name_in_a_refusal_is_escaped_and_bounded() {
    let long = "x".repeat(9_000);
    let client = called(common_name(&format!("a\u{202e}\n{long}")));
    let base = GeneralName::DirectoryName(common_name(&long));
    let told = reason(List::Permitted, &[base], &client).unwrap_err();
    assert!(told.len() < 1_200 && told.contains("a\\u{202e}\\0axxx"), "{told}");
}

// --- By generation --------------------------------------------------------------------------------

/// A constraint, a name, and what the model knows of them.
#[derive(Debug, Clone)]
struct Case {
    base: GeneralName,
    client: GeneralName,
    /// Whether the name is within the constraint by what it means.
    is_within: bool,
    /// Whether it is written in a way that nobody takes for another.
    is_plain: bool,
}

fn holds(case: &Case) -> Result<(bool, bool), TestCaseError> {
    let client = || match &case.client {
        GeneralName::DirectoryName(name) => Named::client(name.clone()),
        other => also_called(other.clone()),
    };
    let excluded = passes(List::Excluded, &case.base, &client());
    let permitted = passes(List::Permitted, &case.base, &client());
    if case.is_within {
        prop_assert!(!excluded, "it is excluded and passes");
    } else {
        prop_assert!(!permitted, "it is not permitted and passes");
    }
    if case.is_plain {
        prop_assert_eq!(excluded, !case.is_within, "written plainly, under an exclusion");
        prop_assert_eq!(permitted, case.is_within, "written plainly, under a permission");
    }
    Ok((excluded, permitted))
}

/// Runs the cases, and sees that neither list refuses or accepts them all.
fn check(strategy: &impl Strategy<Value = Case>) {
    const CASES: u32 = 256;
    let (excluded, permitted) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(Config::with_cases(CASES)).run(strategy, |case| {
        let (by_exclusion, by_permission) = holds(&case)?;
        excluded.set(excluded.get() + u32::from(by_exclusion));
        permitted.set(permitted.get() + u32::from(by_permission));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    for passed in [excluded.get(), permitted.get()] {
        assert!((CASES / 20..CASES * 19 / 20).contains(&passed), "{passed} of {CASES} passed");
    }
}

/// Letters in upper or lower case, as the bits say.
fn cased(text: &str, bits: u64) -> String {
    let upper = |place: usize| bits >> (place % 64) & 1 == 1;
    let letters = text.chars().enumerate();
    letters
        .map(|(place, char)| if upper(place) { char.to_ascii_uppercase() } else { char })
        .collect()
}

/// How a part of a directory name is written.
#[derive(Debug, Clone)]
struct Writing {
    bits: u64,
    spaces: [usize; 3],
    tag: Tag,
    /// Put between its two words instead of spaces.
    between: Option<&'static str>,
    /// Put in the place of its first letter.
    first: Option<&'static str>,
}

fn writing() -> impl Strategy<Value = Writing> {
    let tags = vec![
        Tag::Utf8String,
        Tag::Utf8String,
        Tag::PrintableString,
        Tag::Ia5String,
        Tag::BmpString,
        Tag::TeletexString,
    ];
    let odd = prop::option::weighted(
        0.1,
        select(vec![
            "\t",
            "\n",
            "\r\n",
            "\u{a0}",
            "\u{3000}",
            "\u{2009}",
            " \u{200b}",
            "\u{ad} ",
            " \0",
        ]),
    );
    let first = prop::option::weighted(0.1, select(vec!["\u{ff41}", "a\u{200d}", "\u{1d41a}"]));
    (any::<u64>(), [0..3usize, 1..4usize, 0..9usize], select(tags), odd, first).prop_map(
        |(bits, spaces, tag, between, first)| Writing { bits, spaces, tag, between, first },
    )
}

/// What is written is two words, the first of which begins with an `a`.
fn written(second: &str, how: &Writing) -> (Tag, Vec<u8>, bool) {
    let [before, middle, after] = how.spaces.map(|spaces| " ".repeat(spaces));
    let between = how.between.map_or(middle, str::to_owned);
    let first = how.first.map_or_else(|| cased("a", how.bits), str::to_owned);
    let text = format!("{before}{first}b{between}{}{after}", cased(second, how.bits >> 8));
    let odd = how.between.is_some() || how.first.is_some();
    let tag = if odd && how.tag != Tag::BmpString { Tag::Utf8String } else { how.tag };
    let bytes = match tag {
        Tag::BmpString => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.into_bytes(),
    };
    let plain_tag = matches!(tag, Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
    (tag, bytes, plain_tag && !odd)
}

fn directory_case() -> impl Strategy<Value = Case> {
    // Parts of one or two attributes; whether a part of the name means the same as the constraint's.
    let part = (select(vec!["x", "xy", "z"]), prop::option::of(select(vec!["p", "q"])));
    let parts = prop::collection::vec((part, prop::bool::weighted(0.9)), 1..4);
    let writings = prop::collection::vec([writing(), writing(), writing(), writing()], 4);
    let length = select(vec![0, 0, 1, -1]);
    (parts, writings, length).prop_map(|(parts, writings, length)| {
        let (mut base, mut client) = (Vec::new(), Vec::new());
        let mut is_within = true;
        let mut is_plain = true;
        for (((common, organisation), is_same), writing) in parts.iter().zip(&writings) {
            let other = if *is_same { *common } else { "other" };
            is_within &= is_same;
            let mut attributes = |common: &str, how: &[Writing], plain_only: bool| {
                let mut all = vec![(COMMON_NAME, written(common, &how[0]))];
                all.extend(organisation.map(|text| (ORGANISATION, written(text, &how[1]))));
                all.into_iter()
                    .map(|(oid, (tag, bytes, plain))| {
                        is_plain &= plain || plain_only;
                        (oid, tag, bytes)
                    })
                    .collect::<Vec<Attribute>>()
            };
            let plain = [0, 1].map(|at: usize| Writing {
                tag: Tag::Utf8String,
                between: None,
                first: None,
                ..writing[2 + at].clone()
            });
            base.push(attributes(common, &plain, true));
            client.push(attributes(other, &writing[..2], false));
        }
        match length {
            1 => client.push(vec![utf8(COMMON_NAME, "below")]),
            // A subject of no part is held against nothing.
            -1 if client.len() > 1 => {
                client.pop();
                is_within = false;
            }
            _ => {}
        }
        let (base, client) = (name(&base), name(&client));
        let [base, client] = [base, client].map(GeneralName::DirectoryName);
        Case { base, client, is_within, is_plain }
    })
}

#[test]
fn directory_name_is_held_against_constraints_however_it_is_written() {
    check(&directory_case());
}

/// The first of these, which is plain, and sometimes another one.
fn mostly_plain<T: Clone + std::fmt::Debug + 'static>(
    ways: impl IntoIterator<Item = T>,
) -> impl Strategy<Value = T> {
    let ways: Vec<T> = ways.into_iter().collect();
    let plain = ways[0].clone();
    prop_oneof![3 => Just(plain), 1 => select(ways)]
}

/// A host's labels: within `evil.example`, or beside it.
fn host() -> impl Strategy<Value = (String, bool)> {
    let below = select(vec!["", "", "", "a.", "a.b.", "xn--mller-kva."]);
    let parents = vec![
        ("evil.example", true),
        ("evil.example", true),
        ("evil.example", true),
        ("good.example", false),
        ("notevil.example", false),
        ("evil.example.org", false),
        ("example", false),
    ];
    (below, select(parents), any::<u64>()).prop_map(|(below, (parent, is_within), bits)| {
        (cased(&format!("{below}{parent}"), bits), is_within)
    })
}

#[test]
fn dns_name_is_held_against_constraints_however_it_is_written() {
    let after = ["", ".", " ", "\0", "\0.good.example", "%00"];
    let before = ["", ".", " ", "*", "*.*.", "a b.", "\t", "\0"];
    let case = (host(), mostly_plain(before), mostly_plain(after)).prop_map(
        |((host, is_within), before, after)| Case {
            base: dns("Evil.example"),
            client: dns(&format!("{before}{host}{after}")),
            is_within,
            is_plain: before.is_empty() && after.is_empty(),
        },
    );
    check(&case);
}

#[test]
fn mail_address_is_held_against_constraints_however_it_is_written() {
    let locals = [
        ("a", true),
        ("a.b", true),
        ("a+b@c", false),
        ("\"a\"", true),
        ("\"a@good.example\"", true),
        ("\"a b\"", false),
        ("\"a\\\"b\"", false),
        ("a(comment)", false),
        (" a", false),
        ("", false),
        ("<a", false),
        ("@good.example:a", false),
    ];
    let after = ["", ".", " ", "\0", ">", "(good.example)"];
    let case = (host(), mostly_plain(locals), mostly_plain(after), any::<u64>()).prop_map(
        |((host, _), (local, is_plain), after, bits)| {
            let is_within = host.eq_ignore_ascii_case("evil.example");
            Case {
                base: mail(&cased("evil.example", bits)),
                client: mail(&format!("{local}@{host}{after}")),
                is_within,
                is_plain: is_plain && after.is_empty(),
            }
        },
    );
    check(&case);
}

#[test]
fn mailbox_is_held_against_constraints_however_it_is_written() {
    let locals = vec![
        ("admin", true, true),
        ("\"admin\"", true, false),
        ("ADMIN", true, false),
        ("admin(x)", true, false),
        ("\"ad\\min\"", true, false),
        ("root", false, true),
        ("admin.x", false, true),
    ];
    let case = (host(), select(locals)).prop_map(|((host, _), (local, is_admin, is_plain))| Case {
        base: mail("admin@evil.example"),
        client: mail(&format!("{local}@{host}")),
        is_within: is_admin && host.eq_ignore_ascii_case("evil.example"),
        is_plain,
    });
    let strategy =
        case.prop_flat_map(|case| (Just(case), any::<bool>())).prop_map(|(mut case, near)| {
            if near && let GeneralName::Rfc822Name(name) = &case.client {
                let (local, _) = name.as_str().rsplit_once('@').unwrap();
                case.is_within = !local.contains("root") && !local.contains(".x");
                case.client = mail(&format!("{local}@Evil.example"));
            }
            case
        });
    check(&strategy);
}

#[test]
fn uri_is_held_against_constraints_however_it_is_written() {
    let schemes = [
        ("https://", true),
        ("spiffe://", true),
        ("HTTPS://", true),
        ("urn:", false),
        ("https:/", false),
        ("https:\\\\", false),
        ("//", false),
        ("mailto:x@evil.example?://", false),
        ("data:,://", false),
        ("\thttps://", false),
    ];
    let users = [
        ("", true),
        ("u@", true),
        ("u:p@", true),
        ("good.example@", true),
        ("u@v@", false),
        ("good.example\\@", false),
        ("good.example/@", false),
    ];
    let tails = [
        ("", true),
        ("/", true),
        (":8443/a?b#c", true),
        ("/@good.example", true),
        (".", false),
        (":x/", false),
        ("\\.good.example/", false),
        ("%2e", false),
        ("\0.good.example", false),
        ("\t", false),
    ];
    let case =
        (host(), mostly_plain(schemes), mostly_plain(users), mostly_plain(tails), any::<bool>())
            .prop_map(|((host, _), (scheme, one), (user, two), (tail, three), below)| {
                let is_below = host.to_ascii_lowercase().ends_with(".evil.example");
                let is_same = host.eq_ignore_ascii_case("evil.example");
                let base = if below { ".evil.example" } else { "evil.example" };
                Case {
                    base: uri(base),
                    client: uri(&format!("{scheme}{user}{host}{tail}")),
                    is_within: if below { is_below } else { is_same },
                    is_plain: one && two && three,
                }
            });
    // `good.example/@evil.example` is a path at good.example: what it means is refused or passes, either way.
    let strategy = case.prop_filter("another host", |case| match &case.client {
        GeneralName::UniformResourceIdentifier(uri) => !uri.as_str().contains("good.example/@"),
        _ => true,
    });
    check(&strategy);
}

#[test]
fn uri_with_an_address_for_a_host_is_refused_where_uris_are_constrained() {
    for host in ["192.0.2.7", "127.1", "0x7f.1", "3221225991", "0xc0000207", "a.0x1", "[::1]"] {
        let client = also_called(uri(&format!("https://{host}/")));
        assert!(!passes(List::Excluded, &uri("evil.example"), &client), "{host}");
        assert!(passes(List::Excluded, &dns("evil.example"), &client), "{host}");
    }
    assert!(passes(List::Excluded, &uri("evil.example"), &also_called(uri("https://7.a0x/"))));
}

#[test]
fn address_is_held_against_constraints_however_it_is_written() {
    let forms = select(vec![0, 0, 0, 1, 2, 3, 4]);
    let case = (forms, any::<u8>(), prop::bool::ANY).prop_map(|(form, last, is_within)| {
        let four = [192, 0, if is_within { 2 } else { 3 }, last];
        let in_six = |prefix: [u8; 12]| [&prefix[..], &four].concat();
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];
        let bytes = match form {
            0 => four.to_vec(),
            1 => in_six(mapped),
            2 => [&four[..], &[255, 255, 255, 255]].concat(),
            3 => four[..3].to_vec(),
            _ => [&four[..], &[0]].concat(),
        };
        Case {
            base: address(&[192, 0, 2, 0, 255, 255, 255, 0]),
            client: address(&bytes),
            is_within,
            is_plain: form == 0,
        }
    });
    check(&case);
}
