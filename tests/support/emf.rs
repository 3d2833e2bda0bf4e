//! A log line as CloudWatch reads it. What it takes for metrics is written down here out of the
//! specification and the schema of the embedded metric format, as AWS publishes them.

use std::collections::BTreeMap;

use serde_json::Value;

const UNITS: &str = "Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits \
    Kilobits Megabits Gigabits Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second \
    Gigabytes/Second Terabytes/Second Bits/Second Kilobits/Second Megabits/Second Gigabits/Second \
    Terabits/Second Count/Second None";

/// The values that CloudWatch takes out of one line.
#[derive(Debug)]
pub(crate) struct Data(Vec<Datum>);

#[derive(Debug)]
struct Datum {
    name: String,
    unit: String,
    dimensions: BTreeMap<String, String>,
    value: f64,
}

impl Data {
    /// Reads a line.
    ///
    /// # Panics
    ///
    /// If it is not in the format.
    pub(crate) fn of(line: &Value) -> Self {
        let root = line.as_object().unwrap();
        let metadata = exactly(&root["_aws"], &["Timestamp", "CloudWatchMetrics"]);
        assert!(metadata["Timestamp"].is_u64(), "{line}");
        let mut data = Vec::new();
        for directive in metadata["CloudWatchMetrics"].as_array().unwrap() {
            let directive = exactly(directive, &["Namespace", "Dimensions", "Metrics"]);
            assert_eq!(directive["Namespace"], "AlbMtlsAdapter");
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()), "{line}");
            let sets = directive["Dimensions"].as_array().unwrap();
            assert!(!sets.is_empty(), "{line}");
            for set in sets {
                let dimensions = dimensions(root, set);
                for metric in metrics {
                    data.push(Datum { dimensions: dimensions.clone(), ..datum(root, metric) });
                }
            }
        }
        Self(data)
    }

    /// The value of a metric under the function's name alone, if there is one.
    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        let mut values = self
            .0
            .iter()
            .filter(|datum| datum.name == name && datum.dimensions.keys().eq(["FunctionName"]));
        let value = values.next().map(|datum| datum.value);
        assert!(values.next().is_none(), "{name} is there twice: {self:?}");
        value
    }

    /// The metrics under the function's name alone, by name.
    pub(crate) fn names(&self) -> Vec<&str> {
        let alone = self.0.iter().filter(|datum| datum.dimensions.len() == 1);
        let mut names: Vec<_> = alone.map(|datum| datum.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// What is counted by more than the function's name: the metric, the word, and the value.
    pub(crate) fn by_code(&self) -> Vec<(&str, &str, f64)> {
        self.by("Code")
    }

    /// The same by the function's version.
    pub(crate) fn by_version(&self) -> Vec<(&str, &str, f64)> {
        self.by("Version")
    }

    fn by(&self, dimension: &str) -> Vec<(&str, &str, f64)> {
        let further = self.0.iter().filter(|datum| datum.dimensions.contains_key(dimension));
        further
            .map(|datum| {
                assert_eq!(datum.dimensions.len(), 2, "{datum:?}");
                assert!(datum.dimensions.contains_key("FunctionName"), "{datum:?}");
                (datum.name.as_str(), datum.dimensions[dimension].as_str(), datum.value)
            })
            .collect()
    }

    /// Every value with its metric and dimensions.
    pub(crate) fn into_values(
        self,
    ) -> impl Iterator<Item = (String, BTreeMap<String, String>, f64)> {
        self.0.into_iter().map(|datum| (datum.name, datum.dimensions, datum.value))
    }

    /// Every metric with its unit.
    pub(crate) fn units(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|datum| (datum.name.clone(), datum.unit.clone())).collect()
    }

    /// Every dimension that is used, with its value.
    pub(crate) fn dimensions(&self) -> BTreeMap<String, String> {
        self.0.iter().flat_map(|datum| datum.dimensions.clone()).collect()
    }
}

type Members = serde_json::Map<String, Value>;

/// The object's members: these, and no others.
fn exactly<'a>(object: &'a Value, names: &[&str]) -> &'a Members {
    let object = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    assert_eq!(object.len(), names.len(), "{object:?}");
    assert!(names.iter().all(|name| object.contains_key(*name)), "{object:?}");
    object
}

/// Dimensions are members of the line, and strings that CloudWatch takes: not empty, in ASCII.
fn dimensions(root: &Members, set: &Value) -> BTreeMap<String, String> {
    let names = set.as_array().unwrap();
    assert!(names.len() <= 30, "{set}");
    let dimension = |name: &Value| {
        let name = name.as_str().unwrap();
        assert!((1..=250).contains(&name.len()), "{name}");
        let value = root.get(name).and_then(Value::as_str);
        let value = value.unwrap_or_else(|| panic!("dimension {name} is no string of the line"));
        assert!((1..=1024).contains(&value.len()) && value.is_ascii(), "{name}: {value}");
        (name.to_owned(), value.to_owned())
    };
    names.iter().map(dimension).collect()
}

/// Metrics are members of the line, and numbers.
fn datum(root: &Members, metric: &Value) -> Datum {
    let metric = exactly(metric, &["Name", "Unit"]);
    let (name, unit) = (metric["Name"].as_str().unwrap(), metric["Unit"].as_str().unwrap());
    assert!((1..=255).contains(&name.len()), "{name}");
    assert!(UNITS.split_whitespace().any(|known| known == unit), "{unit}");
    let value = root.get(name).and_then(Value::as_f64);
    let value = value.unwrap_or_else(|| panic!("metric {name} is no number of the line"));
    Datum { name: name.to_owned(), unit: unit.to_owned(), dimensions: BTreeMap::new(), value }
}
