//! Whether the alarms ring: log lines of the real function, taken as CloudWatch takes metrics out of them, and what the
//! template's alarms make of these.

mod formula;

use std::collections::BTreeMap;

use alb_mtls::pki::{Authority, Validity};
use serde_json::Value;
use time::Duration as Days;

use crate::{
    stacks::{LISTENER, Stack, TEMPLATE, items, stacks, text, with},
    support::{Journey, NOW, Pki, Standing, emf::Data, get, key, lists::List, valid},
};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// The stack whose alarms are looked at: with secrets of the connection, and rolled out as `roll_out` says.
fn stack(roll_out: &'static str) -> Stack {
    let secrets = [
        ("ListenerPaths", "/*"),
        ("GatewayCaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ca-AbCdEf"),
        ("GatewayIdentitySecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:id-AbCdEf"),
        ("RollOut", roll_out),
    ];
    let parameters = with(&[("ListenerArn", LISTENER)], &secrets);
    stacks(&[TEMPLATE], &[parameters]).remove(0).remove(0).unwrap()
}

/// Values by metric and dimensions, of one period.
#[derive(Default)]
struct Measured(Vec<(String, BTreeMap<String, String>, f64)>);

impl Measured {
    fn of<'a>(lines: impl IntoIterator<Item = &'a Value>) -> Self {
        let data = lines.into_iter().flat_map(|line| Data::of(line).into_values());
        Self(data.collect())
    }

    /// What a part of an alarm, or a whole one, asks for.
    fn statistic(&self, metric: &Value, statistic: &str) -> Option<f64> {
        let dimensions: BTreeMap<_, _> = items(&metric["Dimensions"])
            .map(|one| (text(&one["Name"]).to_owned(), meant(text(&one["Value"])).to_owned()))
            .collect();
        let alike = self
            .0
            .iter()
            .filter(|(name, of, _)| name == text(&metric["MetricName"]) && *of == dimensions);
        let values = alike.map(|(_, _, value)| *value);
        match statistic {
            "Sum" => values.reduce(|sum, value| sum + value),
            "Minimum" => values.reduce(f64::min),
            other => panic!("{other} is not known here"),
        }
    }
}

/// The function's name, and what else a value is under.
fn dimensions(further: &[(&str, &str)]) -> BTreeMap<String, String> {
    dimensions_of("adapter", further)
}

fn dimensions_of(function: &str, further: &[(&str, &str)]) -> BTreeMap<String, String> {
    let all = [&[("FunctionName", function)], further].concat();
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What only AWS knows of the stack, as the function has it here.
fn meant(value: &str) -> &str {
    match value {
        "<Function>" => "adapter",
        "<CrlFetcher>" => "fetcher",
        version if version.starts_with("<FunctionVersion") => "7",
        other => other,
    }
}

/// Whether an alarm of the stack is set off by what was measured in its last period.
fn rings(stack: &Stack, alarm: &str, measured: &Measured) -> bool {
    let alarm = stack.properties(alarm);
    assert!(alarm.is_object(), "{alarm}");
    let value = match items(&alarm["Metrics"]).find(|part| part["ReturnData"] != false) {
        Some(returned) => part(returned, alarm, measured),
        None => measured.statistic(alarm, text(&alarm["Statistic"])),
    };
    let threshold: f64 = match &alarm["Threshold"] {
        Value::String(text) => text.parse().unwrap(),
        number => number.as_f64().unwrap(),
    };
    // Without data an alarm stays as it was, which is silent here, or ends; unless silence is what it is about.
    let Some(value) = value else { return alarm["TreatMissingData"] == "breaching" };
    match text(&alarm["ComparisonOperator"]) {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "GreaterThanThreshold" => value > threshold,
        "LessThanThreshold" => value < threshold,
        other => panic!("{other} is not known here"),
    }
}

/// The value of a part of an alarm: of a metric, or of a formula of other parts.
fn part(one: &Value, alarm: &Value, measured: &Measured) -> Option<f64> {
    let named = |id: &str| items(&alarm["Metrics"]).find(|part| part["Id"] == id).unwrap();
    match &one["MetricStat"] {
        Value::Null => {
            formula::value(text(&one["Expression"]), &|id| part(named(id), alarm, measured))
        }
        stat => measured.statistic(&stat["Metric"], text(&stat["Stat"])),
    }
}

/// The function with a clock that stands until it is moved, before a gateway that is not there.
struct Stage {
    journey: Journey,
    clock: Standing,
}

impl Stage {
    async fn new(bundle: &str, gateway_ca: &str, identity: &str) -> Self {
        let contents = [("bundle", bundle), ("ca", gateway_ca), ("identity", identity)];
        let clock = Standing::at(NOW);
        let settings = [
            ("AWS_LAMBDA_FUNCTION_NAME", "adapter"),
            ("GATEWAY_URL", "https://localhost:9"),
            ("GATEWAY_CA_SECRET", "ca"),
            ("GATEWAY_IDENTITY_SECRET", "identity"),
        ];
        Self { journey: Journey::holding(&contents, &settings, clock.clock()).await, clock }
    }

    /// With all that it takes for a long time.
    async fn trusting(bundle: &str) -> Self {
        let root = Authority::root("Hop Root", key(), valid()).unwrap();
        Self::new(bundle, &root.pem(), &presentable(&root, valid())).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
    }

    /// What is measured of so many requests with a chain.
    async fn measured(&self, requests: usize, chain: &[Vec<u8>]) -> Measured {
        let mut lines = Vec::new();
        for _ in 0..requests {
            self.journey.send(&get(chain.to_vec())).await;
            lines.push(self.journey.last_line());
        }
        Measured::of(&lines)
    }
}

fn presentable(root: &Authority, validity: Validity) -> String {
    let leaf = root.leaf("adapter", validity).issue().unwrap();
    leaf.pem() + &leaf.key().pem()
}

#[tokio::test]
async fn crl_rings_hours_before_its_end() {
    let pki = Pki::new();
    let stack = stack("AllAtOnce");
    for (left, expected) in [(13, false), (11, true)] {
        let stage = Stage::trusting(&(pki.root.pem() + &List::of(&pki.root).pem())).await;
        // The list is good for six days.
        stage.pass(6 * DAY - left * HOUR);
        let measured = stage.measured(1, &pki.chain()).await;
        assert_eq!(rings(&stack, "CrlEndAlarm", &measured), expected, "{left} hours");
        // Nobody is refused yet.
        assert!(!rings(&stack, "CrlErrorsAlarm", &measured));
    }
}

#[tokio::test]
async fn secrets_that_can_no_longer_be_fetched_ring_hours_before_they_are_too_old() {
    let pki = Pki::new();
    let stack = stack("AllAtOnce");
    let alarms = [("bundle", "StaleBundleAlarm"), ("ca", "StaleGatewaySecretsAlarm")];
    for (secret, alarm) in alarms {
        for (removed, hours, expected) in [(true, 11, false), (true, 13, true), (false, 13, false)]
        {
            let stage = Stage::trusting(&pki.root.pem()).await;
            if removed {
                stage.journey.secrets.remove(secret);
            }
            stage.pass(hours * HOUR);
            let measured = stage.measured(1, &pki.chain()).await;
            let case = format!("{secret} {removed} {hours}");
            assert_eq!(rings(&stack, alarm, &measured), expected, "{case}");
            // There is time: the last good one still serves.
            assert!(!rings(&stack, "TrustBundleAlarm", &measured), "{case}");
        }
    }
}

#[tokio::test]
async fn certificates_ring_days_before_their_end() {
    let until =
        |days| Validity { not_before: NOW - Days::days(1), not_after: NOW + Days::days(days) };
    let stack = stack("AllAtOnce");
    let alarms = ["AnchorExpiryAlarm", "GatewayCaExpiryAlarm", "GatewayIdentityExpiryAlarm"];
    for ending in 0..=alarms.len() {
        let days = |which| until(if which == ending { 20 } else { 40 });
        let root = |which| Authority::root("Root", key(), days(which)).unwrap();
        let (clients, ca) = (root(0), root(1));
        let stage = Stage::new(&clients.pem(), &ca.pem(), &presentable(&ca, days(2))).await;
        let measured = stage.measured(1, &[]).await;
        for (which, alarm) in alarms.into_iter().enumerate() {
            assert_eq!(rings(&stack, alarm, &measured), which == ending, "{alarm}, {ending}");
        }
    }
}

#[tokio::test]
async fn one_ca_that_fails_wholly_rings_though_its_share_is_small() {
    let (good, gone) = (Pki::new(), Authority::root("Gone", key(), valid()).unwrap());
    let stack = stack("AllAtOnce");
    let lapsed = Authority::root("Lapsed", key(), valid()).unwrap();
    let list = List::of(&lapsed).days(-9, -2);
    let stage = Stage::trusting(&[good.root.pem(), lapsed.pem(), list.pem()].concat()).await;
    let client = |ca: &Authority| vec![ca.leaf("client", valid()).issue().unwrap().der().to_vec()];
    for (ca, alarm, enough) in [(&gone, "UntrustedAlarm", 50), (&lapsed, "CrlErrorsAlarm", 5)] {
        for (refused, expected) in [(enough - 1, false), (enough, true)] {
            let Measured(mut values) = stage.measured(refused, &client(ca)).await;
            // Ten times as many are served.
            let served = ("Accepted".to_owned(), dimensions(&[]), 1.0);
            values.extend(std::iter::repeat_n(served, 10 * refused));
            let measured = Measured(values);
            assert_eq!(rings(&stack, alarm, &measured), expected, "{alarm}, {refused}");
            assert!(!rings(&stack, "RefusalsAlarm", &measured), "{alarm}, {refused}");
        }
    }
}

#[tokio::test]
async fn what_goes_wrong_for_all_rings_as_before() {
    let pki = Pki::new();
    let stack = stack("AllAtOnce");
    let stage = Stage::trusting(&pki.root.pem()).await;
    let refused = stage.measured(20, &[]).await;
    assert!(rings(&stack, "RefusalsAlarm", &refused));
    assert!(!rings(&stack, "RefusalsAlarm", &stage.measured(19, &[]).await));
    assert!(!rings(&stack, "GatewayErrorsAlarm", &refused));
    assert!(rings(&stack, "GatewayErrorsAlarm", &stage.measured(5, &pki.chain()).await));
    assert!(!rings(&stack, "TrustBundleAlarm", &refused));
    let broken = Stage::trusting("no bundle").await;
    assert!(rings(&stack, "TrustBundleAlarm", &broken.measured(1, &pki.chain()).await));
}

#[test]
fn what_lambda_itself_counts_rings_by_the_first() {
    let stack = stack("Canary10Percent5Minutes");
    let live = [("Resource", "<Function>:live"), ("ExecutedVersion", "7")];
    for (alarm, metric, further) in [
        ("FunctionErrorsAlarm", "Errors", &[][..]),
        ("ThrottlesAlarm", "Throttles", &[]),
        ("RollOutErrorsAlarm", "Errors", &live),
    ] {
        for (count, expected) in [(0.0, false), (1.0, true)] {
            let measured = Measured(vec![(metric.to_owned(), dimensions(further), count)]);
            assert_eq!(rings(&stack, alarm, &measured), expected, "{alarm}, {count}");
        }
    }
}

#[test]
fn fetcher_that_fails_or_stops_or_runs_out_of_time_rings_and_one_that_works_does_not() {
    let fetches = ("CrlUrls", "http://pki.example.com/ca.crl");
    let listener = [("ListenerArn", LISTENER), ("ListenerPaths", "/*")];
    let stack = stacks(&[TEMPLATE], &[with(&listener, &[fetches])]).remove(0).remove(0).unwrap();
    let alarms = ["CrlFetchAlarm", "CrlFetcherSilentAlarm", "FetchedCrlEndAlarm", "CrlEndAlarm"];
    let works = [("Invocations", 1.0), ("Errors", 0.0), ("CrlHoursLeft", 12.0)];
    for (changes, expected) in [
        (&[][..], [false, false, false, false]),
        // Lambda tries each run three times.
        (&[("Invocations", 3.0), ("Errors", 3.0)], [true, false, false, false]),
        (&[("CrlHoursLeft", 11.0)], [false, false, true, false]),
    ] {
        let values = works.iter().chain(changes).map(|(name, value)| (*name, *value));
        let values: BTreeMap<_, _> = values.collect();
        let of = dimensions_of("fetcher", &[]);
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), of.clone(), value));
        let measured = Measured(values.collect());
        assert_eq!(alarms.map(|alarm| rings(&stack, alarm, &measured)), expected, "{changes:?}");
    }
    // Not for one time that a CA is away.
    let in_a_row = alarms.map(|alarm| stack.properties(alarm)["EvaluationPeriods"].clone());
    assert_eq!(in_a_row, [3, 3, 1, 1]);
    let nothing = Measured::default();
    assert_eq!(alarms.map(|alarm| rings(&stack, alarm, &nothing)), [false, true, false, false]);
}

// --- a roll-out -----------------------------------------------------------------------------------

/// Each choice, and what share of the requests a new version has in each of its minutes, in percent.
fn roll_outs() -> [(&'static str, Vec<f64>); 5] {
    let canary = |minutes| vec![10.0; minutes];
    let linear = |minutes: usize| {
        let steps = (1..10).map(|step| f64::from(step) * 10.0);
        steps.flat_map(|share| std::iter::repeat_n(share, minutes)).collect()
    };
    [
        ("Canary10Percent5Minutes", canary(5)),
        ("Canary10Percent15Minutes", canary(15)),
        ("Canary10Percent30Minutes", canary(30)),
        ("Linear10PercentEvery1Minute", linear(1)),
        ("Linear10PercentEvery3Minutes", linear(3)),
    ]
}

/// The minute of a roll-out in which its alarm rings: so many requests a minute come, of which each version refuses a
/// share.
fn minute(stack: &Stack, shares: &[f64], requests: f64, old: f64, new: f64) -> Option<usize> {
    let period =
        stack.properties("RollOutRefusalsAlarm")["Metrics"][3]["MetricStat"]["Period"].clone();
    let period = period.as_u64().or_else(|| text(&period).parse().ok()).unwrap();
    let minutes = usize::try_from(period / 60).unwrap();
    let (of_all, of_new) = (dimensions(&[]), dimensions(&[("Version", "7")]));
    (1..=shares.len()).find(|now| {
        let mut measured = Measured::default();
        for share in &shares[now.saturating_sub(minutes)..*now] {
            let own = requests * share / 100.0;
            let refused = own * new;
            let all_refused = refused + (requests - own) * old;
            for (name, of, value) in [
                ("Accepted", &of_all, requests - all_refused),
                ("Refused", &of_all, all_refused),
                ("Accepted", &of_new, own - refused),
                ("Refused", &of_new, refused),
            ] {
                measured.0.push((name.to_owned(), of.clone(), value));
            }
        }
        // What is added up has to be three in full; a thousandth of a request is none.
        measured.0.iter_mut().for_each(|(_, _, value)| *value += 1e-9);
        rings(stack, "RollOutRefusalsAlarm", &measured)
    })
}

#[test]
fn version_that_refuses_everybody_is_noticed_before_it_has_all_requests() {
    let noticed = roll_outs().map(|(choice, shares)| {
        let stack = stack(choice);
        [3.0, 3_000.0].map(|requests| minute(&stack, &shares, requests, 0.0, 1.0))
    });
    assert_eq!(
        noticed,
        [
            // One and a half requests are too few to judge by: README says so.
            [None, Some(1)],
            [Some(10), Some(1)],
            [Some(10), Some(1)],
            [Some(4), Some(1)],
            [Some(7), Some(1)],
        ]
    );
}

#[test]
fn version_that_is_as_good_as_the_one_before_is_left_alone() {
    for (choice, shares) in roll_outs() {
        let stack = stack(choice);
        for requests in [3.0, 3_000.0] {
            // Strangers are refused by both.
            for refused in [0.0, 0.15, 0.9] {
                assert_eq!(minute(&stack, &shares, requests, refused, refused), None, "{choice}");
            }
        }
        assert_eq!(minute(&stack, &shares, 3_000.0, 0.5, 0.65), None, "{choice}");
        assert_eq!(minute(&stack, &shares, 3_000.0, 0.5, 0.75), Some(1), "{choice}");
    }
}

#[test]
fn alarm_of_all_versions_together_would_not_notice_in_time() {
    let stack = stack("Canary10Percent5Minutes");
    let of = |name: &str, value| (name.to_owned(), dimensions(&[]), value);
    let measured = Measured(vec![of("Accepted", 13_500.0), of("Refused", 1_500.0)]);
    assert!(!rings(&stack, "RefusalsAlarm", &measured));
}

#[tokio::test]
async fn version_without_a_bundle_is_noticed_by_its_first_request() {
    let stack = stack("Canary10Percent5Minutes");
    let pki = Pki::new();
    for (bundle, expected) in [("no bundle".to_owned(), true), (pki.root.pem(), false)] {
        let settings = [
            ("AWS_LAMBDA_FUNCTION_NAME", "adapter"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
            ("METRICS_BY_VERSION", "true"),
        ];
        let journey = Journey::trusting(&bundle, &settings).await;
        journey.send(&get(pki.chain())).await;
        let measured = Measured::of([&journey.last_line()]);
        assert_eq!(rings(&stack, "RollOutTrustBundleAlarm", &measured), expected);
    }
}
