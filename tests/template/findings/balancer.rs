//! A load balancer of its own, and who may call it.

use serde_json::{Value, json};

use super::{
    entrance::{has, unknown},
    unless,
};
use crate::stacks::{Stack, items, text};

/// Of the attributes that AWS's documentation lists for load balancers, the ones in use here.
const ATTRIBUTES: [&str; 8] = [
    "routing.http.drop_invalid_header_fields.enabled",
    "routing.http.desync_mitigation_mode",
    "idle_timeout.timeout_seconds",
    "deletion_protection.enabled",
    "access_logs.s3.enabled",
    "access_logs.s3.bucket",
    "connection_logs.s3.enabled",
    "connection_logs.s3.bucket",
];

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    let balancers = stack.all("AWS::ElasticLoadBalancingV2::LoadBalancer");
    let groups = stack.all("AWS::EC2::SecurityGroup");
    balancers
        .flat_map(|(name, balancer)| balancer_of(stack, name, &balancer["Properties"]))
        .chain(groups.flat_map(|(name, group)| group_of(stack, name, &group["Properties"])))
        .collect()
}

fn balancer_of(stack: &Stack, name: &str, balancer: &Value) -> Vec<String> {
    let attributes = &balancer["LoadBalancerAttributes"];
    let asked = |parameter: &str| stack.parameters[parameter].as_str();
    let bucket = asked("LoadBalancerLogBucket");
    let logs = |kind: &str| {
        let named = |wanted: &str| has(attributes, &format!("{kind}.s3.bucket"), wanted);
        match bucket {
            "" => has(attributes, &format!("{kind}.s3.enabled"), "false") && !named(""),
            bucket => has(attributes, &format!("{kind}.s3.enabled"), "true") && named(bucket),
        }
    };
    let walls: Vec<_> = stack.all("AWS::WAFv2::WebACLAssociation").collect();
    let wall = walls.iter().map(|(_, wall)| text(&wall["Properties"]["WebACLArn"]));
    let walled = wall.eq([asked("WebAclArn")].into_iter().filter(|arn| !arn.is_empty()));
    let mut found = unknown(name, attributes, &ATTRIBUTES);
    let checks = [
        (has(attributes, ATTRIBUTES[0], "true"), "lets invalid headers pass"),
        (has(attributes, ATTRIBUTES[1], "strictest"), "lets ambiguous requests pass"),
        (waits(stack, attributes), "hangs up before the function answers"),
        (
            has(attributes, ATTRIBUTES[3], asked("DeletionProtection")),
            "is not protected from deletion as DeletionProtection says",
        ),
        (logs("access_logs"), "does not write its access log as LoadBalancerLogBucket says"),
        (
            logs("connection_logs"),
            "does not write its connection log as LoadBalancerLogBucket says",
        ),
        (
            balancer["IpAddressType"] == asked("LoadBalancerIpAddressType"),
            "has not the addresses that LoadBalancerIpAddressType says",
        ),
        (walled, "has not the web ACL that WebAclArn says"),
    ];
    found.extend(
        checks.iter().filter_map(|(holds, what)| unless(*holds, format!("{name}: {what}"))),
    );
    found
}

/// The load balancer waits at least as long as the function may take.
fn waits(stack: &Stack, attributes: &Value) -> bool {
    let mut idle = items(attributes).filter(|attribute| attribute["Key"] == ATTRIBUTES[2]);
    let idle = idle.next().map(|attribute| text(&attribute["Value"]));
    let idle: Option<u32> = idle.and_then(|seconds| seconds.parse().ok());
    let timeout: Option<u32> = text(&stack.properties("Function")["Timeout"]).parse().ok();
    idle.is_some() && idle >= timeout
}

fn group_of(stack: &Stack, name: &str, group: &Value) -> Vec<String> {
    let admitted = |parameter: &str, key: &str| {
        let asked = stack.parameters[parameter].as_str();
        [443, 80]
            .into_iter()
            .filter(|_| !asked.is_empty())
            .map(|port| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, key: asked}))
            .collect::<Vec<_>>()
    };
    let asked =
        [admitted("IngressCidr", "CidrIp"), admitted("IngressPrefixListId", "SourcePrefixListId")];
    let bare = |rule: &Value| {
        let mut rule = rule.clone();
        rule.as_object_mut().and_then(|rule| rule.remove("Description"));
        rule
    };
    let has: Vec<_> = items(&group["SecurityGroupIngress"]).map(bare).collect();
    let nowhere = json!([{"Description": "Nowhere", "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]);
    [
        unless(
            has == asked.concat(),
            format!("{name}: admits others than IngressCidr and IngressPrefixListId"),
        ),
        unless(group["SecurityGroupEgress"] == nowhere, format!("{name}: lets something out")),
    ]
    .into_iter()
    .flatten()
    .collect()
}
