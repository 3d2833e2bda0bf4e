//! The log, the alarms and the dashboard.

use serde_json::{Value, json};

use super::unless;
use crate::stacks::{Stack, items, text};

/// What the function writes into its log, for the namespace `AlbMtlsAdapter`.
const METRICS: [&str; 15] = [
    "Accepted",
    "Refused",
    "WouldRefuse",
    "GatewayErrors",
    "AdapterMs",
    "GatewayMs",
    "TrustBundleAge",
    "TrustBundleGeneration",
    "TrustBundleUnavailable",
    "AnchorDaysLeft",
    "CrlHoursLeft",
    "GatewaySecretsAge",
    "GatewayCaDaysLeft",
    "GatewayIdentityDaysLeft",
    "LeafDaysLeft",
];

/// What the CRL fetcher writes into its own, for the same.
const METRICS_OF_THE_FETCHER: [&str; 3] = ["CrlHoursLeft", "CrlFetchFailed", "CrlEntries"];

/// What AWS writes of functions and target groups, as far as it is looked at here.
const METRICS_OF_AWS: [(&str, &str); 6] = [
    ("AWS/Lambda", "Invocations"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/Lambda", "Duration"),
    ("AWS/Lambda", "ConcurrentExecutions"),
    ("AWS/ApplicationELB", "LambdaUserError"),
];

/// Of which there has to be an alarm each.
const WATCHED: [&str; 8] = [
    "TrustBundleUnavailable",
    "TrustBundleAge",
    "Refused",
    "GatewayErrors",
    "AnchorDaysLeft",
    "CrlHoursLeft",
    "Errors",
    "Throttles",
];

/// Of which there has to be one where the parameter says that there is such a secret.
const WATCHED_SECRETS: [(&str, &str); 4] = [
    ("GatewayCaSecret", "GatewayCaDaysLeft"),
    ("GatewayIdentitySecret", "GatewayIdentityDaysLeft"),
    ("GatewayCaSecret", "GatewaySecretsAge"),
    ("GatewayIdentitySecret", "GatewaySecretsAge"),
];

/// Of the CRL fetcher, where there is one.
const WATCHED_FETCHER: [&str; 3] = ["Errors", "Invocations", "CrlHoursLeft"];

/// What the alarms begin with that take a new version back.
const ROLL_OUT: &str = "RollOut";

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    [log(stack), alarms(stack), roll_out(stack), dashboard(stack)].into_iter().flatten().collect()
}

fn log(stack: &Stack) -> Vec<String> {
    let logging = &stack.properties("Function")["LoggingConfig"];
    let own = logging["LogFormat"] == "JSON" && logging["LogGroup"] == "<FunctionLog>";
    // A line below the level is dropped by Lambda, whatever the function makes of it.
    let all = logging["ApplicationLogLevel"] == "INFO";
    let key = text(&stack.properties("FunctionLog")["KmsKeyId"]);
    let ends = !stack.properties("FunctionLog")["RetentionInDays"].is_null();
    [
        unless(own, "Function: its log is not JSON in the log group of the stack"),
        unless(all, "Function: Lambda drops lines of its log"),
        unless(ends, "FunctionLog: is kept for ever"),
        unless(key == stack.parameters["LogKmsKeyArn"], "FunctionLog: has another key than asked"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn alarms(stack: &Stack) -> Vec<String> {
    let told = match stack.parameters["AlarmTopicArn"].as_str() {
        "" => Value::Null,
        topic => json!([topic]),
    };
    let of_one = |(name, alarm): (&str, &Value)| {
        let alarm = &alarm["Properties"];
        let missing = text(&alarm["TreatMissingData"]);
        let metrics = watched(alarm).into_iter();
        let strangers = metrics.filter(|(space, metric, of)| !is_written_by(of, space, metric));
        let judges_a_version = name.starts_with(ROLL_OUT);
        let elsewhere = watched(alarm)
            .into_iter()
            .filter(|(_, _, of)| of != FETCHER && !is_of_the_function(of, judges_a_version));
        let told = if judges_a_version { &Value::Null } else { &told };
        let looks_at =
            |ending| watched(alarm).iter().any(|(_, metric, _)| metric.ends_with(ending));
        let silence = match (looks_at("Left"), looks_at("Invocations")) {
            (true, _) => "ignore",
            // What does not run says nothing.
            (_, true) => "breaching",
            _ => "notBreaching",
        };
        strangers
            .map(|(space, metric, _)| format!("{name}: nobody writes {space} {metric}"))
            .chain(elsewhere.map(|(_, metric, of)| format!("{name}: {metric} is that of {of}")))
            .chain(unless(
                !judges_a_version || watched(alarm).iter().any(|(_, _, of)| is_of_a_version(of)),
                format!("{name}: looks at no version by itself"),
            ))
            .chain(unless(
                missing == silence,
                format!("{name}: silence has to be {silence}, and is {missing:?}"),
            ))
            .chain(unless(
                alarm["AlarmActions"] == *told && alarm["OKActions"] == *told,
                format!("{name}: somebody else is told than the topic"),
            ))
            .chain(unless(
                !alarm["AlarmDescription"].is_null(),
                format!("{name}: does not say what it means"),
            ))
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = stack.all("AWS::CloudWatch::Alarm").collect();
    let metrics: Vec<_> = all.iter().flat_map(|(_, alarm)| watched(&alarm["Properties"])).collect();
    let of_secrets =
        WATCHED_SECRETS.iter().filter(|(secret, _)| !stack.parameters[*secret].is_empty());
    let due = WATCHED.iter().chain(of_secrets.map(|(_, metric)| metric));
    let rings = |name: &str, of_the_fetcher: bool| {
        metrics.iter().any(|(_, metric, of)| metric == name && (of == FETCHER) == of_the_fetcher)
    };
    let unwatched =
        due.filter(|name| !rings(name, false)).map(|name| format!("{name} has no alarm"));
    let fetches = !stack.parameters["CrlUrls"].is_empty();
    let of_the_fetcher = WATCHED_FETCHER.iter().filter(|name| fetches && !rings(name, true));
    let of_the_fetcher =
        of_the_fetcher.map(|name| format!("{name} of the CRL fetcher has no alarm"));
    let unwatched: Vec<_> = unwatched.chain(of_the_fetcher).collect();
    all.into_iter().flat_map(of_one).chain(unwatched).collect()
}

/// Whether dimensions are those of the function: of all its versions, or of a code, or of the new version.
fn is_of_the_function(dimensions: &str, judges_a_version: bool) -> bool {
    match dimensions.strip_prefix(FUNCTION) {
        // What the new version is compared with, too.
        Some("]") => true,
        Some(rest) if rest.starts_with(r#",{"Name":"Code","Value":"ClientCert"#) => {
            !judges_a_version
        }
        _ => judges_a_version && is_of_a_version(dimensions),
    }
}

/// Of the version that this very stack publishes: by our name for it, or by Lambda's for whoever invokes the alias.
fn is_of_a_version(dimensions: &str) -> bool {
    const NAMES: [&str; 2] = [
        r#",{"Name":"Version","Value":"<FunctionVersion"#,
        r#",{"Name":"Resource","Value":"<Function>:live"},{"Name":"ExecutedVersion","Value":"<FunctionVersion"#,
    ];
    let rest = dimensions.strip_prefix(FUNCTION).unwrap_or_default();
    rest.ends_with(r#".Version>"}]"#) && NAMES.iter().any(|beginning| rest.starts_with(beginning))
}

const FUNCTION: &str = r#"[{"Name":"FunctionName","Value":"<Function>"}"#;

const FETCHER: &str = r#"[{"Name":"FunctionName","Value":"<CrlFetcher>"}]"#;

/// Namespace, name and dimensions of an alarm's metrics.
fn watched(alarm: &Value) -> Vec<(String, String, String)> {
    let of_parts = items(&alarm["Metrics"]).map(|part| &part["MetricStat"]["Metric"]);
    let whole = std::iter::once(alarm).chain(of_parts);
    whole
        .filter(|metric| !metric["MetricName"].is_null())
        .map(|metric| {
            let name = |key: &str| text(&metric[key]).to_owned();
            (name("Namespace"), name("MetricName"), metric["Dimensions"].to_string())
        })
        .collect()
}

/// What goes wrong with a new version takes it back. What all versions meet is none of its doing, and hides what a
/// tenth of the requests meets.
fn roll_out(stack: &Stack) -> Vec<String> {
    let expected = ["RollOutErrorsAlarm", "RollOutTrustBundleAlarm", "RollOutRefusalsAlarm"];
    let expected = expected.map(|name| json!({"Name": format!("<{name}>")}));
    let chosen = &stack.parameters["RollOut"];
    let groups: Vec<_> = stack.all("AWS::CodeDeploy::DeploymentGroup").collect();
    let of_one = |(name, group): &(&str, &Value)| {
        let group = &group["Properties"];
        let watched = &group["AlarmConfiguration"];
        [
            unless(
                watched["Enabled"] == true && watched["Alarms"] == json!(expected),
                format!("{name}: is taken back by other alarms"),
            ),
            unless(
                group["DeploymentConfigName"] == format!("CodeDeployDefault.Lambda{chosen}"),
                format!("{name}: does not roll out as RollOut says"),
            ),
            unless(
                group["ServiceRoleArn"] == "<RollOutRole.Arn>",
                format!("{name}: has another role than its own"),
            ),
        ]
    };
    let found = groups.iter().flat_map(of_one).flatten();
    found
        .chain(unless(groups.is_empty() == (chosen == "AllAtOnce"), "RollOut has no effect"))
        .collect()
}

fn dashboard(stack: &Stack) -> Vec<String> {
    let body = text(&stack.properties("Dashboard")["DashboardBody"]);
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        return vec!["Dashboard: is no JSON".to_owned()];
    };
    let lines: Vec<_> = items(&body["widgets"])
        .flat_map(|widget| items(&widget["properties"]["metrics"]))
        .filter(|line| line[0].is_string())
        .map(|line| (text(&line[0]), text(&line[1]), text(&line[3])))
        .collect();
    let strangers = lines.iter().filter(|(space, metric, of)| !is_written_by(of, space, metric));
    let shows = |name: &str, of: &str| lines.contains(&("AlbMtlsAdapter", name, of));
    let unseen = METRICS.iter().filter(|name| !shows(name, "<Function>"));
    let fetches = !stack.parameters["CrlUrls"].is_empty();
    let of_the_fetcher = METRICS_OF_THE_FETCHER.iter();
    let of_the_fetcher = of_the_fetcher.filter(|name| fetches && !shows(name, "<CrlFetcher>"));
    let alarms: Vec<_> =
        items(&body["widgets"]).flat_map(|widget| items(&widget["properties"]["alarms"])).collect();
    let hidden = stack.all("AWS::CloudWatch::Alarm").map(|(name, _)| name).filter(|name| {
        name.contains("Fetch") && !alarms.iter().any(|alarm| **alarm == format!("<{name}.Arn>"))
    });
    strangers
        .map(|(space, metric, _)| format!("Dashboard: nobody writes {space} {metric}"))
        .chain(unseen.map(|name| format!("Dashboard: does not show {name}")))
        .chain(of_the_fetcher.map(|name| format!("Dashboard: does not show the fetcher's {name}")))
        .chain(hidden.map(|name| format!("Dashboard: does not show {name}")))
        .collect()
}

/// Whether somebody writes that metric: the function, unless the text names the fetcher.
fn is_written_by(whose: &str, space: &str, metric: &str) -> bool {
    match space {
        "AlbMtlsAdapter" if whose.contains("<CrlFetcher>") => {
            METRICS_OF_THE_FETCHER.contains(&metric)
        }
        "AlbMtlsAdapter" => METRICS.contains(&metric),
        _ => METRICS_OF_AWS.contains(&(space, metric)),
    }
}
