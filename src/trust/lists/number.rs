//! The number of a list.

use std::{cmp::Ordering, fmt};

use der::asn1::Uint;

/// The number of a list, by which a newer one of its scope is known (RFC 5280 section 5.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlNumber(pub(super) Uint);

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, other) = (self.0.as_bytes(), other.0.as_bytes());
        one.len().cmp(&other.len()).then_with(|| one.cmp(other))
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for CrlNumber {
    /// Decimal, as `openssl crl -text` has it; in hexadecimal from 17 octets on, where it ends after 20, which
    /// are the most that are allowed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        let octets = self.0.as_bytes();
        if octets.len() <= size_of::<u128>() {
            return octets.iter().fold(0_u128, |sum, octet| sum << 8 | u128::from(*octet)).fmt(f);
        }
        f.write_str("0x")?;
        octets.iter().take(SHOWN).try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(if octets.len() > SHOWN { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(octets: &[u8]) -> CrlNumber {
        CrlNumber(Uint::new(octets).unwrap())
    }

    #[test]
    fn number_is_decimal_unless_it_is_very_long() {
        assert_eq!(number(&[0]).to_string(), "0");
        assert_eq!(number(&[1, 0]).to_string(), "256");
        assert_eq!(number(&[255; 16]).to_string(), u128::MAX.to_string());
        assert_eq!(number(&[0x12; 17]).to_string(), format!("0x{}", "12".repeat(17)));
        assert_eq!(number(&[0x12; 99]).to_string(), format!("0x{}…", "12".repeat(20)));
    }
}
