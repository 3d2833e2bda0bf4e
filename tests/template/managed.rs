//! The function on Lambda Managed Instances: another resource, and all around it the same.

use serde_json::{Value, json};

use crate::stacks::{LISTENER, Parameters, Stack, TEMPLATE, entries, stacks, with};

const PROVIDER: &str = "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:gateways";

/// A stack on managed instances, with nothing said that Lambda can choose.
pub(crate) const MANAGED: Parameters = &[
    ("ListenerArn", LISTENER),
    ("ListenerPaths", "/*"),
    ("MemorySize", "8192"),
    ("CapacityProviderArn", PROVIDER),
];

pub(crate) fn assert_differs_only_in_what_it_runs_on() {
    assert_eq!(differences(TEMPLATE), Vec::<String>::new());
    for (from, to, found) in [
        (
            "      Description: Verifies client",
            "      Layers: [x]\n      Description: V",
            "the function is another",
        ),
        (
            "[ConcurrencyIsSaid, !Ref Conc",
            "[OnLambdasCapacity, !Ref Conc",
            "not what was asked for",
        ),
        (
            "        - Id: !If [OnManagedInstances, !Ref ManagedFunctionAliaslive",
            "        - Id: !If [OnManagedInstances, !GetAtt FunctionRole.Arn",
            "TargetGroup is another",
        ),
    ] {
        assert_eq!(TEMPLATE.matches(from).count(), 1, "{from}");
        let found_there = differences(&TEMPLATE.replace(from, to)).join("; ");
        assert!(found_there.contains(found), "{found}: {found_there}");
    }
}

/// How a stack on managed instances differs from one on Lambda's own capacity, apart from that.
fn differences(template: &str) -> Vec<String> {
    let said: Parameters = &[("ConcurrencyPerEnvironment", "64"), ("MemoryGiBPerVCpu", "4")];
    let mut asked =
        [with(MANAGED, &[("CapacityProviderArn", "")]), with(MANAGED, &[]), with(MANAGED, said)];
    for parameters in &mut asked {
        parameters.insert("CrlUrls", "http://pki.example.com/ca.crl");
    }
    let [own, managed, tuned] = stacks(&[template], &asked).remove(0).try_into().unwrap();
    let [own, managed, tuned] = [own, managed, tuned].map(Result::unwrap);
    let provider = |more: Value| {
        let mut config = json!({"CapacityProviderArn": PROVIDER});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"LambdaManagedInstancesCapacityProviderConfig": config})
    };
    let tuned_to = json!({
        "PerExecutionEnvironmentMaxConcurrency": "64",
        "ExecutionEnvironmentMemoryGiBPerVCpu": "4",
    });
    let mut differences = Vec::new();
    for (stack, wanted) in [(&managed, provider(json!({}))), (&tuned, provider(tuned_to))] {
        let mut function = stack.properties("ManagedFunction").clone();
        if function["CapacityProviderConfig"].take() != wanted {
            differences.push("the function's capacity is not what was asked for".to_owned());
        }
        if plain(&function) != plain(own.properties("Function")) {
            differences.push("the function is another".to_owned());
        }
        differences.extend(around(&own, stack));
    }
    differences
}

/// Properties of a function that do not say where it runs.
fn plain(function: &Value) -> Value {
    let here =
        |(name, _): &(&str, &Value)| !["Description", "CapacityProviderConfig"].contains(name);
    entries(function).filter(here).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// What is another around the function, be it called the one or the other.
fn around(own: &Stack, managed: &Stack) -> Vec<String> {
    let said = |content: &Value| {
        let (before, provider) = content.as_str().unwrap().split_once("\ncapacity provider ")?;
        provider.starts_with(PROVIDER).then(|| json!(before.to_owned() + "\n"))
    };
    let mut all = managed.template();
    let content = &mut all["Resources"]["SettingsVersion"]["Properties"]["Content"];
    if let Some(before) = said(content) {
        *content = before;
    }
    let all = all.to_string().replace("ManagedFunction", "Function");
    let all: Value = serde_json::from_str(&all).unwrap();
    let own = own.template();
    let others = entries(&own["Resources"]).filter(|(_, it)| {
        let kind = it["Type"].as_str().unwrap();
        !["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"].contains(&kind)
    });
    let other = others.filter(|(name, it)| all["Resources"][name] != **it);
    let mut differences: Vec<_> = other.map(|(name, _)| format!("{name} is another")).collect();
    if all["Outputs"] != own["Outputs"] {
        differences.push("the outputs are others".to_owned());
    }
    differences
}
