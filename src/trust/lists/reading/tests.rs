use std::iter;

use der::Tag;
use proptest::{collection::vec, option, prelude::*, sample::Index};

use super::{
    objects::Objects,
    parts::{
        DELTA, INVALIDITY, NUMBER, POINT, Parts, REASON, UNKNOWN, entry, extension, integer,
        reason, sequence, tlv, utc,
    },
    *,
};
use crate::certificate::{identity, names::in_words};

fn read(entries: Vec<Vec<u8>>) -> RevocationList {
    RevocationList::from_der(&Parts::with(entries).der()).unwrap()
}

/// So many entries of serial numbers that differ.
fn entries(number: u32) -> Vec<Vec<u8>> {
    (0..number).map(|number| entry(&(1 << 30 | number).to_be_bytes(), None)).collect()
}

// --- As it was -----------------------------------------------------------------------------------

/// Both read it to the same, or neither does. Whether they do.
fn read_alike(der: &[u8]) -> bool {
    let (now, before) = (RevocationList::from_der(der), Objects::from_der(der));
    let (Ok(list), Ok(objects)) = (&now, &before) else {
        assert_eq!(now.is_ok(), before.is_ok(), "{:?}: {:?}", now.err(), before.err());
        return false;
    };
    assert_eq!(list.limitation(), objects.limitation.as_ref());
    assert_eq!(list.len(), objects.revoked.len());
    for (serial, reason) in &objects.revoked {
        assert_eq!(list.entry(serial), Some(*reason), "{serial:?}");
    }
    for serial in serials().into_iter().filter(|serial| !objects.revoked.contains_key(*serial)) {
        assert_eq!(list.entry(serial), None, "{serial:?}");
    }
    assert_eq!((list.number(), list.base()), (objects.number.as_ref(), objects.base.as_ref()));
    assert!(list.scope().is(&objects.scope));
    assert_eq!(list.issuer(), in_words(&objects.tbs.issuer));
    assert_eq!(list.this_update(), objects.tbs.this_update.to_system_time());
    assert_eq!(list.next_update(), objects.tbs.next_update.map(|time| time.to_system_time()));
    assert_eq!(list.size(), objects.signed.tbs_field.len());
    assert_eq!(list.sha256(), identity::sha256(der));
    true
}

/// Serial numbers, few enough to come up twice: of one byte, negative, with a zero before, as long as RFC 5280 allows, and
/// longer.
fn serials() -> Vec<&'static [u8]> {
    vec![
        &[0],
        &[1],
        &[0x80],
        &[0, 0x80],
        &[0x7f, 0xff],
        &[0xff, 0x7f],
        &[5; 20],
        &[5; 21],
        &[5; 200],
    ]
}

fn extensions_of_entry() -> impl Strategy<Value = Option<Vec<Vec<u8>>>> {
    let reasons = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10].map(reason).to_vec();
    let date = tlv(Tag::GeneralizedTime, b"20260101000000Z");
    let rare = vec![
        extension(INVALIDITY, Some(0xff), &date),
        extension(UNKNOWN, None, &[]),
        extension(UNKNOWN, Some(0xff), &[1]),
        extension(REASON, Some(0xff), &tlv(Tag::Enumerated, &[6])),
    ];
    let one = prop_oneof![6 => prop::sample::select(reasons), 1 => prop::sample::select(rare)];
    option::weighted(0.7, prop_oneof![8 => vec(one.clone(), 1), 1 => vec(one, 0..4)])
}

fn sound_entry() -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(serials()), extensions_of_entry())
        .prop_map(|(serial, extensions)| entry(serial, extensions.as_deref()))
}

/// Not as RFC 5280 would have it, and read.
fn odd_entries() -> Vec<Vec<u8>> {
    let early = tlv(Tag::GeneralizedTime, b"20260101000000Z");
    let written_out = extension(REASON, Some(0), &tlv(Tag::Enumerated, &[1]));
    vec![
        sequence(&[integer(&[1]), early]),
        entry(&[1], Some(&[written_out])),
        entry(&[1], Some(&[])),
    ]
}

/// Each with a fault.
fn faulty_entries() -> Vec<Vec<u8>> {
    let date = || utc("260101000000Z");
    let with = |extension: Vec<u8>| entry(&[1], Some(&[extension]));
    let general = |text: &str| tlv(Tag::GeneralizedTime, text.as_bytes());
    vec![
        entry(&[], None),
        entry(&[0, 1], None),
        entry(&[0xff, 0x80], None),
        entry(&[0xff, 0xff], None),
        sequence(&[integer(&[1]), general("20260101000000.5Z")]),
        sequence(&[integer(&[1]), utc("260230000000Z")]),
        sequence(&[integer(&[1]), utc("690101000000Z")]),
        sequence(&[integer(&[1]), utc("2601010000Z")]),
        sequence(&[integer(&[1])]),
        sequence(&[date(), integer(&[1])]),
        sequence(&[integer(&[1]), date(), sequence(&[]), sequence(&[])]),
        sequence(&[integer(&[1]), date(), tlv(Tag::Null, &[])]),
        sequence(&[]),
        tlv(Tag::Set, &entry(&[1], None)[2..]),
        with(extension(REASON, Some(1), &tlv(Tag::Enumerated, &[1]))),
        with(extension(REASON, None, &tlv(Tag::Enumerated, &[7]))),
        with(extension(REASON, None, &tlv(Tag::Enumerated, &[0, 1]))),
        with(extension(REASON, None, &tlv(Tag::Integer, &[1]))),
        with(extension(REASON, None, &[tlv(Tag::Enumerated, &[1]), vec![5, 0]].concat())),
        with(extension(REASON, None, &[])),
        with(sequence(&[])),
        with(sequence(&[tlv(Tag::ObjectIdentifier, &[0x55, 0x1d, 21])])),
        with(sequence(&[tlv(Tag::ObjectIdentifier, &[0x80]), tlv(Tag::OctetString, &[])])),
        with(sequence(&[tlv(Tag::ObjectIdentifier, &[]), tlv(Tag::OctetString, &[])])),
        [vec![0x30, 0x81, 18], entry(&[1], None)[2..].to_vec()].concat(),
        [vec![0x30, 0x80], entry(&[1], None)[2..].to_vec(), vec![0, 0]].concat(),
        [vec![0x30, 0x13], entry(&[1], None)[2..].to_vec()].concat(),
        [vec![0x30, 0x11], entry(&[1], None)[2..].to_vec()].concat(),
        vec![0x30],
        vec![0, 0],
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let entries = option::weighted(0.9, vec(sound_entry(), 0..12));
    let number = || extension(NUMBER, None, &integer(&[7]));
    let delta = || extension(DELTA, Some(0xff), &integer(&[6]));
    let scope = |content: &[u8]| extension(POINT, Some(0xff), &tlv(Tag::Sequence, content));
    let extensions = prop::sample::select(vec![
        vec![number()],
        vec![number()],
        vec![number(), delta()],
        vec![delta()],
        vec![number(), scope(&[0x81, 1, 0xff])],
        vec![scope(&[0x84, 1, 0xff])],
        vec![number(), number()],
        vec![extension(UNKNOWN, Some(0xff), &[])],
        vec![],
    ]);
    let (version, dates) =
        (vec![None, Some(1), Some(1), Some(1), Some(0), Some(2)], vec![2, 2, 2, 2, 3]);
    (
        prop::sample::select(version),
        prop::sample::select(dates),
        option::weighted(0.9, Just(utc("270101000000Z"))),
        entries,
        option::weighted(0.9, extensions),
    )
        .prop_map(|(version, algorithm, next_update, entries, extensions)| Parts {
            version,
            algorithms: [algorithm, 2],
            next_update,
            entries,
            extensions,
            after: Vec::new(),
        })
}

proptest! {
    #[test]
    fn list_in_order_is_read_as_when_each_entry_was_an_object(parts in parts()) {
        prop_assert!(read_alike(&parts.der()));
    }

    #[test]
    fn list_with_a_faulty_entry_is_read_as_when_each_entry_was_an_object(
        parts in parts(),
        faulty in prop::sample::select([odd_entries(), faulty_entries()].concat()),
        at in any::<Index>(),
    ) {
        let mut entries = parts.entries.clone().unwrap_or_default();
        entries.insert(at.index(entries.len() + 1), faulty);
        read_alike(&Parts { entries: Some(entries), ..parts }.der());
    }

    #[test]
    fn list_with_bytes_changed_is_read_as_when_each_entry_was_an_object(
        parts in parts(),
        changes in vec((any::<Index>(), any::<u8>()), 1..3),
        cut in option::weighted(0.1, any::<Index>()),
        after in option::weighted(0.1, any::<u8>()),
    ) {
        let mut der = parts.der();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Some(cut) = cut {
            der.truncate(cut.index(der.len()));
        }
        der.extend(after);
        read_alike(&der);
    }
}

/// What neither of the two reads would be read alike, too.
#[test]
fn faulty_entry_is_refused_and_named_and_an_odd_one_is_read() {
    let list = |one: Vec<u8>| Parts::with([entries(2), vec![one], entries(1)].concat()).der();
    for odd in odd_entries() {
        assert_eq!(RevocationList::from_der(&list(odd)).unwrap().len(), 3);
    }
    for faulty in faulty_entries() {
        let fault = RevocationList::from_der(&list(faulty.clone())).unwrap_err();
        assert!(matches!(fault, ListFault::Entry { number: 3, .. }), "{faulty:?}: {fault}");
    }
}

/// What is made of them takes many times as much memory, and nobody has signed it yet.
#[test]
fn part_that_is_longer_than_any_is_refused_before_it_is_read() {
    let padded = |bytes: usize| extension(UNKNOWN, None, &vec![0; bytes]);
    let with_entry = |bytes| Parts::with(vec![entry(&[1], Some(&[padded(bytes)]))]).der();
    assert!(RevocationList::from_der(&with_entry(4_000)).is_ok());
    let fault = RevocationList::from_der(&with_entry(4_100)).unwrap_err();
    assert!(matches!(fault, ListFault::TooLong { what: "entry", .. }), "{fault}");

    let with_extension = |bytes| {
        let extensions = Some(vec![extension(NUMBER, None, &integer(&[7])), padded(bytes)]);
        Parts { extensions, ..Parts::with(Vec::new()) }.der()
    };
    assert!(RevocationList::from_der(&with_extension(65_000)).is_ok());
    let fault = RevocationList::from_der(&with_extension(66_000)).unwrap_err();
    assert!(matches!(fault, ListFault::TooLong { what: "crlExtensions", .. }), "{fault}");
}

// --- Sizes ---------------------------------------------------------------------------------------

#[test]
fn kept_list_takes_less_than_a_third_more_than_its_der() {
    let shortest = (0..20_000_u32).map(|number| entry(&[number.to_be_bytes()[3] & 0x7f], None));
    let short = (0..20_000_u32)
        .map(|number| entry(&[1, number.to_be_bytes()[2], number.to_be_bytes()[3]], None));
    for (entries, named) in [(shortest.collect::<Vec<_>>(), 128), (short.collect(), 20_000)] {
        let der = Parts::with(entries).der();
        let list = RevocationList::from_der(&der).unwrap();
        assert_eq!(list.len(), named);
        let held = list.entries().held() + der.len();
        assert!(held * 10 <= der.len() * 13, "{held} bytes for {}", der.len());
    }
}

#[test]
fn list_keeps_the_bytes_that_it_was_given_and_no_others() {
    let der = Bytes::from(Parts::with(entries(10)).der());
    let range = der.as_ptr_range();
    let mut reading = RevocationList::reading(der).unwrap();
    let list = iter::repeat_with(|| reading.step().unwrap()).find_map(|list| list).unwrap();
    assert!(range.contains(&list.entries().der.as_ptr()));
}

// --- Steps ---------------------------------------------------------------------------------------

#[test]
fn long_list_is_read_in_many_steps_and_a_short_one_in_few() {
    let steps = |number: u32| {
        let mut reading =
            RevocationList::reading(Parts::with(entries(number)).der().into()).unwrap();
        1 + iter::repeat_with(|| reading.step().unwrap()).take_while(Option::is_none).count()
    };
    assert_eq!(steps(10), 4);
    // Three passes over the entries, and one over their 23 bytes each.
    assert_eq!(steps(20_001), 3 * 11 + 2);
}

#[test]
fn list_that_was_read_is_there_whenever_it_is_asked_for() {
    let mut reading = RevocationList::reading(Parts::with(entries(3)).der().into()).unwrap();
    let steps = iter::repeat_with(|| reading.step().unwrap()).take(10);
    let lists: Vec<_> = steps.flatten().collect();
    assert!(lists.len() > 1 && lists.iter().all(|list| list.len() == 3), "{lists:?}");
}

#[test]
fn fault_is_found_however_many_steps_it_takes() {
    let der = Parts::with([entries(4_500), vec![entry(&[], None)]].concat()).der();
    let fault = RevocationList::from_der(&der).unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("is no list of revoked certificates in DER: its entry 4501: "),
        "{fault}"
    );
}

// --- Finding -------------------------------------------------------------------------------------

#[test]
fn each_entry_of_a_long_list_is_found_and_no_other_serial_number() {
    let list = read(entries(5_000));
    for number in 0..5_000_u32 {
        assert!(list.revokes(&(1 << 30 | number).to_be_bytes()), "{number}");
        assert!(!list.revokes(&(1 << 29 | number).to_be_bytes()), "{number}");
    }
}

/// Were each compared with all before it, this would not end.
#[test]
fn serial_number_that_all_entries_have_is_found_with_the_reason_that_is_hardest_to_lift() {
    let alike = |number: u8| entry(&[5; 20], Some(&[reason(number)]));
    for (hardest, expected) in [(6, CrlReason::CertificateHold), (1, CrlReason::KeyCompromise)] {
        let others = vec![alike(8); 10_000];
        let list = read([others.clone(), vec![alike(hardest)], others].concat());
        assert_eq!((list.len(), list.entry(&[5; 20])), (1, Some(expected)));
        assert_eq!(list.entry(&[5; 19]), None);
    }
}

#[cfg(feature = "real-parts")]
#[test]
fn lists_of_nists_suite_are_read_as_when_each_entry_was_an_object() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/real-parts/pkits/crls");
    let files = std::fs::read_dir(folder).expect("the suite is missing: run `make setup`");
    let alike = files.map(|file| read_alike(&std::fs::read(file.unwrap().path()).unwrap()));
    assert_eq!(alike.filter(|read| *read).count(), 173);
}
