//! As much DER as a certificate needs, right or wrong: a library would write what is right alone.

use der::{Encode, oid::ObjectIdentifier};
use time::OffsetDateTime;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const UTF8: u8 = 0x0c;
pub(crate) const PRINTABLE: u8 = 0x13;
pub(crate) const TELETEX: u8 = 0x14;
pub(crate) const IA5: u8 = 0x16;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const BMP: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// Tag, length and content.
pub(crate) fn tagged(tag: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match (length.as_slice(), u8::try_from(length.len())) {
        ([], _) => der.push(0),
        ([short @ 0..0x80], _) => der.push(*short),
        (long, count) => {
            der.push(0x80 | count.unwrap());
            der.extend(long);
        }
    }
    der.extend(content);
    der
}

pub(crate) fn sequence(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    tagged(SEQUENCE, parts.into_iter().collect::<Vec<_>>().concat())
}

pub(crate) fn set(part: Vec<u8>) -> Vec<u8> {
    tagged(SET, part)
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(dotted).to_der().unwrap()
}

/// Named bits, as in key usage, with the zeros at the end cut off.
pub(crate) fn bits(numbers: &[u8]) -> Vec<u8> {
    let Some(last) = numbers.iter().max() else { return tagged(BIT_STRING, [0]) };
    let mut content = vec![0; usize::from(last / 8) + 2];
    content[0] = 7 - last % 8;
    for number in numbers {
        content[usize::from(number / 8) + 1] |= 0x80 >> (number % 8);
    }
    tagged(BIT_STRING, content)
}

/// A date as RFC 5280 section 4.1.2.5 wants it: two digits for the year until 2049, then four.
pub(crate) fn date(date: OffsetDateTime) -> Vec<u8> {
    match date.year() {
        ..2050 => tagged(UTC_TIME, format!("{:02}{}", date.year() % 100, from_month(date))),
        _ => long_date(date),
    }
}

/// A date with four digits for the year, whatever the year.
pub(crate) fn long_date(date: OffsetDateTime) -> Vec<u8> {
    tagged(GENERALIZED_TIME, format!("{:04}{}", date.year(), from_month(date)))
}

fn from_month(date: OffsetDateTime) -> String {
    let (hour, minute, second) = date.to_hms();
    let month = u8::from(date.month());
    format!("{month:02}{:02}{hour:02}{minute:02}{second:02}Z", date.day())
}
