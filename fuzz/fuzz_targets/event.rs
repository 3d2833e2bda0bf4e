//! Any bytes as what Lambda delivers.
//!
//! No panic; what is wrong is told in a short text; and where `serde_json` reads the same bytes as a value, the
//! maps that the answer has to use, the method, the path and the number of headers are those of the value.
#![no_main]

use alb_mtls_adapter::event::{Delivery, Event, HeaderMaps};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|json: &[u8]| {
    let delivery = Delivery::from_json(json);
    let maps = delivery.header_maps();
    match delivery.read() {
        Ok(event) => {
            let _ = event.is_health_check();
            if let Ok(value) = serde_json::from_slice(json) {
                assert_same(&event, maps, &value);
            }
        }
        Err(error) => assert!(error.to_string().len() <= 4096, "{error}"),
    }
});

fn assert_same(event: &Event, maps: HeaderMaps, value: &Value) {
    let (name, headers) = match maps {
        HeaderMaps::Single => ("headers", value["headers"].as_object().map(|map| map.len())),
        HeaderMaps::Multi => (
            "multiValueHeaders",
            value["multiValueHeaders"]
                .as_object()
                .map(|map| map.values().filter_map(Value::as_array).map(Vec::len).sum()),
        ),
        HeaderMaps::Unknown => ("", None),
    };
    // Of two equal keys a value keeps one, and an event both.
    assert!(headers.is_some_and(|headers| headers <= event.headers.len()), "{name}: {event:?}");
    assert_eq!(value["httpMethod"], event.method.as_str());
    assert_eq!(value["path"], event.path);
    if value["isBase64Encoded"] != true {
        assert_eq!(value["body"].as_str().unwrap_or_default().as_bytes(), event.body);
    }
}
