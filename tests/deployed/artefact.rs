//! What only the function as it is deployed can show: that its libraries are in Lambda's image, and that a
//! panic in it is an answer.

use std::{collections::BTreeSet, fs, process::Command};

use alb_mtls::{
    alb::Answer,
    secrets::{SecretValue, Secrets},
    wso2,
};
use serde_json::Value;

use crate::support::{
    preloaded::Preloaded,
    real_parts::{Emulator, bootstrap},
    stories,
};

/// The C library of `provided.al2023`, and that of the oldest system on which it is built.
const AL2023: (u32, u32) = (2, 34);

#[test]
fn c_library_of_amazon_linux_2023_is_new_enough() {
    let built = fs::read(bootstrap()).unwrap();
    let versions: BTreeSet<_> = built
        .split(|byte| !byte.is_ascii_graphic())
        .filter_map(|word| str::from_utf8(word).ok()?.strip_prefix("GLIBC_"))
        .filter_map(|version| {
            let mut parts = version.split('.').map(str::parse);
            Some((parts.next()?.ok()?, parts.next()?.ok()?))
        })
        .collect();
    let newest = versions.last().copied().unwrap();
    assert!(newest > (2, 2), "{versions:?}");
    assert!(newest <= AL2023, "{versions:?}");
}

#[test]
fn function_needs_no_library_that_lambda_does_not_have() {
    let output = Command::new("readelf").arg("--dynamic").arg(bootstrap()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let needed: BTreeSet<_> = text
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1))
        .collect();
    assert!(needed.contains("libc.so.6"), "{text}");
    for library in needed {
        let known = ["libc", "libm", "libdl", "libpthread", "librt", "libgcc_s", "ld-linux"];
        assert!(known.iter().any(|name| library.starts_with(name)), "{library}");
    }
}

/// Makes the clock fail once: Rust's library panics where it cannot be read. The third time that a request
/// asks for it is when it asks the trust bundle's age.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int asked;
    if (clock == CLOCK_REALTIME && access("FOLDER/trigger", F_OK) == 0 && ++asked == 3) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_clock_gettime, clock, time);
}
"#;

#[tokio::test]
async fn panic_in_the_deployed_function_is_an_answer_and_the_next_request_is_served() {
    let clock = Preloaded::compile(CLOCK);
    let (variable, library) = clock.variable();
    let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    secrets.put("clients", SecretValue::Text(stories::TRUST_BUNDLE.to_owned())).unwrap();
    let gateway = wso2::Gateway::start(wso2::Config::default()).await.unwrap();
    let variables = [
        (variable, library.as_str()),
        ("GATEWAY_URL", &gateway.url()),
        ("TRUST_BUNDLE_SECRETS", "clients"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url()),
    ];
    let emulator = Emulator::start(&bootstrap(), &variables).await;
    let stories = stories::all();
    let accepted = stories.iter().find(|story| story.name == "accepted-multi.json").unwrap();
    let play = async || {
        let answer = emulator.invoke(accepted.event.clone()).await;
        Answer::check(&answer, stories::header_mode(&accepted.event))
            .unwrap_or_else(|refusal| panic!("{refusal}\n{}", emulator.log()))
    };
    accepted.assert_answered(&play().await);
    fs::write(clock.folder().join("trigger"), "").unwrap();
    let answer = play().await;
    assert_eq!(answer.status, 500, "{}", emulator.log());
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["code"], "InternalError");
    assert!(emulator.log().contains("the function panicked"), "{}", emulator.log());
    accepted.assert_answered(&play().await);
}
