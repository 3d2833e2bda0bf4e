//! The SAM template, judged by the stacks that come of it. A linter reads its form and lets a misspelt
//! mode, an unknown attribute or a permission too many pass; what is asked here is what they mean.
//!
//! Every finding has a mistake in [`mistakes`] that brings it up: no finding is trusted unseen.

#![cfg(test)]

mod alarms;
mod built;
mod checkov;
mod findings;
mod linter;
mod managed;
mod mistakes;
mod publishing;
mod stacks;
#[path = "../support/mod.rs"]
mod support;
mod walk;

use std::{collections::BTreeMap, slice};

use managed::MANAGED;
use stacks::{LISTENER, NEW_BALANCER, Parameters, SECRET, Stack, TEMPLATE, stacks, with};

#[test]
fn template_passes_the_linter() {
    linter::assert_passes();
}

#[test]
fn checkov_finds_only_what_is_left_out_for_a_reason() {
    checkov::assert_finds_only_what_is_left_out();
}

#[test]
fn nothing_is_found_in_the_template() {
    let found = found_in(&[TEMPLATE], &stacks::uses());
    assert!(found[0].is_empty(), "{:#?}", found[0]);
}

#[test]
fn every_mistake_is_found() {
    let mut missed: Vec<_> =
        mistakes::ALL.iter().map(|mistake| (mistake, mistake.made())).collect();
    // Most come up in the first use already, and a stack takes time.
    for used in stacks::uses() {
        let copies: Vec<_> = missed.iter().map(|(_, copy)| copy.as_str()).collect();
        let mut found = found_in(&copies, slice::from_ref(&used)).into_iter();
        missed.retain(|(mistake, _)| {
            let found = found.next().unwrap();
            !found.iter().any(|finding| finding.contains(mistake.finding))
        });
    }
    let missed =
        missed.iter().map(|(mistake, _)| format!("{}: {:?}", mistake.what, mistake.finding));
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn changed_parameter_publishes_a_version_where_the_function_changes_and_only_there() {
    assert_eq!(publishing::faults(TEMPLATE), Vec::<String>::new());
    let forgetful = TEMPLATE.replace("REVOCATION=${Revocation}", "REVOCATION");
    assert_eq!(
        publishing::faults(&forgetful),
        ["Revocation changes the function, and no version of it is published"]
    );
    let eager =
        TEMPLATE.replace("REVOCATION=${Revocation}", "REVOCATION=${Revocation}${AlarmTopicArn}");
    assert_eq!(
        publishing::faults(&eager),
        [
            "AlarmTopicArn does not change the function, and a version of it would be published in vain"
        ]
    );
}

#[test]
fn what_make_build_leaves_takes_the_architecture_that_it_is_built_for_and_no_other() {
    built::assert_is_of_one_architecture();
}

#[test]
fn build_whose_functions_are_of_two_architectures_is_refused() {
    built::assert_is_refused_where_a_function_is_of_another_architecture();
}

#[test]
fn what_is_built_for_this_machine_leaves_alone_what_is_to_be_deployed() {
    built::assert_leaves_the_deployable_build_alone();
}

#[test]
fn managed_instances_change_what_the_function_runs_on_and_nothing_around_it() {
    managed::assert_differs_only_in_what_it_runs_on();
}

/// `sam deploy --guided` asks in the order of the file, the console in that of the groups.
#[test]
fn parameters_are_asked_for_in_the_order_of_their_groups() {
    let (before, asked) = TEMPLATE.split_once("\nParameters:\n").unwrap();
    let groups = before.lines().filter_map(|line| line.strip_prefix("          - "));
    let asked = asked.split("\nRules:\n").next().unwrap().lines();
    let asked = asked.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let asked: Vec<_> = asked.filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(groups.collect::<Vec<_>>(), asked);
    assert_eq!(asked[0], "GatewayUrl", "the one without a default is the first");
}

#[test]
fn walk_to_all_the_traffic_changes_nothing_for_clients_before_its_last_steps() {
    walk::assert_changes_nothing_for_clients_before_its_last_steps();
}

/// What CloudFormation is asked to make, and what it says to that before it makes anything.
#[test]
fn what_cannot_work_is_refused_before_anything_is_made() {
    let listener: Parameters = &[("ListenerArn", LISTENER), ("ListenerPaths", "/*")];
    let rows: &[(Parameters, Parameters, &str)] = &[
        (listener, &[("ListenerArn", "")], "ListenerArn is missing"),
        (listener, &[("ListenerArn", "my-listener")], "has to be the ARN of a listener"),
        (listener, &[("GatewayUrl", "")], "has to be an http or https URL"),
        (listener, &[("GatewayUrl", "wso2.internal:8243")], "has to be an http or https URL"),
        (
            listener,
            &[("GatewayUrl", "https://user@wso2.internal")],
            "has to be an http or https URL",
        ),
        (listener, &[("GatewayUrl", "https://wso2.internal:82430")], "a port from 1 to 65535"),
        (listener, &[("GatewayUrl", "https://[2001:db8::1]:99999/p")], "a port from 1 to 65535"),
        (listener, &[("GatewayUrl", "https://wso2.internal:-1")], "a port from 1 to 65535"),
        (listener, &[("GatewayUrl", "https://wso2.internal:0")], "a port from 1 to 65535"),
        (listener, &[("GatewayUrl", "https://wso2.internal:")], "a port from 1 to 65535"),
        (listener, &[("GatewayHostHeader", "api.example.com:65536")], "a port from 1 to 65535"),
        (listener, &[("TrustBundleSecrets", "clients")], "has to be full ARNs"),
        (
            listener,
            &[(
                "TrustBundleSecrets",
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:clients",
            )],
            "has to be full ARNs",
        ),
        (
            listener,
            &[("TrustBundleSecrets", SECRET), ("TrustBundle", "-----BEGIN")],
            "content of a new secret",
        ),
        (listener, &[("CrlUrls", "ldap:///CN=CA")], "let it publish by HTTP too"),
        (listener, &[("CrlUrls", "http://us:er@ca.example/ca.crl")], "without user and password"),
        (listener, &[("CrlUrls", "http://ca.example/a.crl, http://ca.example/b.crl")], "commas"),
        (listener, &[("CrlRefreshMinutes", "7")], "CrlRefreshMinutes cannot be that"),
        (listener, &[("TrustCrls", "s3://our-crls")], "with a slash at its end"),
        (listener, &[("TrustCrls", "s3://our-crls/clients")], "with a slash at its end"),
        (listener, &[("TrustCrls", "s3://our-crls/*/")], "has to be s3://bucket/prefix/"),
        (listener, &[("TrustCrls", "s3://Our_crls/")], "has to be s3://bucket/prefix/"),
        (
            listener,
            &[("TrustCrls", "s3://our-crls/"), ("CrlUrls", "http://ca.example/ca.crl")],
            "CrlUrls and TrustCrls do not go together",
        ),
        (
            listener,
            &[("CrlUrls", "http://ca.example/ca.crl"), ("Revocation", "off")],
            "no effect with Revocation=off",
        ),
        (
            listener,
            &[("TrustCrls", "s3://our-crls/"), ("Revocation", "off")],
            "no effect with Revocation=off",
        ),
        (listener, &[("GatewayCaSecret", "gateway")], "has to be a full ARN"),
        (listener, &[("SecretsKmsKeyArns", "alias/mine")], "has to be ARNs of keys"),
        (listener, &[("ListenerHosts", "a.example.com, b.example.com")], "separated by commas"),
        (listener, &[("ListenerPaths", "api")], "each with its slash"),
        (listener, &[("ListenerPaths", "/a,/b,/c,/d,/e")], "up to four paths"),
        (listener, &[("ListenerPaths", "")], "ListenerHosts and ListenerPaths are missing"),
        (NEW_BALANCER, &[("ListenerHosts", "")], "ListenerHosts and ListenerPaths are missing"),
        (listener, &[("Traffic", "some")], "Traffic cannot be that"),
        (
            listener,
            &[(
                "TargetGroupArns",
                "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/*",
            )],
            "has to be ARNs of target groups",
        ),
        (listener, &[("ClientCertHeader", "X-Client-Cert")], "in lower case"),
        (listener, &[("ClientCertMode", "off")], "ClientCertMode cannot be that"),
        (listener, &[("Timeout", "901")], "Timeout cannot be that"),
        (listener, &[("Timeout", "35.5")], "Timeout cannot be that"),
        (listener, &[("FunctionSubnetIds", "subnet-0123456789abcdef0")], "go together"),
        (listener, &[("FunctionSecurityGroupIds", "sg-0123456789abcdef0")], "go together"),
        (NEW_BALANCER, &[("VpcId", "")], "VpcId is missing"),
        (NEW_BALANCER, &[("LoadBalancerSubnetIds", "")], "LoadBalancerSubnetIds is missing"),
        (NEW_BALANCER, &[("LoadBalancerSubnetIds", "subnet-0123456789abcdef0")], "two or more"),
        (NEW_BALANCER, &[("CertificateArn", "")], "CertificateArn is missing"),
        (NEW_BALANCER, &[("IngressCidr", "")], "IngressCidr is missing"),
        (NEW_BALANCER, &[("IngressPrefixListId", "our-list")], "a managed prefix list"),
        (NEW_BALANCER, &[("Timeout", "61")], "Set IdleTimeout to 900"),
        (NEW_BALANCER, &[("Timeout", "900")], "Set IdleTimeout to 900"),
        (NEW_BALANCER, &[("IdleTimeout", "120")], "IdleTimeout cannot be that"),
        (NEW_BALANCER, &[("LoadBalancerLogBucket", "s3://logs")], "the name of a bucket"),
        (NEW_BALANCER, &[("WebAclArn", "ours")], "a regional web ACL"),
        (NEW_BALANCER, &[("LoadBalancerIpAddressType", "ipv6")], "cannot be that"),
        (listener, &[("ProvisionedConcurrency", "0")], "the number of environments"),
        (listener, &[("LogKmsKeyArn", "alias/logs")], "the ARN of a key"),
        (NEW_BALANCER, &[("ListenerArn", LISTENER)], "brings its own listener"),
        (MANAGED, &[("CapacityProviderArn", "gateways")], "the ARN of a capacity provider"),
        (MANAGED, &[("ReservedConcurrency", "50")], "ReservedConcurrency does not go together"),
        (MANAGED, &[("ProvisionedConcurrency", "5")], "ProvisionedConcurrency does not go"),
        (MANAGED, &[("RollOut", "Canary10Percent5Minutes")], "RollOut has to be AllAtOnce"),
        (
            MANAGED,
            &[
                ("FunctionSubnetIds", "subnet-0123456789abcdef0"),
                ("FunctionSecurityGroupIds", "sg-0123456789abcdef0"),
            ],
            "are those of the capacity provider",
        ),
        (MANAGED, &[("MemorySize", "512")], "2 GiB for each vCPU"),
        (MANAGED, &[("MemorySize", "3072"), ("MemoryGiBPerVCpu", "2")], "2 GiB for each vCPU"),
        (MANAGED, &[("MemorySize", "2048"), ("MemoryGiBPerVCpu", "4")], "4 GiB for each vCPU"),
        (MANAGED, &[("MemorySize", "4096"), ("MemoryGiBPerVCpu", "8")], "8 GiB for each vCPU"),
        (MANAGED, &[("MemoryGiBPerVCpu", "16")], "MemoryGiBPerVCpu cannot be that"),
        (MANAGED, &[("ConcurrencyPerEnvironment", "1601")], "from 1 to 1600"),
        (MANAGED, &[("ConcurrencyPerEnvironment", "0")], "from 1 to 1600"),
        (listener, &[("ConcurrencyPerEnvironment", "8")], "no effect without CapacityProviderArn"),
        (listener, &[("MemoryGiBPerVCpu", "2")], "no effect without CapacityProviderArn"),
        (NEW_BALANCER, &[("SslPolicy", "ELBSecurityPolicy-2016-08")], "SslPolicy cannot be that"),
    ];
    let ports: Parameters = &[
        ("GatewayUrl", "https://[2001:db8::1]:65535/p"),
        ("GatewayHostHeader", "api.example.com:8243"),
    ];
    let listed: Parameters =
        &[("IngressCidr", ""), ("IngressPrefixListId", "pl-0123456789abcdef0"), ("Timeout", "60")];
    let slow: Parameters = &[("Timeout", "900"), ("IdleTimeout", "900")];
    let eight: Parameters = &[("ConcurrencyPerEnvironment", "1600"), ("MemoryGiBPerVCpu", "8")];
    let fetched: Parameters = &[
        (
            "CrlUrls",
            "http://ca.example/My%20CA+.crl,https://[2001:db8::1]:8443/v1/pki/crl/delta?a=b,http://ca",
        ),
        ("CrlRefreshMinutes", "1440"),
    ];
    let held: Parameters = &[("TrustCrls", "s3://our.crls/a/b_(c)!'.d-/")];
    // Somebody else's load balancer has a timeout of its own.
    let elsewhere: Parameters = &[("Timeout", "900")];
    let twins = [
        (listener, &[][..]),
        (listener, ports),
        (listener, fetched),
        (listener, held),
        (listener, elsewhere),
        (NEW_BALANCER, &[]),
        (NEW_BALANCER, listed),
        (NEW_BALANCER, slow),
        (MANAGED, &[]),
        (MANAGED, &[("MemorySize", "2048")]),
        (MANAGED, &[("MemorySize", "4096"), ("MemoryGiBPerVCpu", "4")]),
        (MANAGED, eight),
    ];
    let accepted = twins.len();
    let twins = twins.map(|(given, change)| with(given, change));
    let refused = rows.iter().map(|(given, change, _)| with(given, change));
    let asked: Vec<_> = twins.into_iter().chain(refused).collect();
    let mut answers = stacks(&[TEMPLATE], &asked).remove(0);
    for made in answers.drain(..accepted) {
        made.unwrap();
    }
    for ((_, change, why), answer) in rows.iter().zip(answers) {
        let refusal = answer.err().unwrap_or_else(|| panic!("{change:?} is taken"));
        assert!(refusal.contains(why), "{change:?}: {refusal}");
    }
}

/// What is found in the stacks of each template, one for each way in which it is used.
fn found_in(templates: &[&str], uses: &[BTreeMap<&str, &str>]) -> Vec<Vec<String>> {
    let found = |answer: &Result<Stack, String>| match answer {
        Ok(stack) => findings::of(stack),
        Err(refusal) => vec![format!("refused: {refusal}")],
    };
    let answers = stacks(templates, uses);
    answers.iter().map(|stacks| stacks.iter().flat_map(found).collect()).collect()
}
