//! Who is a client, by four opinions: ours, OpenSSL's, the JDK's and rustls-webpki's.
//!
//! Some 1,800 paths that differ from a plain one in a thing or two are put before all four. What we
//! accept and nobody else does is a fault, unless each of the others refuses it for another of its
//! changes. Whatever we do not agree on is explained, by a class that says who is the odd one and why.
//!
//! OpenSSL and the JDK are whatever versions the machine has. A class that explains nothing with these is
//! told, and may go once no version needs it.

#![cfg(test)]

mod cases;
mod changes;
mod classes;
mod der;
mod judgement;
mod keys;
mod names;
mod opinions;
mod others;
mod plan;
#[path = "../../support/mod.rs"]
mod support;

use std::io::Write;

use judgement::Judgement;
use keys::Keys;

#[tokio::test]
async fn whoever_we_accept_another_accepts_and_every_disagreement_is_explained() {
    let cases = cases::all(&Keys::make().await).await;
    let presented: Vec<_> = cases.iter().map(|case| case.presented.clone()).collect();
    let verdicts = opinions::ask(&presented).await;
    let Judgement { complaints, idle } = Judgement::of(&cases, &verdicts, classes::classes());
    for class in idle {
        // Not by a macro, whose output the test harness would keep to itself.
        writeln!(std::io::stderr(), "explains nothing with these versions: {class}").unwrap();
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}
