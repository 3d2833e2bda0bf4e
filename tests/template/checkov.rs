//! What checkov says of the stacks, without the network and without a home.
//!
//! It knows nothing of what the function is for. What it finds and what stays all the same is in
//! [`LEFT_OUT`], each with its reason; all else that it finds is a fault, and so is a reason without a
//! finding.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    stacks::{TEMPLATE, items, stacks, text, uses},
    support::real_parts::part,
};

/// A check, what it is about, and why it is left out.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "CKV_AWS_158",
        "AWS::Logs::LogGroup.FunctionLog",
        "the log is encrypted with AWS's key, and holds no certificate or secret; a key of one's own costs, and is \
         LogKmsKeyArn",
    ),
    (
        "CKV_AWS_149",
        "AWS::SecretsManager::Secret.TrustBundleSecret",
        "the bundle is encrypted with AWS's key, and is made of public certificates: who may change it matters, not \
         who may read it; a key of one's own is SecretsKmsKeyArns",
    ),
    (
        "CKV_AWS_91",
        "AWS::ElasticLoadBalancingV2::LoadBalancer.NewLoadBalancer",
        "a log costs and needs a bucket with a policy, which is LoadBalancerLogBucket; the function logs each request",
    ),
    (
        "CKV_AWS_116",
        "AWS::Lambda::Function.Function",
        "a dead-letter queue is for invocations that nobody waits for; the load balancer waits for each",
    ),
    (
        "CKV_AWS_117",
        "AWS::Lambda::Function.Function",
        "in a VPC the function needs a way to Secrets Manager that costs; for a private gateway it is \
         FunctionSubnetIds, and a public one needs none",
    ),
    (
        "CKV_AWS_115",
        "AWS::Lambda::Function.Function",
        "a limit that is too low is a 502 for a client, and the right one depends on the traffic: it is \
         ReservedConcurrency",
    ),
    (
        "CKV_AWS_111",
        "AWS::IAM::Role.FunctionRole",
        "X-Ray knows no resources, and Lambda needs network interfaces under this role before there is one; each only \
         where it was asked for, and the interfaces are denied to the function itself",
    ),
    (
        "CKV_AWS_173",
        "AWS::Lambda::Function.Function",
        "the variables are encrypted with AWS's key, and are settings: secrets stand in them by name alone",
    ),
    ("CKV_AWS_173", "AWS::Lambda::Function.CrlFetcher", "the same: URLs, and a secret by its name"),
    (
        "CKV_AWS_116",
        "AWS::Lambda::Function.CrlFetcher",
        "the next run does what one that failed did not, and an alarm tells of it",
    ),
    (
        "CKV_AWS_117",
        "AWS::Lambda::Function.CrlFetcher",
        "it is where the function is, which is FunctionSubnetIds",
    ),
    (
        "CKV_AWS_115",
        "AWS::Lambda::Function.CrlFetcher",
        "a schedule and a deployment invoke it, and two runs at once do no harm",
    ),
    (
        "CKV_AWS_111",
        "AWS::IAM::Role.CrlFetcherRole",
        "as for the function: Lambda needs network interfaces under this role, and the fetcher itself is denied them",
    ),
    (
        "CKV_AWS_158",
        "AWS::Logs::LogGroup.CrlFetcherLog",
        "as for the function's log: it holds names of CAs, and LogKmsKeyArn is for both",
    ),
    (
        "CKV_AWS_18",
        "AWS::S3::Bucket.CrlBucket",
        "a log of who read CRLs, which are public, needs a bucket of its own; what was replaced stays as a version",
    ),
];

/// Nothing is found but what is left out, and the twin with plain HTTP is found.
pub(crate) fn assert_finds_only_what_is_left_out() {
    let known = LEFT_OUT.iter().map(|(check, of, _)| ((*check).to_owned(), (*of).to_owned()));
    assert_eq!(found_in(TEMPLATE), known.collect());
    let redirect = "RedirectConfig: { Protocol: HTTPS, Port: \"443\", StatusCode: HTTP_301 }";
    let plain = "RedirectConfig: { Protocol: HTTP, Port: \"8080\", StatusCode: HTTP_301 }";
    let twin = found_in(&TEMPLATE.replace(redirect, plain));
    let listener = "AWS::ElasticLoadBalancingV2::Listener.HttpListener";
    assert!(twin.contains(&("CKV_AWS_2".to_owned(), listener.to_owned())), "{twin:#?}");
}

/// The checks that fail in a stack of any use, and for which resource.
fn found_in(template: &str) -> BTreeSet<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    for (number, stack) in stacks(&[template], &uses()).remove(0).into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.json"));
        fs::write(file, stack.unwrap().template().to_string()).unwrap();
    }
    let report: Value = serde_json::from_slice(&checkov(folder.path())).unwrap();
    assert_eq!(report["summary"]["parsing_errors"], 0, "{report}");
    assert_ne!(report["summary"]["passed"], 0, "{report}");
    let failed = items(&report["results"]["failed_checks"]);
    failed.map(|one| (text(&one["check_id"]).into(), text(&one["resource"]).into())).collect()
}

fn checkov(folder: &Path) -> Vec<u8> {
    let output = Command::new(part("checkov/bin/checkov"))
        .args(["--framework", "cloudformation", "--output", "json", "--directory"])
        .arg(folder)
        // Else it asks its maker's server for its own words about each check.
        .args(["--skip-download", "--soft-fail", "--quiet", "--compact"])
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
