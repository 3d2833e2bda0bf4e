//! How much fits where a bundle is kept.

/// What one secret holds, as text or as bytes.
pub(super) const SECRET_BYTES: usize = 65_536;
