//! Random bytes, for serial numbers and request identifiers.

use aws_lc_rs::rand;

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the system")]
pub struct NoRandomness;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A random UUID (version 4), in its usual spelling.
pub fn uuid() -> Result<String, NoRandomness> {
    let random = u128::from_be_bytes(bytes()?);
    // RFC 9562 section 5.4: four bits say the version, two the variant.
    let uuid = random & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let mut text = format!("{uuid:032x}");
    for dash in [20, 16, 12, 8] {
        text.insert(dash, '-');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuids_carry_version_four_and_differ() {
        let (one, two) = (super::uuid().unwrap(), super::uuid().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]));
    }
}
