//! The log line as CloudWatch makes metrics of it.

use std::collections::{BTreeMap, BTreeSet};

use alb_mtls::{
    pki::{Authority, Validity},
    secrets::SecretValue,
};
use serde_json::{Value, json};
use time::Duration as Days;

use crate::{
    IN_LAMBDA, NOBODY,
    support::{
        Journey, NOW, Pki, Standing, client_of, emf::Data, expired, get, key, lists::List,
        not_yet_valid, stories, valid,
    },
};

/// Of the function and its bundle, whatever is asked.
const OF_THE_FUNCTION: [&str; 5] = [
    "AnchorDaysLeft",
    "GatewayErrors",
    "TrustBundleAge",
    "TrustBundleGeneration",
    "TrustBundleUnavailable",
];

/// Of each client's request.
const OF_A_REQUEST: [&str; 4] = ["Accepted", "AdapterMs", "Refused", "WouldRefuse"];

fn sorted(names: &[&[&'static str]]) -> Vec<&'static str> {
    let mut names = names.concat();
    names.sort_unstable();
    names
}

/// A function in Lambda whose clock stands until it is moved.
struct Stage {
    journey: Journey,
    clock: Standing,
}

impl Stage {
    async fn trusting(bundle: &str, settings: &[(&str, &str)]) -> Self {
        Self::holding(&[("bundle", bundle)], settings).await
    }

    /// With secrets by name, the trust bundle in `bundle`.
    async fn holding(contents: &[(&str, &str)], settings: &[(&str, &str)]) -> Self {
        let clock = Standing::at(NOW);
        let settings = [&[IN_LAMBDA], settings].concat();
        Self { journey: Journey::holding(contents, &settings, clock.clock()).await, clock }
    }

    async fn new(pki: &Pki, settings: &[(&str, &str)]) -> Self {
        Self::trusting(&pki.root.pem(), settings).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
    }

    /// What CloudWatch takes out of the line of a request with this chain.
    async fn data(&self, chain: Vec<Vec<u8>>) -> Data {
        self.journey.send(&get(chain)).await;
        Data::of(&self.journey.last_line())
    }

    async fn health_check(&self) -> Data {
        let event = json!({
            "httpMethod": "GET", "path": "/",
            "multiValueHeaders": {"user-agent": ["ELB-HealthChecker/2.0"]},
            "body": "", "isBase64Encoded": false,
        });
        self.journey.deliver(event.to_string().as_bytes()).await;
        Data::of(&self.journey.last_line())
    }
}

fn stranger() -> Vec<Vec<u8>> {
    vec![Authority::root("Stranger", key(), valid()).unwrap().der().to_vec()]
}

// --- which requests count as what -----------------------------------------------------------------

#[tokio::test]
async fn outside_lambda_there_are_no_metrics() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    assert_eq!(journey.send(&get(pki.chain())).await.status, 200);
    let line = journey.last_line();
    for name in ["_aws", "FunctionName", "Accepted", "TrustBundleAge"] {
        assert!(line.get(name).is_none(), "{line}");
    }
}

#[tokio::test]
async fn accepted_request_has_every_metric_and_is_no_refusal() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[]).await;
    let data = stage.data(pki.chain()).await;
    let of_this = ["GatewayMs", "LeafDaysLeft"];
    assert_eq!(data.names(), sorted(&[&OF_THE_FUNCTION, &OF_A_REQUEST, &of_this]));
    for (name, value) in [
        ("Accepted", 1.0),
        ("Refused", 0.0),
        ("WouldRefuse", 0.0),
        ("GatewayErrors", 0.0),
        ("TrustBundleAge", 0.0),
        ("TrustBundleGeneration", 1.0),
        ("TrustBundleUnavailable", 0.0),
        ("AnchorDaysLeft", 365.0),
        ("LeafDaysLeft", 365.0),
    ] {
        assert_eq!(data.value(name), Some(value), "{name}");
    }
    assert_eq!(data.by_code(), []);
    let line = stage.journey.last_line();
    assert_eq!(line["_aws"]["Timestamp"], NOW.unix_timestamp() * 1000);
    assert_eq!(line["FunctionName"], "adapter");
}

#[tokio::test]
async fn time_of_the_adapter_is_what_the_gateway_did_not_take() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[]).await;
    let data = stage.data(pki.chain()).await;
    let (own, gateways) = (data.value("AdapterMs").unwrap(), data.value("GatewayMs").unwrap());
    let line = stage.journey.last_line();
    assert_eq!(line["gateway_ms"], gateways);
    // Each is rounded to the thousandth.
    let all = line["duration_ms"].as_f64().unwrap();
    assert!(own > 0.0 && (own + gateways - all).abs() < 0.002, "{line}");
}

#[tokio::test]
async fn refused_request_is_counted_once_more_by_its_code() {
    let stage = Stage::new(&Pki::new(), &[]).await;
    for (chain, code) in [(stranger(), "ClientCertUntrusted"), (vec![], "ClientCertMissing")] {
        let data = stage.data(chain).await;
        assert_eq!(data.names(), sorted(&[&OF_THE_FUNCTION, &OF_A_REQUEST]));
        assert_eq!((data.value("Accepted"), data.value("Refused")), (Some(0.0), Some(1.0)));
        assert_eq!(data.value("GatewayErrors"), Some(0.0));
        assert_eq!(data.value("TrustBundleUnavailable"), Some(0.0));
        assert_eq!(data.by_code(), [("Refused", code, 1.0)]);
    }
}

#[tokio::test]
async fn preflight_that_passes_is_accepted_and_has_no_client() {
    let stage = Stage::new(&Pki::new(), &[("PREFLIGHT", "forward")]).await;
    let mut request = get(vec![]);
    request.method = "OPTIONS".to_owned();
    for (name, value) in [("origin", "null"), ("access-control-request-method", "GET")] {
        request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    stage.journey.send(&request).await;
    let data = Data::of(&stage.journey.last_line());
    assert_eq!(data.names(), sorted(&[&OF_THE_FUNCTION, &OF_A_REQUEST, &["GatewayMs"]]));
    for (name, value) in [("Accepted", 1.0), ("Refused", 0.0), ("WouldRefuse", 0.0)] {
        assert_eq!(data.value(name), Some(value), "{name}");
    }
    assert_eq!(data.by_code(), []);
}

#[tokio::test]
async fn what_report_would_refuse_is_accepted_and_counted_apart() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[("CLIENT_CERT_MODE", "report")]).await;
    for (chain, would_refuse) in [(stranger(), 1.0), (vec![], 1.0), (pki.chain(), 0.0)] {
        let data = stage.data(chain).await;
        assert_eq!(data.value("WouldRefuse"), Some(would_refuse));
        assert_eq!((data.value("Accepted"), data.value("Refused")), (Some(1.0), Some(0.0)));
        assert_eq!(data.by_code(), []);
    }
}

#[tokio::test]
async fn request_without_an_answer_of_the_gateway_is_a_refusal_and_a_gateway_error() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[NOBODY]).await;
    let data = stage.data(pki.chain()).await;
    let of_this = ["GatewayMs", "LeafDaysLeft"];
    assert_eq!(data.names(), sorted(&[&OF_THE_FUNCTION, &OF_A_REQUEST, &of_this]));
    assert_eq!((data.value("Accepted"), data.value("Refused")), (Some(0.0), Some(1.0)));
    assert_eq!(data.value("GatewayErrors"), Some(1.0));
    assert_eq!(data.by_code(), [("Refused", "GatewayUnreachable", 1.0)]);
}

#[tokio::test]
async fn without_a_bundle_there_is_no_age_and_every_request_tells_of_it() {
    let pki = Pki::new();
    let of_no_bundle = ["GatewayErrors", "TrustBundleUnavailable"];
    for (mode, refused) in [("required", 1.0), ("report", 0.0)] {
        let stage = Stage::trusting("no certificate\n", &[("CLIENT_CERT_MODE", mode)]).await;
        let data = stage.data(pki.chain()).await;
        let of_this = if refused == 0.0 { &["GatewayMs"][..] } else { &[] };
        assert_eq!(data.names(), sorted(&[&of_no_bundle, &OF_A_REQUEST, of_this]));
        assert_eq!(data.value("TrustBundleUnavailable"), Some(1.0));
        assert_eq!(data.value("Refused"), Some(refused));
        assert_eq!(data.value("WouldRefuse"), Some(1.0 - refused));
    }
}

#[tokio::test]
async fn health_check_tells_of_the_function_and_counts_as_no_request() {
    let healthy = Stage::new(&Pki::new(), &[]).await.health_check().await;
    assert_eq!(healthy.names(), OF_THE_FUNCTION);
    assert_eq!(healthy.value("TrustBundleUnavailable"), Some(0.0));
    let ill = Stage::trusting("no certificate\n", &[]).await.health_check().await;
    assert_eq!(ill.names(), ["GatewayErrors", "TrustBundleUnavailable"]);
    assert_eq!(ill.value("TrustBundleUnavailable"), Some(1.0));
    assert_eq!(ill.by_code(), []);
    let secured = [("GATEWAY_URL", "https://localhost:9"), ("GATEWAY_CA_SECRET", "missing")];
    let cut_off = Stage::new(&Pki::new(), &secured).await.health_check().await;
    assert_eq!(cut_off.names(), OF_THE_FUNCTION);
    assert_eq!(cut_off.value("GatewayErrors"), Some(1.0));
}

// --- the bundle's age and the days that are left --------------------------------------------------

#[tokio::test]
async fn age_of_the_bundle_is_that_at_which_it_decided() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[("TRUST_MAX_STALE_SECONDS", "900")]).await;
    let age = async || stage.data(pki.chain()).await.value("TrustBundleAge");
    stage.pass(225);
    // It is fetched again beside the gateway; the verdict is by it as it was.
    assert_eq!(age().await, Some(225.0));
    assert_eq!(stage.data(stranger()).await.value("TrustBundleAge"), Some(0.0));
    stage.pass(7);
    assert_eq!(age().await, Some(7.0));
    stage.pass(900);
    // Too old: fetched first.
    assert_eq!(age().await, Some(0.0));
    stage.pass(900);
    stage.journey.secrets.remove("bundle");
    assert_eq!(age().await, None);
}

#[tokio::test]
async fn generation_counts_the_bundles_that_were_another_one() {
    let (old, new) = (Pki::new(), Pki::new());
    let stage = Stage::new(&old, &[]).await;
    let generation = |data: Data| data.value("TrustBundleGeneration");
    assert_eq!(generation(stage.data(old.chain()).await), Some(1.0));
    stage.pass(10);
    // Looked for anew, and the same.
    assert_eq!(generation(stage.data(stranger()).await), Some(1.0));
    let secret = SecretValue::Text(new.root.pem());
    stage.journey.secrets.put("bundle", secret).unwrap();
    stage.pass(10);
    assert_eq!(generation(stage.data(new.chain()).await), Some(2.0));
}

#[tokio::test]
async fn days_left_are_whole_ones_of_the_anchor_that_ends_first() {
    let until = |end| Validity { not_before: NOW - Days::days(365), not_after: NOW + end };
    let root = |end| Authority::root("Root", key(), until(end)).unwrap();
    let (first, last) = (root(Days::hours(30 * 24 - 1)), root(Days::days(90)));
    let dead = Authority::root("Dead", key(), expired()).unwrap();
    let stage = Stage::trusting(&[dead.pem(), last.pem(), first.pem()].concat(), &[]).await;
    let leaf = last.leaf("client", until(Days::days(10))).issue().unwrap();
    let data = stage.data(vec![leaf.der().to_vec()]).await;
    assert_eq!(data.value("AnchorDaysLeft"), Some(29.0));
    assert_eq!(data.value("LeafDaysLeft"), Some(10.0));
    // An hour after the end of the first one.
    stage.pass(30 * 24 * 3600);
    assert_eq!(stage.data(vec![]).await.value("AnchorDaysLeft"), Some(-1.0));
}

#[tokio::test]
async fn hours_left_are_whole_ones_of_the_list_that_ends_first_and_counts() {
    let (one, other) = (Pki::new(), Pki::new());
    let replaced = List::of(&one.root).days(-2, 1);
    let newer = List::of(&one.root).days(-1, 4).without_number().number(2);
    let delta = List::of(&one.root).days(-1, 1).without_number().number(3).delta_since(2);
    let of_other = List::of(&other.issuing).days(-1, 3);
    let lists = [replaced, newer, delta, of_other].map(|list| list.pem()).concat();
    let bundle = [one.root.pem(), other.root.pem(), other.issuing.pem(), lists].concat();
    let stage = Stage::trusting(&bundle, &[]).await;
    let hours = async || stage.data(vec![]).await.value("CrlHoursLeft");
    assert_eq!(hours().await, Some(72.0));
    stage.pass(1);
    assert_eq!(hours().await, Some(71.0));
    stage.pass(72 * 3600);
    assert_eq!(hours().await, Some(-1.0));
}

#[tokio::test]
async fn lists_that_are_not_asked_and_none_at_all_have_no_hours_left() {
    let pki = Pki::new();
    let bundle = pki.root.pem() + &List::of(&pki.root).pem();
    for (bundle, revocation, there) in [
        (&bundle, "when-listed", true),
        (&bundle, "off", false),
        (&pki.root.pem(), "when-listed", false),
    ] {
        let stage = Stage::trusting(bundle, &[("REVOCATION", revocation)]).await;
        let data = stage.data(vec![]).await;
        assert_eq!(data.value("CrlHoursLeft").is_some(), there, "{revocation}");
    }
}

#[tokio::test]
async fn bundle_of_pinned_clients_has_no_anchor_that_could_end() {
    let client = client_of(&Pki::new().root);
    let bundle = json!({ "pinned": client.pem() }).to_string();
    let data = Stage::trusting(&bundle, &[]).await.data(vec![client.der().to_vec()]).await;
    assert_eq!((data.value("Accepted"), data.value("LeafDaysLeft")), (Some(1.0), Some(365.0)));
    assert_eq!(data.value("AnchorDaysLeft"), None);
}

#[tokio::test]
async fn certificate_that_is_refused_moves_no_metric_of_certificates() {
    let pki = Pki::new();
    for mode in ["required", "report"] {
        let stage = Stage::new(&pki, &[("CLIENT_CERT_MODE", mode)]).await;
        for dates in [expired(), not_yet_valid()] {
            let leaf = pki.issuing.leaf("client", dates).issue().unwrap();
            let data = stage.data(vec![leaf.der().to_vec(), pki.issuing.der().to_vec()]).await;
            assert_eq!(data.value("LeafDaysLeft"), None);
            assert_eq!(data.value("AnchorDaysLeft"), Some(365.0));
        }
    }
}

// --- dimensions -----------------------------------------------------------------------------------

#[tokio::test]
async fn every_event_is_counted_by_the_functions_name_and_its_code_and_nothing_else() {
    let stage = Stage::trusting(stories::TRUST_BUNDLE, &[]).await;
    for story in stories::all() {
        stage.journey.deliver(&story.event).await;
        let line = stage.journey.last_line();
        let mut dimensions = Data::of(&line).dimensions();
        assert_eq!(dimensions.remove("FunctionName").as_deref(), Some("adapter"), "{line}");
        assert_eq!(dimensions.remove("Code"), story.code, "{line}");
        assert!(dimensions.is_empty(), "{dimensions:?}");
    }
}

#[tokio::test]
async fn what_a_new_version_is_judged_by_is_counted_by_version_where_that_is_asked_for() {
    let pki = Pki::new();
    let version = ("AWS_LAMBDA_FUNCTION_VERSION", "7");
    let stage = Stage::new(&pki, &[version, ("METRICS_BY_VERSION", "true")]).await;
    for (chain, accepted) in [(pki.chain(), 1.0), (stranger(), 0.0)] {
        let data = stage.data(chain).await;
        let expected = [
            ("Accepted", "7", accepted),
            ("Refused", "7", 1.0 - accepted),
            ("GatewayErrors", "7", 0.0),
            ("TrustBundleUnavailable", "7", 0.0),
        ];
        assert_eq!(data.by_version(), expected);
        assert_eq!(data.value("Accepted"), Some(accepted));
    }
    for settings in [&[version][..], &[version, ("METRICS_BY_VERSION", "false")]] {
        let data = Stage::new(&pki, settings).await.data(pki.chain()).await;
        assert_eq!(data.by_version(), []);
        assert_eq!(data.value("Accepted"), Some(1.0));
    }
}

#[tokio::test]
async fn clients_words_are_no_dimension_and_no_metric() {
    let pki = Pki::new();
    let stage = Stage::new(&pki, &[("CLIENT_CERT_MODE", "report")]).await;
    let usual = stage.data(pki.chain()).await;
    let root = Authority::root("FunctionName", key(), valid()).unwrap();
    let leaf = root.leaf("Code", valid()).issue().unwrap();
    let mut request = get(vec![leaf.der().to_vec()]);
    request.path = "/Code/FunctionName".to_owned();
    request.query = Some("Code=ClientCertUntrusted&_aws=1".to_owned());
    request.headers.push(("_aws".to_owned(), b"{}".to_vec()));
    stage.journey.send(&request).await;
    let data = Data::of(&stage.journey.last_line());
    assert_eq!(data.dimensions(), usual.dimensions());
    assert!(data.units().keys().all(|name| usual.units().contains_key(name)), "{data:?}");
}

// --- the guide ------------------------------------------------------------------------------------

const GUIDE: &str = include_str!("../../docs/operations.md");

/// The part of the guide under a heading.
fn section(heading: &str) -> &'static str {
    GUIDE.split("\n## ").find(|section| section.starts_with(heading)).unwrap()
}

/// Lines of every kind.
async fn lines() -> Vec<Value> {
    let pki = Pki::new();
    let mut lines = Vec::new();
    for settings in [&[][..], &[NOBODY], &[("CLIENT_CERT_MODE", "report")]] {
        let stage = Stage::new(&pki, settings).await;
        for chain in [pki.chain(), stranger()] {
            stage.journey.send(&get(chain)).await;
            lines.push(stage.journey.last_line());
        }
    }
    let identity = pki.leaf.pem() + &pki.leaf.key().pem();
    let bundle = pki.root.pem() + &List::of(&pki.root).pem();
    let contents = [("bundle", bundle.as_str()), ("ca", &pki.root.pem()), ("identity", &identity)];
    let settings = [
        ("GATEWAY_URL", "https://localhost:9"),
        ("GATEWAY_CA_SECRET", "ca"),
        ("GATEWAY_IDENTITY_SECRET", "identity"),
    ];
    let stage = Stage::holding(&contents, &settings).await;
    stage.journey.send(&get(pki.chain())).await;
    lines.push(stage.journey.last_line());
    lines
}

#[tokio::test]
async fn guide_names_every_metric_with_its_unit() {
    let rows = section("What do the metrics mean?").lines().filter(|line| line.starts_with("| `"));
    let named: BTreeMap<String, String> = rows
        .map(|row| {
            let mut cells = row.split('|').map(str::trim).skip(1);
            (cells.next().unwrap().replace('`', ""), cells.next().unwrap().to_owned())
        })
        .collect();
    let written = lines().await.iter().flat_map(|line| Data::of(line).units()).collect();
    assert_eq!(named, written);
}

/// The names in a query that are neither its language's nor given in it.
fn fields(query: &str) -> BTreeSet<String> {
    const LANGUAGE: &str = "fields filter stats sort limit by as asc desc and or not like in bin 5m count latest \
        min max pct ispresent @timestamp @message";
    // Texts and expressions between quotes or slashes are values.
    let bare: String = query.split(['"', '/']).step_by(2).collect::<Vec<_>>().join(" ");
    let words = bare.split(|char: char| !(char.is_alphanumeric() || "_@.".contains(char)));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let given: BTreeSet<_> =
        words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]).collect();
    let is_name = |word: &&str| {
        !given.contains(word)
            && word.parse::<f64>().is_err()
            && !LANGUAGE.split_whitespace().any(|known| known == *word)
    };
    words.into_iter().filter(is_name).map(str::to_owned).collect()
}

#[tokio::test]
async fn queries_of_the_guide_ask_for_what_lines_have() {
    let lines = lines().await;
    let is_there = |field: &String| {
        let pointer = format!("/{}", field.replace('.', "/"));
        lines.iter().any(|line| line.pointer(&pointer).is_some())
    };
    let section = section("Which queries are worth keeping?");
    let queries: Vec<_> = section.split("```text\n").skip(1).collect();
    assert!(queries.len() > 8, "{queries:?}");
    for query in queries {
        let query = query.split("```").next().unwrap();
        // Lambda's own line, which is there in Lambda alone; and those of the CRL fetcher, whose own tests hold them.
        if query.contains("platform.report") || query.contains("ispresent(outcome)") {
            continue;
        }
        let missing: Vec<_> = fields(query).into_iter().filter(|field| !is_there(field)).collect();
        assert!(missing.is_empty(), "{missing:?} in {query}");
    }
}
