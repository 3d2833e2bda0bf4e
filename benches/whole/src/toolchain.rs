//! What the count of instructions depends on besides the function.

use std::{fs, process::Command};

use serde::{Deserialize, Serialize};

use crate::Fault;

/// What valgrind passes on of a processor. AWS-LC and the C library choose their code by it.
const PASSED_ON: [&str; 11] =
    ["abm", "aes", "atomics", "avx", "avx2", "bmi1", "f16c", "rdrand", "rdseed", "sha2", "sse4_2"];

/// Where two differ in it, the same function may take more instructions in the one than in the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Toolchain {
    pub(crate) rustc: String,
    pub(crate) valgrind: String,
    /// The C library, which the function finds where it runs.
    pub(crate) libc: String,
    /// The processor's features, as far as valgrind passes them on.
    pub(crate) processor: String,
}

impl Toolchain {
    /// This machine's.
    pub(crate) fn found() -> Result<Self, Fault> {
        Ok(Self {
            rustc: rustc()?,
            valgrind: said("valgrind", "--version")?,
            libc: said("getconf", "GNU_LIBC_VERSION")?,
            processor: features(&fs::read_to_string("/proc/cpuinfo")?),
        })
    }

    /// What is another one there than here, in words.
    pub(crate) fn differences(&self, there: &Self) -> Vec<String> {
        [
            (&self.rustc, &there.rustc),
            (&self.valgrind, &there.valgrind),
            (&self.libc, &there.libc),
            (&self.processor, &there.processor),
        ]
        .into_iter()
        .filter(|(here, there)| here != there)
        .map(|(here, there)| format!("{there}, and here it is {here}"))
        .collect()
    }
}

/// The compiler, as it names itself.
pub(crate) fn rustc() -> Result<String, Fault> {
    said("rustc", "--version")
}

fn said(program: &str, argument: &str) -> Result<String, Fault> {
    let output = Command::new(program).arg(argument).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// As the first processor has them; all have the same.
fn features(cpuinfo: &str) -> String {
    let named = |line: &&str| line.starts_with("flags") || line.starts_with("Features");
    let line = cpuinfo.lines().find(named).unwrap_or_default();
    let has = |name: &&str| line.split_whitespace().any(|word| word == *name);
    PASSED_ON.into_iter().filter(has).collect::<Vec<_>>().join(" ")
}
