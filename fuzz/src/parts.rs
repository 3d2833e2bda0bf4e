//! An input of several parts, each after its length in two bytes.

/// The parts of an input. One that is longer than the rest of the input is that rest.
pub fn parts(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(([high, low], rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (part, rest) = rest.split_at(length.min(rest.len()));
        parts.push(part);
        input = rest;
    }
    parts
}
