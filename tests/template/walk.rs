//! The walk from the first deployment to all the traffic, as the outputs lead it: which requests of a site
//! that is there already reach the function at each step.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stacks::{LISTENER, Stack, TEMPLATE, items, stacks, text, with};

/// A request to the listener, with the one header that whoever tries the function sends, or without.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) header: Option<(&'a str, &'a str)>,
}

/// Whether a rule of a listener is for a request: each of its conditions has a value that fits. By AWS's
/// "Condition types for listener rules": paths by their case; hosts and values of headers without; `*` is
/// any characters or none, `?` any one.
///
/// # Panics
///
/// If there is a condition that is not known here.
pub(crate) fn matches(rule: &Value, request: Request<'_>) -> bool {
    let any = |values: &Value, what: &str| {
        items(values).any(|pattern| like(text(pattern).as_bytes(), what.as_bytes()))
    };
    let any_case = |values: &Value, what: &str| {
        let lower = |pattern: &Value| text(pattern).to_lowercase();
        let what = what.to_lowercase();
        items(values).any(|pattern| like(lower(pattern).as_bytes(), what.as_bytes()))
    };
    items(&rule["Conditions"]).all(|condition| match text(&condition["Field"]) {
        "path-pattern" => any(&condition["PathPatternConfig"]["Values"], request.path),
        "host-header" => any_case(&condition["HostHeaderConfig"]["Values"], request.host),
        "http-header" => request.header.is_some_and(|(name, value)| {
            let wanted = &condition["HttpHeaderConfig"];
            text(&wanted["HttpHeaderName"]).eq_ignore_ascii_case(name)
                && any_case(&wanted["Values"], value)
        }),
        other => panic!("no condition on {other:?} is known here"),
    })
}

fn like(pattern: &[u8], what: &[u8]) -> bool {
    match (pattern, what) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            like(rest, what) || matches!(what, [_, more @ ..] if like(pattern, more))
        }
        ([b'?', rest @ ..], [_, more @ ..]) => like(rest, more),
        ([one, rest @ ..], [same, more @ ..]) => one == same && like(rest, more),
        _ => false,
    }
}

/// The name and value of the header in the `curl` line of the outputs.
pub(crate) fn tried_with(stack: &Stack) -> Option<(&str, &str)> {
    let (_, rest) = stack.output("Next4Try").split_once("--header '")?;
    rest.split_once('\'')?.0.split_once(": ")
}

/// What a stack that was asked for takes of the requests: without any header, with the one of the outputs,
/// and with another value in it.
fn taken(stack: &Stack, requests: &[(&str, &str)]) -> [Vec<bool>; 3] {
    let rules: Vec<_> = stack.all("AWS::ElasticLoadBalancingV2::ListenerRule").collect();
    let [(_, rule)] = rules[..] else { panic!("{} rules", rules.len()) };
    let (name, value) = tried_with(stack).unwrap();
    [None, Some((name, value)), Some((name, "51af3dc0"))].map(|header| {
        let reach = |(host, path): &(&str, &str)| {
            matches(&rule["Properties"], Request { host, path, header })
        };
        requests.iter().map(reach).collect()
    })
}

/// The stack that the parameters make, and nothing of a listener that is there but one rule.
fn deployed(parameters: &BTreeMap<&str, &str>) -> Stack {
    let stack = stacks(&[TEMPLATE], std::slice::from_ref(parameters)).remove(0).remove(0).unwrap();
    assert_eq!(stack.all("AWS::ElasticLoadBalancingV2::Listener").count(), 0);
    stack
}

/// Each step is what the outputs of the one before say.
pub(crate) fn assert_changes_nothing_for_clients_before_its_last_steps() {
    let requests = [
        ("api.example.com", "/orders/1"),
        ("API.example.com", "/orders/"),
        ("a.partners.example.com", "/status"),
        ("www.example.com", "/orders/1"),
        ("api.example.com", "/Orders/1"),
        ("api.example.com", "/status/1"),
        ("partners.example.com", "/status"),
    ];
    let (nobody, ours) = (vec![false; 7], vec![true, true, true, false, false, false, false]);
    let asked = [
        ("ListenerHosts", "api.example.com,*.partners.example.com"),
        ("ListenerPaths", "/orders/*,/status"),
    ];
    let first = deployed(&with(&[("ListenerArn", LISTENER)], &asked));
    let [plain, tried, other] = taken(&first, &requests);
    assert_eq!(plain, nobody, "whoever does not know the header is answered as before");
    assert_eq!(other, nobody, "and so is whoever has the value of another stack");
    assert_eq!(tried, ours, "who tries it comes through");

    let (open, enforced) = (first.output("Next6OpenToAll"), "ClientCertMode=required");
    assert_eq!(first.output("Next8Enforce"), "", "what is enforced already is not a step");
    let mut parameters = with(&[("ListenerArn", LISTENER)], &asked);
    for (change, mode, next) in [(open, "report", enforced), (enforced, "required", "")] {
        parameters.extend(change.split(' ').map(|change| change.split_once('=').unwrap()));
        let stack = deployed(&parameters);
        assert_eq!(taken(&stack, &requests), [&ours, &ours, &ours].map(Clone::clone), "{change}");
        assert_eq!(stack.variables()["CLIENT_CERT_MODE"], mode);
        assert_eq!(stack.output("Next6OpenToAll"), "");
        assert_eq!(stack.output("Next8Enforce"), next);
    }
}

#[test]
fn rule_matches_by_every_condition_and_any_value_of_it() {
    let rule = serde_json::json!({"Conditions": [
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["A.example", "?.test"]}},
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*/b", "/C"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Try", "Values": ["yes*"]}},
    ]});
    let header = Some(("x-try", "YES!"));
    for (host, path, header, whether) in [
        ("a.EXAMPLE", "/x/y/b", header, true),
        ("b.test", "//b", header, true),
        ("b.test", "/C", header, true),
        ("b.test", "/c", header, false),
        ("bb.test", "/C", header, false),
        ("b.test", "/b", header, false),
        ("b.test", "/C", None, false),
        ("b.test", "/C", Some(("x-try", "no")), false),
        ("b.test", "/C", Some(("x-tried", "yes")), false),
    ] {
        assert_eq!(matches(&rule, Request { host, path, header }), whether, "{host}{path}");
    }
}
