//! A serial number as a rule writes it: in hexadecimal, even where it has digits alone.

use std::{borrow::Cow, fmt};

use num_bigint::BigUint;

use crate::certificate::fingerprint;

/// What a certificate has at most (RFC 5280 section 4.1.2.2).
const MOST_OCTETS: usize = 20;
/// The decimal digits of the greatest number of so many octets.
const MOST_DECIMALS: usize = 49;

const EXPECTED: &str = "expected a serial number in hexadecimal digits, as openssl x509 -noout -serial prints it \
                        behind \"serial=\"; 0x may stand before it, and colons between its bytes";

/// A serial number. Two are equal where their numbers are, however they were written.
#[derive(Debug)]
pub(in crate::trust) struct Serial {
    /// Without the zeros that say nothing.
    octets: Vec<u8>,
    decimal: Option<Vec<u8>>,
}

impl Serial {
    pub(in crate::trust) fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        let marked = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let digits = joined(marked.unwrap_or(text)).ok_or(EXPECTED)?;
        let octets = BigUint::parse_bytes(digits.as_bytes(), 16).ok_or(EXPECTED)?.to_bytes_be();
        let is_plain = marked.is_none() && !text.contains(':');
        let decimal = decimal(&digits).filter(|decimal| is_plain && *decimal != octets);
        match (octets.len() > MOST_OCTETS, decimal) {
            (false, decimal) => Ok(Self { octets, decimal }),
            (true, Some(decimal)) => Err(Cow::Owned(format!(
                "{TOO_LONG} if it is a decimal number, write {}",
                hexadecimal(&decimal)
            ))),
            (true, None) => Err(Cow::Borrowed(TOO_LONG)),
        }
    }

    /// Whether it is a certificate's, which may begin with a zero as its sign.
    pub(in crate::trust) fn is(&self, serial: &[u8]) -> bool {
        significant(serial) == self.octets
    }

    /// The same digits as a decimal number, where nothing shows that they are hexadecimal and it makes a
    /// difference.
    pub(in crate::trust) fn decimal(&self) -> Option<&[u8]> {
        self.decimal.as_deref()
    }
}

const TOO_LONG: &str = "a serial number of more than 20 octets (RFC 5280 section 4.1.2.2), as it is read as hexadecimal; deny \
                        a certificate that has such a number by its sha256;";

impl PartialEq for Serial {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hexadecimal(&self.octets).trim_start_matches("0x"))
    }
}

/// Octets in a form that can only be read as hexadecimal.
pub(in crate::trust) fn hexadecimal(octets: &[u8]) -> String {
    format!("0x{}", fingerprint::hexadecimal(octets).to_uppercase())
}

/// A number without the zeros that say nothing.
pub(in crate::trust) fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.split_at(zeros.min(octets.len().saturating_sub(1))).1
}

/// The digits without colons, which stand between whole bytes. Only the first byte may have one digit.
fn joined(text: &str) -> Option<String> {
    let mut bytes = text.split(':');
    let first = bytes.next()?;
    let whole = bytes.all(|byte| byte.len() == 2);
    let digits = text.replace(':', "");
    let is_number = !first.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (whole && is_number).then_some(digits)
}

fn decimal(digits: &str) -> Option<Vec<u8>> {
    let significant = digits.trim_start_matches('0');
    let is_decimal = significant.bytes().all(|byte| byte.is_ascii_digit());
    if !is_decimal || significant.len() > MOST_DECIMALS {
        return None;
    }
    let octets = BigUint::parse_bytes(digits.as_bytes(), 10)?.to_bytes_be();
    (octets.len() <= MOST_OCTETS).then_some(octets)
}
