//! The way to the function: its versions, the target group, the rule and the listeners.

use serde_json::{Value, json};

use super::unless;
use crate::{
    stacks::{Stack, items, text},
    walk::{self, Request},
};

/// What AWS's documentation lists for target groups of the type `lambda`.
const TARGET_GROUP_ATTRIBUTES: [&str; 1] = ["lambda.multi_value_headers.enabled"];

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
    [function(stack), target_group(stack), listener_rule(stack), listeners(stack)]
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
    let ready = text(
        &stack.properties("FunctionAliaslive")["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"],
    );
    let renames =
        [("Next3RenameHeader", "clientcert"), ("Next3RenameHeaderInVerifyMode", "clientcert_leaf")];
    let renames = renames.into_iter().filter(|(output, word)| {
        let said = stack.output(output);
        !said.is_empty() && !said.contains(&format!("x_amzn_mtls_{word}.header_name,Value="))
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
        unless(
            ready == stack.parameters["ProvisionedConcurrency"],
            "FunctionAliaslive: keeps another number of environments ready than was asked for",
        ),
    ]
    .into_iter()
    .flatten()
    .chain(renames.map(|(output, _)| format!("{output}: renames the header of the other mode")))
    .collect()
}

fn target_group(stack: &Stack) -> Vec<String> {
    let group = stack.properties("TargetGroup");
    let attributes = &group["TargetGroupAttributes"];
    let name = text(&group["Name"]);
    let valid = name.len() <= 32 && name.contains("51af3dc0");
    let own = format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/*");
    let variables = stack.variables();
    let pinned = [own.as_str()].into_iter().chain(listed(stack, "TargetGroupArns"));
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
                unless(
                    variables["TARGET_GROUP_ARNS"].split(',').eq(pinned),
                    format!("TargetGroup: the function does not answer {name} and what was named"),
                ),
            ]
            .into_iter()
            .flatten(),
        )
        .collect()
}

fn listener_rule(stack: &Stack) -> Vec<String> {
    let asked = [header(stack), listed(stack, "ListenerPaths"), listed(stack, "ListenerHosts")];
    let listener = match stack.parameters["LoadBalancer"].as_str() {
        "new" => "<HttpsListener>",
        _ => &stack.parameters["ListenerArn"],
    };
    let of_one = |(name, rule): (&str, &Value)| {
        let rule = &rule["Properties"];
        let values = |field: &str, config: &str| {
            let all = items(&rule["Conditions"]).filter(|condition| condition["Field"] == field);
            all.flat_map(|condition| items(&condition[config]["Values"])).map(text).collect()
        };
        let has: [Vec<_>; 3] = [
            values("http-header", "HttpHeaderConfig"),
            values("path-pattern", "PathPatternConfig"),
            values("host-header", "HostHeaderConfig"),
        ];
        let count = has.iter().flatten().count();
        [
            unless(count <= 5, format!("{name}: has more than five values")),
            unless(has == asked, format!("{name}: is for {has:?}, and {asked:?} was asked for")),
            unless(rule["ListenerArn"] == listener, format!("{name}: is not of {listener}")),
            unless(
                forwards(&rule["Actions"]),
                format!("{name}: does not forward to the target group"),
            ),
        ]
    };
    let rules = stack.all("AWS::ElasticLoadBalancingV2::ListenerRule");
    rules.flat_map(of_one).flatten().chain(trial(stack)).collect()
}

/// The value of the header that a request needs while the function is only tried.
fn header(stack: &Stack) -> Vec<&'static str> {
    let only_tried = stack.parameters["Traffic"] == "tried";
    only_tried.then_some("51af3dc0-da77-11e4-872e-1234567db123").into_iter().collect()
}

fn listed<'a>(stack: &'a Stack, parameter: &str) -> Vec<&'a str> {
    stack.parameters[parameter].split(',').filter(|value| !value.is_empty()).collect()
}

/// Nobody gets all the traffic without asking for it, and the `curl` line of the outputs gets through.
fn trial(stack: &Stack) -> Vec<String> {
    let declared = |name: &str| &stack.source["Parameters"][name]["Default"];
    let everything = ["ListenerHosts", "ListenerPaths"].into_iter().filter(|name| {
        let values = declared(name);
        values != ""
    });
    let rule = stack.properties("ListenerRule");
    let first =
        |parameter, otherwise| listed(stack, parameter).first().copied().unwrap_or(otherwise);
    let (host, path) = (first("ListenerHosts", "any"), first("ListenerPaths", "/"));
    let comes_through =
        walk::matches(rule, Request { host, path, header: walk::tried_with(stack) });
    everything
        .map(|name| format!("{name}: has a default, and so takes requests that nobody named"))
        .chain(unless(declared("Traffic") == "tried", "Traffic: is not tried unless asked for"))
        .chain(unless(comes_through, "Next4Try: does not come through the rule"))
        .collect()
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
        let nothing =
            json!([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]);
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
                    has(attributes, LISTENER_ATTRIBUTES[0], &renamed)
                        || attributes.is_null() && renamed == "x-amzn-mtls-clientcert",
                    format!("{name}: its certificate header is not the function's"),
                ),
                unless(!listener["Certificates"].is_null(), format!("{name}: has no certificate")),
                unless(
                    listener["DefaultActions"] == nothing,
                    format!("{name}: does not answer 404 to what the rule is not for"),
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

fn forwards(actions: &Value) -> bool {
    *actions == json!([{"Type": "forward", "TargetGroupArn": "<TargetGroup>"}])
}

pub(super) fn unknown(name: &str, attributes: &Value, known: &[&str]) -> Vec<String> {
    let keys = items(attributes).map(|attribute| text(&attribute["Key"]));
    let strangers = keys.filter(|key| !known.contains(key));
    strangers.map(|key| format!("{name}: {key:?} is no attribute that is known here")).collect()
}

pub(super) fn has(attributes: &Value, key: &str, value: &str) -> bool {
    items(attributes).any(|attribute| attribute["Key"] == key && attribute["Value"] == value)
}
