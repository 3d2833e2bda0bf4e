use std::time::SystemTime;

use crate::random::{self, NoRandomness};

/// A new trace identifier, `1-` and the seconds since 1970 and 96 random bits, as `x-amzn-trace-id` has it.
pub fn trace_id(now: SystemTime) -> Result<String, NoRandomness> {
    // A clock before 1970 is a broken clock, and the identifier is unique without it.
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let random = u128::from_be_bytes(random::bytes()?) >> 32;
    Ok(format!("1-{seconds:08x}-{random:024x}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_trace_id_has_three_parts_of_fixed_length() {
        let id = trace_id(SystemTime::UNIX_EPOCH + Duration::from_secs(0x6789_1233)).unwrap();
        assert_eq!(id.len(), 35);
        assert!(id.starts_with("1-67891233-"), "{id}");
    }
}
