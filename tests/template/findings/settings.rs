//! The parameters, and the settings of the function that most of them are.

use std::collections::BTreeSet;

use alb_mtls_adapter::settings::{self, Settings};
use serde_json::Value;

use super::unless;
use crate::stacks::{Stack, entries, items, text};

const README: &str = include_str!("../../../README.md");

/// The longest that Lambda lets an invocation run, in seconds.
const LAMBDA_LIMIT: u64 = 900;

/// Where Secrets Manager answers: the variable that every SDK of AWS reads.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    [declared(stack), named(stack), readable(stack), defaults(stack), choices(stack)]
        .into_iter()
        .chain([explained(stack), used(stack), grouped(stack), times(stack)])
        .flatten()
        .collect()
}

/// The template declares every setting, and one variable more that the function reads. Where CRLs are is said only where
/// there are some.
fn declared(stack: &Stack) -> Vec<String> {
    let declared: BTreeSet<_> = stack.variables().into_keys().collect();
    let reads_crls =
        ["CrlUrls", "TrustCrls"].iter().any(|name| !stack.parameters[*name].is_empty());
    let known = settings::NAMES.into_iter().chain([ENDPOINT]);
    let known = known.filter(|name| reads_crls || *name != "TRUST_CRLS");
    let known: BTreeSet<_> = known.map(str::to_owned).collect();
    let missing = known.difference(&declared).map(|name| format!("{name} is not declared"));
    let unknown = declared.difference(&known).map(|name| format!("{name} is no setting"));
    missing.chain(unknown).collect()
}

/// Each setting comes from the parameter of its name, and one from what `RollOut` makes necessary.
fn named(stack: &Stack) -> Vec<String> {
    let variables =
        &stack.source["Resources"]["Function"]["Properties"]["Environment"]["Variables"];
    let elsewhere = |(variable, value): (&str, &Value)| {
        let parameter = match variable {
            "METRICS_BY_VERSION" => "RollOut".to_owned(),
            other => camel_case(other),
        };
        unless(refers(value, &parameter), format!("{variable} does not come from {parameter}"))
    };
    entries(variables).filter_map(elsewhere).collect()
}

/// The function would start with them.
fn readable(stack: &Stack) -> Vec<String> {
    // Of a bucket that CloudFormation makes, only CloudFormation knows the name.
    let known = |value: String| value.replace("<CrlBucket>", "adapter-crlbucket-1x2y3z");
    let variables = stack.variables().into_iter().map(|(name, value)| (name, known(value)));
    let error = Settings::read(variables).err();
    error.map(|error| format!("the function would not start: {error}")).into_iter().collect()
}

/// What is left out is what the function and the README say it is.
fn defaults(stack: &Stack) -> Vec<String> {
    let default = |name: &str| stack.source["Parameters"][camel_case(name)]["Default"].clone();
    let required = |name: &str| matches!(name, "GATEWAY_URL" | "TRUST_BUNDLE_SECRETS");
    let needed = [("GATEWAY_URL", "http://gateway"), ("TRUST_BUNDLE_SECRETS", "clients")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let bare = format!("{:?}", Settings::read(needed.clone()));
    let not_the_functions = |name: &&str| {
        let given = [((*name).to_owned(), written(&default(name)))];
        format!("{:?}", Settings::read(needed.iter().cloned().chain(given))) != bare
    };
    let not_the_readmes = |name: &&str| {
        let given = written(&default(name));
        !given.is_empty() && documented(name).first() != Some(&given.as_str())
    };
    let optional = settings::NAMES.into_iter().filter(|name| !required(name));
    optional
        .clone()
        .filter(not_the_functions)
        .map(|name| format!("{} has another default than the function", camel_case(name)))
        .chain(
            optional
                .filter(not_the_readmes)
                .map(|name| format!("{} has another default than the README", camel_case(name))),
        )
        .collect()
}

/// Where there is a choice, it is the function's.
fn choices(stack: &Stack) -> Vec<String> {
    let taken = |name: &str, value: &str| {
        let given = [("GATEWAY_URL", "https://gateway"), ("TRUST_BUNDLE_SECRETS", "clients")];
        let given = given.into_iter().chain([(name, value)]);
        Settings::read(given.map(|(name, value)| (name.to_owned(), value.to_owned()))).is_ok()
    };
    let of_one =
        |name: &&'static str| {
            let parameter = camel_case(name);
            let declared = &stack.source["Parameters"][&parameter];
            let bounds = [&declared["MinValue"], &declared["MaxValue"]].into_iter().flat_map(items);
            let allowed: Vec<_> = items(&declared["AllowedValues"]).map(written).collect();
            let too_many = allowed.iter().cloned().chain(bounds.map(written));
            let too_many = too_many.filter(|value| !taken(name, value) && !stale(name, value));
            let too_few = documented(name).into_iter().filter(|word| taken(name, word));
            let too_few = too_few
                .filter(|word| !allowed.is_empty() && !allowed.iter().any(|one| one == word));
            too_many
                .map(|value| format!("{parameter} may be {value}, which the function refuses"))
                .chain(too_few.map(|value| {
                    format!("{parameter} may not be {value}, which the function takes")
                }))
                .collect::<Vec<_>>()
        };
    settings::NAMES.iter().flat_map(of_one).collect()
}

/// Bounds that depend on each other: this one alone would be older than it is refreshed.
fn stale(name: &str, value: &str) -> bool {
    name == "TRUST_MAX_STALE_SECONDS" && value == "10"
        || name == "TRUST_REFRESH_SECONDS" && value == "31536000"
}

/// Each parameter says what it is, and takes not just anything.
fn explained(stack: &Stack) -> Vec<String> {
    const LIMITS: [&str; 4] = ["AllowedPattern", "AllowedValues", "MinValue", "MaxLength"];
    let of_one = |(name, declared): (&str, &Value)| {
        let limited = LIMITS.iter().any(|limit| !declared[limit].is_null());
        let pattern = declared["AllowedPattern"].is_null();
        [
            unless(!text(&declared["Description"]).is_empty(), format!("{name} is not explained")),
            unless(limited, format!("{name} takes anything")),
            unless(
                pattern || !declared["ConstraintDescription"].is_null(),
                format!("{name} does not say what it has to be"),
            ),
        ]
    };
    stack.declarations().flat_map(of_one).flatten().collect()
}

/// Each parameter has an effect. To be counted among the settings is none.
fn used(stack: &Stack) -> Vec<String> {
    let mut source = (*stack.source).clone();
    source["Resources"]["SettingsVersion"].take();
    let has_effect = |name: &str| {
        ["Resources", "Conditions", "Outputs"].iter().any(|part| refers(&source[part], name))
    };
    let names = stack.declarations().map(|(name, _)| name);
    names.filter(|name| !has_effect(name)).map(|name| format!("{name} has no effect")).collect()
}

/// Each parameter stands in one group.
fn grouped(stack: &Stack) -> Vec<String> {
    let groups = &stack.source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let grouped: Vec<_> =
        items(groups).flat_map(|group| items(&group["Parameters"])).map(text).collect();
    let declared: Vec<_> = stack.declarations().map(|(name, _)| name).collect();
    let times = |name: &str| grouped.iter().filter(|one| **one == name).count();
    let not_once = declared.iter().filter(|name| times(name) != 1);
    let strangers = grouped.iter().filter(|name| !declared.contains(name));
    not_once
        .map(|name| format!("{name} does not stand in exactly one group"))
        .chain(strangers.map(|name| format!("{name} stands in a group, and is no parameter")))
        .collect()
}

/// The gateway's time is up before the invocation's.
fn times(stack: &Stack) -> Vec<String> {
    let timeout = written(&stack.properties("Function")["Timeout"]).parse().unwrap_or(0);
    let gateway = stack.variables().get("GATEWAY_TIMEOUT_MS").cloned().unwrap_or_default();
    let gateway = gateway.parse::<u64>().unwrap_or(0).div_ceil(1000);
    [
        unless(
            (1..=LAMBDA_LIMIT).contains(&timeout),
            format!("Function: a timeout of {timeout} s is not from 1 to {LAMBDA_LIMIT}"),
        ),
        unless(
            timeout > gateway,
            format!(
                "Function: a timeout of {timeout} s leaves no time after the gateway's {gateway} s"
            ),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a value refers to a parameter anywhere.
fn refers(value: &Value, parameter: &str) -> bool {
    match value {
        Value::String(text) => text.contains(&format!("${{{parameter}}}")),
        Value::Array(items) => items.iter().any(|item| refers(item, parameter)),
        Value::Object(entries) => entries
            .iter()
            .any(|(name, value)| name == "Ref" && value == parameter || refers(value, parameter)),
        _ => false,
    }
}

/// The words in backticks of a setting's row in the README, its default first.
fn documented(name: &str) -> Vec<&'static str> {
    let row = README.lines().find(|line| line.starts_with(&format!("| `{name}`")));
    let cells = row.into_iter().flat_map(|row| row.split(" | ").skip(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn camel_case(variable: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_owned() + &rest.to_lowercase()
    };
    variable.split('_').map(word).collect()
}

/// A text or number as CloudFormation hands it on.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
