//! CORS preflights, and what only resembles one.

use super::{Arena, Client, Event, Forwarded, Nobody, Outcome, Refused, Row, Stranger, row};
use crate::support::header;

const METHOD: &str = "access-control-request-method";

/// The row as a preflight: what it changes comes after.
pub(crate) fn as_preflight(row: Row) -> Row {
    let Row { name, change, outcome } = row;
    let change = Box::new(move |event: &mut Event, arena: &Arena| {
        preflight(event);
        change(event, arena);
    });
    Row { name: format!("a preflight, {name}"), change, outcome }
}

fn preflight(event: &mut Event) {
    event.method = "OPTIONS".to_owned();
    event.add("origin", "https://app.example.com");
    event.add(METHOD, "POST");
    event.add("access-control-request-headers", "authorization, content-type");
}

/// What a browser sends.
pub(crate) fn preflights(outcome: Outcome) -> Vec<Row> {
    let with = |name: &'static str, change: fn(&mut Event)| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.remove(arena.incoming());
            preflight(event);
            change(event);
        };
        row(format!("a preflight {name}"), forge, outcome)
    };
    vec![
        with("as it is", |_| {}),
        with("of an origin that is not told", |event| event.replace("origin", "null")),
        with("for a method of WebDAV", |event| event.replace(METHOD, "PROPFIND")),
        with("that names no headers", |event| event.remove("access-control-request-headers")),
        with("with names in upper case", |event| {
            event.remove("origin");
            event.remove(METHOD);
            event.add("Origin", "https://app.example.com");
            event.add("Access-Control-Request-Method", "DELETE");
        }),
        // It would be none to the gateway.
        with("whose Connection names what makes it one", |event| {
            event.add("connection", "origin, Access-Control-Request-Method");
            event.add("connection", "access_control_request_method, ORIGIN");
        }),
        with("for a private network", |event| {
            event.add("access-control-request-private-network", "true");
        }),
    ]
}

/// What lacks something of a preflight, or has more than one: it is a request like any other.
pub(crate) fn near_misses() -> Vec<Row> {
    let with = |name: String, change: Box<dyn Fn(&mut Event)>| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.remove(arena.incoming());
            preflight(event);
            change(event);
        };
        row(name, forge, Refused(401, "ClientCertMissing"))
    };
    let mut rows = Vec::new();
    for name in ["origin", METHOD] {
        let lacks = move |event: &mut Event| event.remove(name);
        rows.push(with(format!("no {name}"), Box::new(lacks)));
        let twice = move |event: &mut Event| {
            let value = event.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
            event.add(name, value);
        };
        rows.push(with(format!("{name} twice"), Box::new(twice)));
        let other = move |event: &mut Event| event.add_before(&name.to_ascii_uppercase(), "PUT");
        rows.push(with(format!("{name} twice, in another case"), Box::new(other)));
        let spelled = move |event: &mut Event| {
            event.remove(name);
            event.add(&name.replace('-', "_").replace("origin", "origin_"), "GET");
        };
        rows.push(with(format!("{name} in another spelling alone"), Box::new(spelled)));
        for value in ["", " ", "\t", "GET, POST", "GET,POST", "GET POST", ","] {
            let empty = move |event: &mut Event| event.replace(name, value);
            rows.push(with(format!("{name}: {value:?}"), Box::new(empty)));
        }
    }
    for method in [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "options", "Options",
        "OPTION",
    ] {
        let change = move |event: &mut Event| event.method = method.to_owned();
        rows.push(with(format!("both headers with the method {method}"), Box::new(change)));
    }
    for name in [
        "x-http-method-override",
        "X-HTTP-Method",
        "x-method-override",
        "x_http_method_override",
        "X.Http.Method.Override",
        "access_control_request_method",
        "_method",
        "x-original-method",
    ] {
        let change = move |event: &mut Event| event.add(name, "DELETE");
        rows.push(with(format!("a preflight with {name}"), Box::new(change)));
    }
    let body = |event: &mut Event| event.body = "{}".to_owned();
    rows.push(with("a preflight with a body".to_owned(), Box::new(body)));
    let plain = |event: &mut Event| {
        event.remove("origin");
        event.remove(METHOD);
        event.remove("access-control-request-headers");
    };
    rows.push(with("OPTIONS and nothing else".to_owned(), Box::new(plain)));
    rows
}

/// A preflight that brings a certificate along, as some browsers do: it is judged as any other request.
pub(crate) fn with_certificate() -> Vec<Row> {
    let instead = |name: &'static str, value: fn(&Arena) -> String, outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            preflight(event);
            event.replace(arena.incoming(), value(arena));
        };
        row(format!("a preflight with {name}"), forge, outcome)
    };
    vec![
        instead("the client's certificate", Arena::clients, Forwarded(Client)),
        instead(
            "a stranger's certificate",
            |arena| header(&[arena.cast.stranger.der()]),
            Refused(403, "ClientCertUntrusted"),
        ),
        instead("rubbish", |_| "rubbish".to_owned(), Refused(400, "ClientCertInvalid")),
    ]
}

/// What the mode `report` makes of the same.
pub(crate) fn reported(row: Row) -> Row {
    match row.outcome {
        Refused(403, _) => Row { outcome: Forwarded(Stranger), ..row },
        Refused(..) => Row { outcome: Forwarded(Nobody), ..row },
        _ => row,
    }
}
