//! Who may do what: the roles, the function's permission, the secret's policy.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::unless;
use crate::stacks::{Stack, items, text};

const ACCOUNT: &str = "123456789012";

/// An action and the resource that it is done to.
type Grant = (String, String);

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    let of_functions = ["FunctionRole", "CrlFetcherRole"];
    let of_functions = of_functions.map(|name| (name, stack.properties(name)));
    let lists = [roles(stack), permission(stack), secret(stack)];
    let limits =
        of_functions.iter().flat_map(|(name, role)| [interfaces(name, role), keys(name, role)]);
    lists.into_iter().flatten().chain(limits.flatten()).collect()
}

/// Each role is for one service, and may do what it needs and nothing else.
fn roles(stack: &Stack) -> Vec<String> {
    let of_one = |(name, role): (&str, &Value)| {
        let role = &role["Properties"];
        let (service, needed) = match name {
            "FunctionRole" => ("lambda.amazonaws.com", function_needs(stack)),
            "RollOutRole" => ("codedeploy.amazonaws.com", roll_out_needs()),
            "CrlFetcherRole" => ("lambda.amazonaws.com", fetcher_needs(stack)),
            "CrlScheduleRole" => ("scheduler.amazonaws.com", schedule_needs()),
            _ => return vec![format!("{name} is a role that nobody asked for")],
        };
        let granted = granted(role);
        let trust = &role["AssumeRolePolicyDocument"]["Statement"];
        let mut trusted = json!([{
            "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"
        }]);
        if service == "scheduler.amazonaws.com" {
            // It acts for whoever names the role; so it has to be somebody of this account.
            trusted[0]["Condition"] = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
        }
        let managed = &role["ManagedPolicyArns"];
        let mut found = pairs(name, "may, and need not", granted.difference(&needed));
        found.extend(pairs(name, "needs, and may not", needed.difference(&granted)));
        found.extend(unless(trust == &trusted, format!("{name} is not for {service} alone")));
        found.extend(unless(
            managed.is_null(),
            format!("{name} has policies of AWS's, which are wider"),
        ));
        found
    };
    stack.all("AWS::IAM::Role").flat_map(of_one).collect()
}

fn pairs<'a>(role: &str, word: &str, grants: impl Iterator<Item = &'a Grant>) -> Vec<String> {
    grants.map(|(action, resource)| format!("{role} {word}: {action} on {resource}")).collect()
}

/// What the function needs, by what it was told.
fn function_needs(stack: &Stack) -> BTreeSet<Grant> {
    let function = stack.properties("Function");
    let mut needed = grants(&["logs:CreateLogStream", "logs:PutLogEvents"], &["<FunctionLog.Arn>"]);
    let variables = stack.variables();
    let named = ["TRUST_BUNDLE_SECRETS", "GATEWAY_CA_SECRET", "GATEWAY_IDENTITY_SECRET"];
    let secrets =
        named.iter().filter_map(|name| variables.get(*name)).flat_map(|arns| arns.split(','));
    let secrets: Vec<_> = secrets.filter(|arn| !arn.is_empty()).collect();
    needed.extend(secrets_need(stack, &secrets));
    if let Some(crls) = variables.get("TRUST_CRLS") {
        let (objects, bucket) = arns(crls);
        needed.extend(grants(&["s3:GetObject"], &[&objects]));
        // Else what is missing is called forbidden.
        needed.extend(grants(&["s3:ListBucket"], &[&bucket]));
    }
    if function["TracingConfig"]["Mode"] == "Active" {
        // X-Ray knows no resources for these.
        needed.extend(grants(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], &["*"]));
    }
    if !function["VpcConfig"].is_null() {
        // Lambda asks for them before there is an interface that could be named.
        needed.extend(grants(&INTERFACES, &["*"]));
    }
    needed
}

/// What the CRL fetcher needs: the trust bundle to read, the connection's secrets not, and the CRLs to write.
fn fetcher_needs(stack: &Stack) -> BTreeSet<Grant> {
    let mut needed =
        grants(&["logs:CreateLogStream", "logs:PutLogEvents"], &["<CrlFetcherLog.Arn>"]);
    let variables = stack.variables();
    let secrets: Vec<_> = variables["TRUST_BUNDLE_SECRETS"].split(',').collect();
    needed.extend(secrets_need(stack, &secrets));
    let objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    needed.extend(grants(&objects, &["<CrlBucket.Arn>/crls/*"]));
    needed.extend(grants(&["s3:ListBucket"], &["<CrlBucket.Arn>"]));
    if !stack.properties("CrlFetcher")["VpcConfig"].is_null() {
        needed.extend(grants(&INTERFACES, &["*"]));
    }
    needed
}

/// What EventBridge Scheduler needs.
fn schedule_needs() -> BTreeSet<Grant> {
    grants(&["lambda:InvokeFunction"], &["<CrlFetcher.Arn>"])
}

/// What it takes to read secrets.
fn secrets_need(stack: &Stack, secrets: &[&str]) -> BTreeSet<Grant> {
    let mut needed = grants(&["secretsmanager:GetSecretValue"], secrets);
    let keys = stack.parameters["SecretsKmsKeyArns"].split(',').filter(|arn| !arn.is_empty());
    needed.extend(grants(&["kms:Decrypt"], &keys.collect::<Vec<_>>()));
    needed
}

/// The ARNs of the objects at `s3://bucket/prefix/`, and of the bucket.
fn arns(place: &str) -> (String, String) {
    if place == "s3://<CrlBucket>/crls/" {
        return ("<CrlBucket.Arn>/crls/*".to_owned(), "<CrlBucket.Arn>".to_owned());
    }
    let path = place.trim_start_matches("s3://");
    let (bucket, _) = path.split_once('/').unwrap();
    (format!("arn:aws:s3:::{path}*"), format!("arn:aws:s3:::{bucket}"))
}

/// What CodeDeploy needs to move an alias by the alarms.
fn roll_out_needs() -> BTreeSet<Grant> {
    let alias = ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"];
    let mut needed = grants(&alias, &["<Function.Arn>", "<Function.Arn>:*"]);
    // Several alarms at once are asked for, which is granted for all or none.
    needed.extend(grants(&["cloudwatch:DescribeAlarms"], &["*"]));
    needed
}

const INTERFACES: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

fn grants(actions: &[&str], resources: &[&str]) -> BTreeSet<Grant> {
    let of_one = |action: &&str| {
        let action = (*action).to_owned();
        resources.iter().map(move |resource| (action.clone(), (*resource).to_owned()))
    };
    actions.iter().flat_map(of_one).collect()
}

fn granted(role: &Value) -> BTreeSet<Grant> {
    let allowed = statements(role).filter(|statement| statement["Effect"] == "Allow");
    allowed
        .flat_map(|statement| {
            let actions: Vec<_> = items(&statement["Action"]).map(text).collect();
            let resources: Vec<_> = items(&statement["Resource"]).map(text).collect();
            grants(&actions, &resources)
        })
        .collect()
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    items(&role["Policies"]).flat_map(|policy| items(&policy["PolicyDocument"]["Statement"]))
}

/// What Lambda does with interfaces under the function's role, the function may not.
fn interfaces(name: &str, role: &Value) -> Option<String> {
    let about =
        |statement: &&Value| items(&statement["Action"]).any(|action| action == INTERFACES[0]);
    let denied = statements(role).filter(about).any(|statement| {
        statement["Effect"] == "Deny"
            && items(&statement["Action"]).map(text).eq(INTERFACES)
            && statement["Condition"] == json!({"Null": {"lambda:SourceFunctionArn": "false"}})
    });
    let asked = statements(role).any(|statement| about(&statement));
    unless(!asked || denied, format!("{name} lets the function itself change the network"))
}

/// A key decrypts only what Secrets Manager asks for.
fn keys(name: &str, role: &Value) -> Option<String> {
    let through =
        json!({"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}});
    let mut decrypting = statements(role)
        .filter(|statement| items(&statement["Action"]).any(|action| action == "kms:Decrypt"));
    let holds = decrypting.all(|statement| statement["Condition"] == through);
    unless(holds, format!("{name} may decrypt by itself, not by Secrets Manager alone"))
}

/// The load balancer may invoke the alias for one target group of one account, and is asked for it only
/// once it may.
fn permission(stack: &Stack) -> Vec<String> {
    let group = stack.properties("TargetGroup");
    let of_one = |(name, permission): (&str, &Value)| {
        let permission = &permission["Properties"];
        let arn = format!(
            "arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:targetgroup/{}/*",
            text(&group["Name"])
        );
        let service = "elasticloadbalancing.amazonaws.com";
        [
            unless(permission["Principal"] == service, format!("{name} is not for {service}")),
            unless(
                permission["Action"] == "lambda:InvokeFunction",
                format!("{name} allows more than to invoke"),
            ),
            unless(permission["SourceArn"] == arn, format!("{name} is not pinned to {arn}")),
            unless(
                permission["SourceAccount"] == ACCOUNT,
                format!("{name} is not pinned to the account"),
            ),
            unless(
                permission["FunctionName"] == group["Targets"][0]["Id"],
                format!("{name} is for another function or alias than the target"),
            ),
        ]
    };
    let mut permissions = stack.all("AWS::Lambda::Permission").peekable();
    let none = unless(permissions.peek().is_some(), "nobody may invoke the function");
    let after = stack.resources().any(|(name, resource)| {
        name == "TargetGroup"
            && items(&resource["DependsOn"]).any(|other| other == "TargetGroupPermission")
    });
    let early = unless(after, "TargetGroup may be made before its permission");
    permissions.flat_map(of_one).flatten().chain(none).chain(early).collect()
}

/// Whoever can change the trust bundle decides who gets in.
fn secret(stack: &Stack) -> Vec<String> {
    let of_one = |(name, secret): (&str, &Value)| {
        let policies: Vec<_> = stack
            .all("AWS::SecretsManager::ResourcePolicy")
            .map(|(_, policy)| &policy["Properties"])
            .filter(|policy| policy["SecretId"] == format!("<{name}>"))
            .collect();
        let blocks = policies.iter().any(|policy| policy["BlockPublicPolicy"] == true);
        let mut statements =
            policies.iter().flat_map(|policy| items(&policy["ResourcePolicy"]["Statement"]));
        let life = ["DeletionPolicy", "UpdateReplacePolicy"];
        let mut lives = stack
            .resources()
            .filter(|(_, resource)| resource["Properties"]["SecretId"] == format!("<{name}>"));
        let stays = lives.all(|(_, policy)| life.iter().all(|rule| policy[rule] == secret[rule]));
        let denies = statements.all(|statement| statement["Effect"] == "Deny");
        [
            unless(blocks, format!("{name} may be opened to the public")),
            unless(denies, format!("{name} has a policy that allows something")),
            unless(stays, format!("{name} outlives its policy")),
        ]
    };
    stack.all("AWS::SecretsManager::Secret").flat_map(of_one).flatten().collect()
}
