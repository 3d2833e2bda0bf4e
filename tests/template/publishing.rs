//! Whether a changed parameter reaches the alias that the load balancer invokes.
//!
//! It does by another description of the function's version, which makes it another version. Where the
//! function has not changed, Lambda refuses to publish one, and the deployment fails.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    managed::MANAGED,
    stacks::{LISTENER, Stack, stacks, with},
};

/// Each parameter that has a say in a stack with everything, and another value for it.
const CHANGES: &[(&str, &str)] = &[
    ("GatewayUrl", "https://gateway.example.com"),
    ("GatewayCertHeader", "X-Client-Cert"),
    ("GatewayCertFormat", "base64-der"),
    ("IdentityHeaders", "true"),
    ("GatewayHostHeader", "api.example.com"),
    ("GatewayTimeoutMs", "20000"),
    ("GatewayConnectTimeoutMs", "1000"),
    ("GatewayCaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf"),
    ("GatewayIdentitySecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf"),
    (
        "ListenerArn",
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/b/0123456789abcdef/1",
    ),
    ("ListenerHosts", "other.example.com"),
    ("ListenerPaths", "/other"),
    ("ListenerPriority", "7"),
    ("Traffic", "all"),
    ("ClientCertHeader", "x-other"),
    ("RequireHttps", "false"),
    ("TargetGroupArns", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/other/1"),
    ("HealthCheck", "true"),
    ("TrustBundleSecrets", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf"),
    (
        "SecretsKmsKeyArns",
        "arn:aws:kms:eu-west-1:123456789012:key/87654321-1234-1234-1234-123456789012",
    ),
    ("ClientCertMode", "optional"),
    ("Preflight", "forward"),
    ("Revocation", "require-chain"),
    ("TrustRefreshSeconds", "60"),
    ("TrustMaxStaleSeconds", "3600"),
    ("Architecture", "x86_64"),
    ("MemorySize", "1024"),
    ("Timeout", "60"),
    ("ReservedConcurrency", "10"),
    ("FunctionSubnetIds", "subnet-0123456789abcdef2"),
    ("FunctionSecurityGroupIds", "sg-0123456789abcdef2"),
    ("AwsEndpointUrlSecretsManager", "https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com"),
    ("Tracing", "Active"),
    ("ProvisionedConcurrency", "5"),
    ("LogRetentionDays", "7"),
    ("LogKmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/87654321-1234-1234-1234-123456789012"),
    ("LoadBalancerIpAddressType", "dualstack"),
    ("IngressPrefixListId", "pl-0123456789abcdef0"),
    ("IdleTimeout", "900"),
    ("DeletionProtection", "true"),
    ("LoadBalancerLogBucket", "our-logs"),
    ("WebAclArn", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/1"),
    ("RollOut", "Canary10Percent5Minutes"),
    ("AlarmTopicArn", "arn:aws:sns:eu-west-1:123456789012:other"),
    ("RefusalAlarmPercent", "50"),
    ("GatewayErrorAlarmCount", "50"),
    ("UntrustedAlarmCount", "500"),
    ("CrlErrorAlarmCount", "50"),
    ("CrlAlarmHours", "3"),
    ("CrlUrls", "http://pki.example.com/ca.crl"),
    ("CrlRefreshMinutes", "5"),
    ("TrustCrls", "s3://our-crls/clients/"),
    ("StaleAlarmHours", "3"),
    ("ExpiryAlarmDays", "3"),
];

/// The same for a stack on managed instances, as far as it has more parameters.
const MANAGED_CHANGES: &[(&str, &str)] = &[
    ("CapacityProviderArn", "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:others"),
    ("ConcurrencyPerEnvironment", "64"),
    ("MemoryGiBPerVCpu", "4"),
    ("MemorySize", "4096"),
    ("ExpiryAlarmDays", "3"),
];

/// The stack whose parameters are changed one by one.
fn beginning() -> BTreeMap<&'static str, &'static str> {
    let vpc = [
        ("FunctionSubnetIds", "subnet-0123456789abcdef0"),
        ("FunctionSecurityGroupIds", "sg-0123456789abcdef0"),
    ];
    with(&[("ListenerArn", LISTENER), ("ListenerPaths", "/*")], &vpc)
}

/// Parameters that change the one without the other.
pub(crate) fn faults(template: &str) -> Vec<String> {
    let mut faults = faults_from(template, &beginning(), CHANGES);
    faults.extend(faults_from(template, &with(MANAGED, &[]), MANAGED_CHANGES));
    faults
}

fn faults_from(
    template: &str,
    beginning: &BTreeMap<&'static str, &'static str>,
    changes: &[(&'static str, &'static str)],
) -> Vec<String> {
    let changed = changes.iter().map(|change| {
        let mut parameters = beginning.clone();
        parameters.extend([*change]);
        parameters
    });
    let asked: Vec<_> = [beginning.clone()].into_iter().chain(changed).collect();
    let mut stacks = stacks(&[template], &asked).remove(0);
    let before = stacks.remove(0).unwrap();
    let fault = |((name, _), after): (&(&str, &str), Result<Stack, String>)| {
        let after = after.unwrap();
        match (before.function() != after.function(), number(&before) != number(&after)) {
            (true, false) => {
                Some(format!("{name} changes the function, and no version of it is published"))
            }
            (false, true) => Some(format!(
                "{name} does not change the function, and a version of it would be published in vain"
            )),
            _ => None,
        }
    };
    changes.iter().zip(stacks).filter_map(fault).collect()
}

/// What the number in the version's description counts the changes of.
fn number(stack: &Stack) -> &Value {
    &stack.properties("SettingsVersion")["Content"]
}
