//! Who is a client, by four opinions: ours, OpenSSL's, the JDK's and rustls-webpki's.
//!
//! Some 1,800 paths that differ from a plain one in a thing or two are put before all four. What we
//! accept and nobody else does is a fault, unless each of the others refuses it for another of its
//! changes. Whatever we do not agree on is explained, by a class that says who is the odd one and why. One
//! that explains nothing is told and is no fault: another version of OpenSSL or the JDK may have mended what it
//! is about.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy.toml spares test functions, not what they call"
)]

mod cases;
mod changes;
mod classes;
mod der;
mod judgement;
mod keys;
mod names;
mod opinions;
mod plan;
#[path = "../support/real_parts/mod.rs"]
mod real_parts;
#[path = "../support/mod.rs"]
mod support;

use judgement::Judge;
use keys::Keys;

#[tokio::test]
async fn whoever_we_accept_another_accepts_and_every_disagreement_is_explained() {
    let cases = cases::all(&Keys::make().await).await;
    let presented: Vec<_> = cases.iter().map(|case| case.presented.clone()).collect();
    let verdicts = opinions::ask(&presented).await;
    let mut judge = Judge::new(&cases, &verdicts);
    let complaints: Vec<_> = cases
        .iter()
        .zip(&verdicts)
        .filter_map(|(case, verdicts)| judge.complaint(case, verdicts))
        .collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    for why in judge.idle() {
        println!("explains nothing with these versions: {why}");
    }
}
