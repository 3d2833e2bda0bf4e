//! What the fuzz targets share. What must hold for any input stands in each of `fuzz_targets/`.

pub mod gateway;
pub mod parts;
pub mod pki;
pub mod second_opinion;
pub mod signing;
pub mod text;
pub mod world;
