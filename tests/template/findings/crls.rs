//! The CRLs that are fetched: the bucket, whoever fills it and when, and that they are there before the function asks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::unless;
use crate::stacks::{Stack, entries, items};

/// The longest that an alarm may look back, in seconds: by whether its periods are shorter than an hour.
const LOOK_BACK: [(u64, u64); 2] = [(3_600, 86_400), (u64::MAX, 604_800)];

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    if stack.parameters["CrlUrls"].is_empty() {
        return [nothing(stack), periods(stack)].concat();
    }
    [bucket(stack), fetcher(stack), schedule(stack), first(stack), place(stack), periods(stack)]
        .concat()
}

/// Nobody who did not ask for it has a bucket, a second function or what belongs to them.
fn nothing(stack: &Stack) -> Vec<String> {
    let all = stack.template().to_string();
    let parts = ["CrlBucket", "CrlFetcher", "CrlSchedule", "FirstCrls"];
    let unasked = parts.iter().filter(|part| all.contains(*part));
    let unasked = unasked.map(|part| format!("{part} is there, though nothing is to be fetched"));
    let place = stack.variables().get("TRUST_CRLS").cloned().unwrap_or_default();
    let own = &stack.parameters["TrustCrls"];
    let other = unless(place == *own, format!("the CRLs are in {place:?}, and not in {own:?}"));
    unasked.chain(other).collect()
}

/// Nobody reads or writes it who has no role for it, and what was replaced can be had for a while.
fn bucket(stack: &Stack) -> Vec<String> {
    let bucket = stack.properties("CrlBucket");
    let public = &bucket["PublicAccessBlockConfiguration"];
    let blocks =
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let private = blocks.iter().all(|block| public[block] == true);
    let owned = bucket["OwnershipControls"]
        == json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
    let sealed = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    let rules = &bucket["LifecycleConfiguration"]["Rules"];
    let enabled = || items(rules).filter(|rule| rule["Status"] == "Enabled");
    let replaced =
        enabled().any(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30);
    let cut_off = enabled().any(|rule| !rule["AbortIncompleteMultipartUpload"].is_null());
    let current = enabled().all(|rule| rule["ExpirationInDays"].is_null());
    let statement = json!([{
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["<CrlBucket.Arn>", "<CrlBucket.Arn>/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    }]);
    let policy = stack.properties("CrlBucketPolicy");
    let stays = |name: &str| {
        let life = ["DeletionPolicy", "UpdateReplacePolicy"];
        stack.resources().any(|(other, resource)| {
            other == name && life.iter().all(|rule| resource[rule] == "Retain")
        })
    };
    [
        unless(private, "CrlBucket: may be opened to the public"),
        unless(owned, "CrlBucket: objects may be somebody else's"),
        unless(
            sealed["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256",
            "CrlBucket: is not encrypted by S3's own key, for which no role has to be allowed anything",
        ),
        unless(
            bucket["VersioningConfiguration"]["Status"] == "Enabled",
            "CrlBucket: what is replaced is lost",
        ),
        unless(replaced && cut_off, "CrlBucket: what is of no use any more stays for ever"),
        unless(current, "CrlBucket: a CRL that counts is deleted by its age"),
        unless(
            policy["Bucket"] == "<CrlBucket>" && policy["PolicyDocument"]["Statement"] == statement,
            "CrlBucketPolicy: does more or less than to demand TLS",
        ),
        // S3 deletes no bucket that holds something.
        unless(
            stays("CrlBucket") && stays("CrlBucketPolicy"),
            "CrlBucket: the stack could not be deleted",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// It is built of its own package, fetches what was asked for, and comes from where the function does.
fn fetcher(stack: &Stack) -> Vec<String> {
    let fetcher = stack.properties("CrlFetcher");
    let source = &stack.source["Resources"]["CrlFetcher"];
    let is = json!([
        fetcher["Runtime"],
        fetcher["Handler"],
        source["Properties"]["CodeUri"],
        source["Metadata"]["BuildMethod"],
        source["Metadata"]["BuildProperties"]["Binary"],
        fetcher["Architectures"]
    ]);
    let platform = json!([
        "provided.al2023",
        "bootstrap",
        "crl-fetcher",
        "rust-cargolambda",
        "crl-fetcher",
        stack.function()["Architectures"]
    ]);
    let told: BTreeMap<_, _> = entries(&fetcher["Environment"]["Variables"]).collect();
    let functions = stack.variables();
    let as_the_function =
        ["TRUST_CRLS", "TRUST_BUNDLE_SECRETS", "AWS_ENDPOINT_URL_SECRETS_MANAGER"];
    let as_the_function = as_the_function.map(|name| (name, json!(functions.get(name))));
    let urls = ("CRL_URLS", json!(stack.parameters["CrlUrls"]));
    let wanted: BTreeMap<_, _> =
        as_the_function.iter().chain([&urls]).map(|(name, value)| (*name, value)).collect();
    let logging = json!({
        "LogGroup": "<CrlFetcherLog>",
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO"
    });
    let [log, functions_log] = ["CrlFetcherLog", "FunctionLog"].map(|log| stack.properties(log));
    [
        unless(is == platform, format!("CrlFetcher: is built and run as {is}, not as {platform}")),
        unless(told == wanted, format!("CrlFetcher: is told {told:?}, not {wanted:?}")),
        unless(
            fetcher["VpcConfig"] == stack.function()["VpcConfig"],
            "CrlFetcher: comes from elsewhere than the function",
        ),
        unless(
            fetcher["LoggingConfig"] == logging,
            "CrlFetcher: Lambda drops lines of its log, or it goes elsewhere",
        ),
        unless(log == functions_log, "CrlFetcherLog: is kept otherwise than the function's"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// It is invoked as often as was asked for.
fn schedule(stack: &Stack) -> Vec<String> {
    let schedule = stack.properties("CrlSchedule");
    let target = &schedule["Target"];
    let rate = format!("rate({} minutes)", stack.parameters["CrlRefreshMinutes"]);
    let late = target["RetryPolicy"]["MaximumEventAgeInSeconds"].as_u64();
    [
        unless(schedule["ScheduleExpression"] == rate, format!("CrlSchedule: is not {rate}")),
        unless(
            target["Arn"] == "<CrlFetcher.Arn>" && target["RoleArn"] == "<CrlScheduleRole.Arn>",
            "CrlSchedule: invokes something else, or as somebody else",
        ),
        unless(
            late.is_some_and(|late| late <= 300),
            "CrlSchedule: what could not be invoked is still tried when the next one is due",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// They are fetched while the stack is deployed, whenever it is about others, and before the function demands them.
fn first(stack: &Stack) -> Vec<String> {
    let first = stack.properties("FirstCrls");
    let variables = &stack.properties("CrlFetcher")["Environment"]["Variables"];
    let about = [
        ("CrlUrls", "CRL_URLS"),
        ("TrustCrls", "TRUST_CRLS"),
        ("TrustBundleSecrets", "TRUST_BUNDLE_SECRETS"),
    ];
    let about = about.iter().filter(|(property, variable)| first[property] != variables[variable]);
    let about =
        about.map(|(property, _)| format!("FirstCrls: are not fetched for other {property}"));
    let [patience, time] =
        [&first["ServiceTimeout"], &stack.properties("CrlFetcher")["Timeout"]].map(Value::as_u64);
    let functions = || stack.all("AWS::Lambda::Function").filter(|(name, _)| *name != "CrlFetcher");
    let early = functions().filter(|(_, function)| function["Metadata"]["After"] != "<FirstCrls>");
    let early = early.map(|(name, _)| format!("{name}: may demand CRLs before they are there"));
    about
        .chain(unless(
            first["ServiceToken"] == "<CrlFetcher.Arn>",
            "FirstCrls: are fetched by somebody else",
        ))
        .chain(unless(
            patience > time && patience <= Some(3_600),
            "FirstCrls: are waited for not as long as they may take",
        ))
        .chain(early)
        .collect()
}

/// The function reads what the fetcher writes.
fn place(stack: &Stack) -> Vec<String> {
    let place = stack.variables().get("TRUST_CRLS").cloned().unwrap_or_default();
    let holds = place == "s3://<CrlBucket>/crls/";
    unless(holds, format!("the function reads the CRLs in {place:?}")).into_iter().collect()
}

/// Each choice of `CrlRefreshMinutes` is there in seconds, and no alarm looks back further than it may.
fn periods(stack: &Stack) -> Vec<String> {
    let seconds = &stack.source["Mappings"]["CrlRefresh"];
    let choices = items(&stack.source["Parameters"]["CrlRefreshMinutes"]["AllowedValues"]);
    let choices: Vec<_> = choices.filter_map(Value::as_u64).collect();
    let other = choices
        .iter()
        .filter(|minutes| seconds[minutes.to_string()]["Seconds"] != **minutes * 60)
        .map(|minutes| format!("CrlRefresh: {minutes} minutes are other seconds"));
    let most = |period| LOOK_BACK.iter().find(|(below, _)| period < *below).map(|(_, most)| *most);
    let far = |(name, alarm): (&str, &Value)| {
        let alarm = &alarm["Properties"];
        let times = alarm["EvaluationPeriods"].as_u64()?;
        // Of one that is as long as the choice, each choice.
        let of_the_choice =
            alarm["Period"] == seconds[&stack.parameters["CrlRefreshMinutes"]]["Seconds"];
        let periods = match (of_the_choice, alarm["Period"].as_u64()) {
            (true, _) => choices.iter().map(|minutes| minutes * 60).collect(),
            (false, period) => Vec::from_iter(period),
        };
        let holds = periods.into_iter().all(|period| Some(times * period) <= most(period));
        unless(holds, format!("{name}: looks back further than CloudWatch lets it"))
    };
    let far = stack.all("AWS::CloudWatch::Alarm").filter_map(far);
    other.chain(far).collect()
}
