//! The way to the function: its versions, the target group, listeners and a load balancer of its own.

use serde_json::{Value, json};

use super::unless;
use crate::stacks::{Stack, items, text};

/// What AWS's documentation lists for target groups of the type `lambda`.
const TARGET_GROUP_ATTRIBUTES: [&str; 1] = ["lambda.multi_value_headers.enabled"];

/// Of those that it lists for load balancers, the ones in use here.
const LOAD_BALANCER_ATTRIBUTES: [&str; 2] =
    ["routing.http.drop_invalid_header_fields.enabled", "routing.http.desync_mitigation_mode"];

/// Of those that it lists for listeners, the one in use here.
const LISTENER_ATTRIBUTES: [&str; 1] = ["routing.http.request.x_amzn_mtls_clientcert.header_name"];

/// Its security policies that begin with TLS 1.2 and have only ciphers with forward secrecy.
const SSL_POLICIES: [&str; 12] = [
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
];

const MUTUAL_AUTHENTICATION_MODES: [&str; 3] = ["off", "passthrough", "verify"];

/// What is wrong with it.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    [function(stack), target_group(stack), listener_rule(stack), listeners(stack), balancer(stack)]
        .into_iter()
        .flatten()
        .collect()
}

/// The build's one program, in versions that stay.
fn function(stack: &Stack) -> Vec<String> {
    let function = stack.properties("Function");
    let metadata = &stack.source["Resources"]["Function"]["Metadata"];
    let kept = stack.all("AWS::Lambda::Version").all(|(_, version)| {
        version["DeletionPolicy"] == "Retain" && version["UpdateReplacePolicy"] == "Retain"
    });
    let platform =
        json!(["provided.al2023", "bootstrap", ["arm64"], "rust-cargolambda", "bootstrap"]);
    let is = json!([
        function["Runtime"],
        function["Handler"],
        function["Architectures"],
        metadata["BuildMethod"],
        metadata["BuildProperties"]["Binary"]
    ]);
    [
        unless(is == platform, format!("Function: is built and run as {is}, not as {platform}")),
        unless(kept, "Function: a version is deleted as soon as there is another"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn target_group(stack: &Stack) -> Vec<String> {
    let group = stack.properties("TargetGroup");
    let attributes = &group["TargetGroupAttributes"];
    let name = text(&group["Name"]);
    let valid = name.len() <= 32 && name.contains("51af3dc0");
    unknown("TargetGroup", attributes, &TARGET_GROUP_ATTRIBUTES)
        .into_iter()
        .chain(
            [
                unless(
                    has(attributes, TARGET_GROUP_ATTRIBUTES[0], "true"),
                    "TargetGroup: multi-value headers are off",
                ),
                unless(group["TargetType"] == "lambda", "TargetGroup: is not of the type lambda"),
                unless(
                    group["Targets"] == json!([{"Id": "<FunctionAliaslive>"}]),
                    "TargetGroup: its target is not the alias",
                ),
                unless(
                    valid,
                    format!("TargetGroup: {name} is too long, or not of this stack alone"),
                ),
            ]
            .into_iter()
            .flatten(),
        )
        .collect()
}

fn listener_rule(stack: &Stack) -> Vec<String> {
    let of_one = |(name, rule): (&str, &Value)| {
        let rule = &rule["Properties"];
        let conditions: Vec<_> = items(&rule["Conditions"]).collect();
        let values = conditions.iter().flat_map(|condition| {
            let lists = [&condition["PathPatternConfig"], &condition["HostHeaderConfig"]];
            lists.into_iter().flat_map(|list| items(&list["Values"]))
        });
        [
            unless(values.count() <= 5, format!("{name}: has more than five values")),
            unless(!conditions.is_empty(), format!("{name}: fits no request")),
            unless(
                forwards(&rule["Actions"]),
                format!("{name}: does not forward to the target group"),
            ),
        ]
    };
    stack.all("AWS::ElasticLoadBalancingV2::ListenerRule").flat_map(of_one).flatten().collect()
}

/// A listener for HTTPS hands certificates over, and one for HTTP only sends people to it.
fn listeners(stack: &Stack) -> Vec<String> {
    let renamed = stack.variables()["CLIENT_CERT_HEADER"].clone();
    let of_one = |(name, listener): (&str, &Value)| {
        let listener = &listener["Properties"];
        let attributes = &listener["ListenerAttributes"];
        let mode = text(&listener["MutualAuthentication"]["Mode"]);
        let policy = text(&listener["SslPolicy"]);
        let plain = json!([{
            "Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        }]);
        let mut found = unknown(name, attributes, &LISTENER_ATTRIBUTES);
        if listener["Protocol"] != "HTTPS" {
            found.extend(unless(
                listener["DefaultActions"] == plain,
                format!("{name}: serves plain HTTP"),
            ));
            return found;
        }
        found.extend(
            [
                unless(
                    MUTUAL_AUTHENTICATION_MODES.contains(&mode),
                    format!("{name}: {mode:?} is no mode of mutual authentication"),
                ),
                unless(
                    mode == "passthrough",
                    format!("{name}: does not hand certificates over as they come"),
                ),
                unless(
                    SSL_POLICIES.contains(&policy),
                    format!("{name}: {policy:?} is no security policy, or an old one"),
                ),
                unless(
                    has(attributes, LISTENER_ATTRIBUTES[0], &renamed),
                    format!("{name}: its certificate header is not the function's"),
                ),
                unless(!listener["Certificates"].is_null(), format!("{name}: has no certificate")),
                unless(
                    forwards(&listener["DefaultActions"]),
                    format!("{name}: does not forward to the target group"),
                ),
            ]
            .into_iter()
            .flatten(),
        );
        found
    };
    let offered = &stack.source["Parameters"]["SslPolicy"]["AllowedValues"];
    let old = items(offered).map(text).filter(|policy| !SSL_POLICIES.contains(policy));
    let old =
        old.map(|policy| format!("SslPolicy: {policy:?} is no security policy, or an old one"));
    stack.all("AWS::ElasticLoadBalancingV2::Listener").flat_map(of_one).chain(old).collect()
}

fn balancer(stack: &Stack) -> Vec<String> {
    let of_one = |(name, balancer): (&str, &Value)| {
        let attributes = &balancer["Properties"]["LoadBalancerAttributes"];
        let [drops, desync] = LOAD_BALANCER_ATTRIBUTES;
        let mut found = unknown(name, attributes, &LOAD_BALANCER_ATTRIBUTES);
        found.extend(unless(
            has(attributes, drops, "true"),
            format!("{name}: lets invalid headers pass"),
        ));
        found.extend(unless(
            has(attributes, desync, "strictest"),
            format!("{name}: lets ambiguous requests pass"),
        ));
        found
    };
    let group = |(name, group): (&str, &Value)| {
        let group = &group["Properties"];
        let from =
            |range: &str| items(&group["SecurityGroupIngress"]).all(|rule| rule["CidrIp"] == range);
        let nowhere =
            json!([{"Description": "Nowhere", "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]);
        [
            unless(from("203.0.113.0/24"), format!("{name}: admits others than IngressCidr")),
            unless(group["SecurityGroupEgress"] == nowhere, format!("{name}: lets something out")),
        ]
    };
    stack
        .all("AWS::ElasticLoadBalancingV2::LoadBalancer")
        .flat_map(of_one)
        .chain(stack.all("AWS::EC2::SecurityGroup").flat_map(group).flatten())
        .collect()
}

fn forwards(actions: &Value) -> bool {
    *actions == json!([{"Type": "forward", "TargetGroupArn": "<TargetGroup>"}])
}

fn unknown(name: &str, attributes: &Value, known: &[&str]) -> Vec<String> {
    let keys = items(attributes).map(|attribute| text(&attribute["Key"]));
    let strangers = keys.filter(|key| !known.contains(key));
    strangers.map(|key| format!("{name}: {key:?} is no attribute that is known here")).collect()
}

fn has(attributes: &Value, key: &str, value: &str) -> bool {
    items(attributes).any(|attribute| attribute["Key"] == key && attribute["Value"] == value)
}
