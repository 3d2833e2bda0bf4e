//! The stacks that CloudFormation would make of a template.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    rc::Rc,
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::real_parts::part;

/// The template as it is deployed.
pub(crate) const TEMPLATE: &str = include_str!("../../template.yaml");

pub(crate) const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/api/0123456789abcdef/0123456789abcdef";
pub(crate) const SECRET: &str =
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:clients-AbCdEf";
pub(crate) const CERTIFICATE: &str =
    "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";

/// What somebody fills in.
pub(crate) type Parameters = &'static [(&'static str, &'static str)];

/// What a new load balancer needs.
pub(crate) const NEW_BALANCER: Parameters = &[
    ("LoadBalancer", "new"),
    ("VpcId", "vpc-0123456789abcdef0"),
    ("LoadBalancerSubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
    ("CertificateArn", CERTIFICATE),
    ("IngressCidr", "203.0.113.0/24"),
    ("ListenerHosts", "api.example.com"),
];

/// The ways in which the template is used: behind a listener that is there, behind it with all that can
/// be asked for, and with a load balancer of its own, with all and with as little as can be asked for.
pub(crate) fn uses() -> [BTreeMap<&'static str, &'static str>; 6] {
    [
        with(&[("ListenerArn", LISTENER)], &[("ListenerPaths", "/*")]),
        with(
            &[("ListenerArn", LISTENER)],
            &[
                ("ListenerHosts", "api.example.com,*.partners.example.com"),
                ("ListenerPaths", "/orders/*,/status"),
                ("ClientCertHeader", "x-7f3a-cert"),
                (
                    "TargetGroupArns",
                    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/internal/*,arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/other/0123456789abcdef",
                ),
                ("HealthCheck", "true"),
                (
                    "TrustBundleSecrets",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:clients-AbCdEf,arn:aws:secretsmanager:eu-west-1:123456789012:secret:partners/lists-GhIjKl",
                ),
                (
                    "GatewayCaSecret",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-ca-MnOpQr",
                ),
                (
                    "GatewayIdentitySecret",
                    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:adapter-StUvWx",
                ),
                (
                    "SecretsKmsKeyArns",
                    "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012",
                ),
                ("FunctionSubnetIds", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"),
                ("FunctionSecurityGroupIds", "sg-0123456789abcdef0"),
                ("ReservedConcurrency", "50"),
                ("ProvisionedConcurrency", "5"),
                (
                    "LogKmsKeyArn",
                    "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012",
                ),
                ("Tracing", "Active"),
                ("RollOut", "Canary10Percent5Minutes"),
                ("AlarmTopicArn", "arn:aws:sns:eu-west-1:123456789012:alarms"),
                ("CrlUrls", "http://pki.example.com/base.crl,http://pki.example.com/base+.crl"),
                ("CrlRefreshMinutes", "15"),
            ],
        ),
        with(
            NEW_BALANCER,
            &[
                ("IngressPrefixListId", "pl-0123456789abcdef0"),
                ("LoadBalancerIpAddressType", "dualstack"),
                ("IdleTimeout", "900"),
                ("Timeout", "120"),
                ("DeletionProtection", "true"),
                ("LoadBalancerLogBucket", "our-logs"),
                (
                    "WebAclArn",
                    "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/12345678-1234-1234-1234-123456789012",
                ),
                ("Traffic", "all"),
                ("ClientCertMode", "report"),
                ("ClientCertHeader", "x-7f3a-cert"),
                ("TrustBundle", "-----BEGIN CERTIFICATE-----"),
                ("CrlUrls", "https://vault.example.com:8200/v1/pki/crl"),
                (
                    "SecretsKmsKeyArns",
                    "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012",
                ),
            ],
        ),
        with(NEW_BALANCER, &[("ListenerHosts", ""), ("ListenerPaths", "/orders/*,/status")]),
        with(
            &[("ListenerArn", LISTENER)],
            &[
                ("ListenerHosts", "api.example.com"),
                ("Traffic", "all"),
                ("GatewayIdentitySecret", SECRET),
                ("RollOut", "Linear10PercentEvery3Minutes"),
                ("TrustCrls", "s3://our-crls/clients/live/"),
            ],
        ),
        with(
            &[("ListenerArn", LISTENER)],
            &[
                ("ListenerPaths", "/*"),
                ("Traffic", "all"),
                ("GatewayCaSecret", SECRET),
                ("Preflight", "forward"),
                ("Revocation", "off"),
            ],
        ),
    ]
}

/// The one parameter without a default, those given, and changes to them.
pub(crate) fn with(
    given: &[(&'static str, &'static str)],
    changes: &[(&'static str, &'static str)],
) -> BTreeMap<&'static str, &'static str> {
    let url = ("GatewayUrl", "https://wso2.internal:8243");
    [url].iter().chain(given).chain(changes).copied().collect()
}

/// A stack as it would be, and what it comes of.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The template.
    pub(crate) source: Rc<Value>,
    /// What was filled in, and the defaults for the rest.
    pub(crate) parameters: BTreeMap<String, String>,
    stack: Value,
}

impl Stack {
    /// The resources of a type, by name.
    pub(crate) fn all<'a>(&'a self, kind: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.resources().filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// The properties of the resource of that name; null, where there is none.
    pub(crate) fn properties(&self, name: &str) -> &Value {
        &self.stack["Resources"][name]["Properties"]
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.stack["Resources"])
    }

    /// The properties of the function: on managed instances it is another resource.
    pub(crate) fn function(&self) -> &Value {
        match self.properties("ManagedFunction") {
            Value::Null => self.properties("Function"),
            managed => managed,
        }
    }

    /// The variables of the function.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        entries(&self.function()["Environment"]["Variables"])
            .map(|(name, value)| (name.to_owned(), text(value).to_owned()))
            .collect()
    }

    /// The stack as a template, in which nothing is left open.
    pub(crate) fn template(&self) -> Value {
        let mut template = self.stack.clone();
        template["AWSTemplateFormatVersion"] = json!("2010-09-09");
        template
    }

    /// What the stack says afterwards under that name; nothing, where it says nothing.
    pub(crate) fn output(&self, name: &str) -> &str {
        text(&self.stack["Outputs"][name]["Value"])
    }

    /// How the parameters are declared.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.source["Parameters"])
    }
}

/// Asks, for each template, for a stack with each of the parameters. A refusal says why there is none.
pub(crate) fn stacks(
    templates: &[&str],
    parameters: &[BTreeMap<&str, &str>],
) -> Vec<Vec<Result<Stack, String>>> {
    let asked: Vec<_> = templates
        .iter()
        .map(|template| json!({"template": template, "parameters": parameters}))
        .collect();
    let answers: Vec<Answer> = serde_json::from_slice(&cloudformation(&json!(asked))).unwrap();
    answers.into_iter().map(Answer::stacks).collect()
}

#[derive(Deserialize)]
struct Answer {
    source: Rc<Value>,
    stacks: Vec<Made>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Made {
    Stack { parameters: BTreeMap<String, String>, stack: Value },
    Refusal { refused: String },
}

impl Answer {
    fn stacks(self) -> Vec<Result<Stack, String>> {
        let of = |made| match made {
            Made::Stack { parameters, stack } => {
                Ok(Stack { source: Rc::clone(&self.source), parameters, stack })
            }
            Made::Refusal { refused } => Err(refused),
        };
        self.stacks.into_iter().map(of).collect()
    }
}

fn cloudformation(asked: &Value) -> Vec<u8> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real-parts/cloudformation.py");
    let mut python = Command::new(part("venv/bin/python"))
        .arg(script)
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    let asked = asked.to_string();
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writer.join().unwrap().unwrap();
    output.stdout
}

/// The entries of an object; none of anything else.
pub(crate) fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The items of a list, or the one value that stands for a list of one; none of null.
pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let one = Some(value).filter(|value| !value.is_array() && !value.is_null());
    value.as_array().into_iter().flatten().chain(one)
}

/// A text; empty, where it is none.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
