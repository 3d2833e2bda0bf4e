//! The rows, by what they forge.

use alb_mtls_adapter::certificate::outgoing::{CertFormat, pem};

use super::{
    AnsweredHere, Arena, CERTIFICATE, Client, Event, Forwarded, Outcome, Refused, Row, Victim, row,
};
use crate::support::{header, valid};

pub(crate) const VERIFY_MODE_ALONE: &str =
    "the header of verify mode, and none of passthrough mode";

/// Every managed name but that of the header itself, each with the victim's certificate.
pub(crate) fn spelled(
    name: impl Into<String>,
    spelling: impl Fn(&str) -> String + 'static,
    outcome: Outcome,
) -> Row {
    let forge = move |event: &mut Event, arena: &Arena| {
        let format = arena.settings.outgoing.cert_format;
        for managed in arena.managed_names() {
            let spelled = spelling(&managed);
            if !spelled.eq_ignore_ascii_case(arena.incoming()) {
                event.add(&spelled, format.write(arena.cast.victim.der()));
                event.add_before(&spelled, arena.victims());
            }
        }
    };
    row(name, forge, outcome)
}

/// Managed names in spellings that HTTP allows.
pub(crate) fn spellings() -> Vec<Row> {
    let mut rows: Vec<_> = "!#$%&'*+.^_`|~"
        .chars()
        .map(|mark| {
            let spelling = move |name: &str| name.replace('-', &mark.to_string());
            spelled(
                format!("managed names with {mark} for the hyphens"),
                spelling,
                Forwarded(Client),
            )
        })
        .collect();
    let forwarded = |name: &'static str, spelling: fn(&str) -> String| {
        spelled(name, spelling, Forwarded(Client))
    };
    rows.extend([
        forwarded("managed names as they are", str::to_owned),
        forwarded("managed names in upper case", str::to_ascii_uppercase),
        forwarded("managed names in upper case with underscores", |name| {
            name.to_ascii_uppercase().replace('-', "_")
        }),
        forwarded("managed names with the first hyphen an underscore", |name| {
            name.replacen('-', "_", 1)
        }),
        forwarded("managed names with the last hyphen an underscore", |name| {
            let (before, after) = name.rsplit_once('-').unwrap();
            format!("{before}_{after}")
        }),
        forwarded("managed names with every other hyphen a dot", |name| {
            let parts: Vec<_> = name.split('-').collect();
            parts.chunks(2).map(|pair| pair.join(".")).collect::<Vec<_>>().join("-")
        }),
        row(
            "identity headers in odd spellings",
            |event, _| {
                for name in ["sha256", "subject", "issuer", "serial-number", "validity", "san"] {
                    for spelled in
                        [format!("{CERTIFICATE}-{name}"), format!("{CERTIFICATE}_{name}")]
                    {
                        event.add(&spelled, "CN=victim");
                        event.add(&spelled.to_ascii_uppercase(), "CN=victim");
                    }
                }
            },
            Forwarded(Client),
        ),
        row(
            "eight hundred names that begin as the managed ones do",
            |event, arena| {
                for number in 0..800 {
                    event.add(&format!("x_amzn-mtls_{number}"), arena.victims());
                }
            },
            Forwarded(Client),
        ),
    ]);
    rows
}

/// Names that HTTP does not allow: the request is refused, and none is repaired.
pub(crate) fn names() -> Vec<Row> {
    let marks = "\"(),/:;<=>?@[\\]{} \t\u{a0}\u{ad}\u{2010}\u{2011}\u{2212}\u{ff0d}";
    let mut rows: Vec<_> = marks
        .chars()
        .map(|mark| {
            let spelling = move |name: &str| name.replace('-', &mark.to_string());
            let name = format!("managed names with {mark:?} for the hyphens");
            spelled(name, spelling, Refused(400, "BadRequest"))
        })
        .collect();
    for name in [
        "",
        " ",
        ":",
        ":authority",
        "x:y",
        " x-amzn-mtls-clientcert",
        "x-amzn-mtls-clientcert ",
        "\tx-amzn-mtls-clientcert",
        "x-amzn-mtls-clientcert\t",
        "x-amzn-mtls-clientcert:",
        "x-amzn-mtls-clientcert: forged\r\nx-mine",
        ": x-amzn-mtls-clientcert",
        "x-amzn-mtl\u{17f}-clientcert",
        "\u{ff58}-amzn-mtls-clientcert",
        "\u{feff}x-amzn-mtls-clientcert",
        "transfer-encoding ",
        "content-length\t",
        "host ",
    ] {
        let forge = move |event: &mut Event, arena: &Arena| event.add(name, arena.victims());
        rows.push(row(format!("the name {name:?}"), forge, Refused(400, "BadRequest")));
    }
    rows
}

/// More than one certificate where the load balancer puts the client's, or none.
pub(crate) fn copies() -> Vec<Row> {
    let twice = Refused(400, "ClientCertInvalid");
    let missing = Refused(401, "ClientCertMissing");
    let instead = |name: &'static str, value: fn(&Arena) -> String, outcome| {
        row(name, move |event, arena| event.replace(arena.incoming(), value(arena)), outcome)
    };
    vec![
        row(
            "the victim's certificate after the client's",
            |event, arena| event.add(arena.incoming(), arena.victims()),
            twice,
        ),
        row(
            "the victim's certificate before the client's",
            |event, arena| event.add_before(arena.incoming(), arena.victims()),
            twice,
        ),
        row(
            "the victim's certificate under the name in upper case",
            |event, arena| event.add(&arena.incoming().to_ascii_uppercase(), arena.victims()),
            twice,
        ),
        row(
            "the victim's certificate under the name in odd case, before the client's",
            |event, arena| {
                let odd = arena.incoming().replace("-c", "-C").replace("-n", "-N");
                event.add_before(&odd, arena.victims());
            },
            twice,
        ),
        row(
            "the client's own certificate twice",
            |event, arena| event.add(arena.incoming(), arena.clients()),
            twice,
        ),
        row(
            "an empty value before the client's",
            |event, arena| event.add_before(arena.incoming(), ""),
            twice,
        ),
        row(
            "an empty value after the client's",
            |event, arena| event.add(arena.incoming(), ""),
            twice,
        ),
        instead(
            "both certificates joined by a comma, the victim's second",
            |arena| format!("{},{}", arena.clients(), arena.victims()),
            twice,
        ),
        instead(
            "both certificates joined by a comma, the victim's first",
            |arena| format!("{}, {}", arena.victims(), arena.clients()),
            twice,
        ),
        instead(
            "both certificates joined by an escaped comma",
            |arena| format!("{}%2C{}", arena.clients(), arena.victims()),
            twice,
        ),
        instead(
            "both certificates in one value, the victim's second",
            |arena| arena.clients() + &arena.victims(),
            Forwarded(Client),
        ),
        // The first is the leaf: the load balancer has seen that the client holds its key.
        instead(
            "both certificates in one value, the victim's first",
            |arena| arena.victims() + &arena.clients(),
            Forwarded(Victim),
        ),
        instead(
            "a stranger's certificate before the victim's in one value",
            |arena| header(&[arena.cast.stranger.der()]) + &arena.victims(),
            Refused(403, "ClientCertUntrusted"),
        ),
        instead(
            "something unreadable before the victim's in one value",
            |arena| format!("-----BEGIN%20CERTIFICATE-----%0A{}", arena.victims()),
            twice,
        ),
        instead(
            "a private key before the client's in one value",
            |arena| header(&[b"key"]).replace("CERTIFICATE", "PRIVATE%20KEY") + &arena.clients(),
            twice,
        ),
        instead("an empty value", |_| String::new(), missing),
        row("no certificate", |event, arena| event.remove(arena.incoming()), missing),
        row(
            "the header of verify mode beside that of passthrough mode",
            |event, arena| event.add(&format!("{CERTIFICATE}-leaf"), arena.victims()),
            Forwarded(Client),
        ),
        row(
            VERIFY_MODE_ALONE,
            |event, arena| {
                event.remove(arena.incoming());
                event.add(&format!("{CERTIFICATE}-leaf"), arena.victims());
            },
            missing,
        ),
        // What nothing in the function can tell from the load balancer's own writing: README, "Forged
        // headers".
        instead(
            "the victim's certificate where the load balancer wrote none",
            Arena::victims,
            Forwarded(Victim),
        ),
    ]
}

/// The client's own certificate, written otherwise than the load balancer does.
pub(crate) fn other_formats() -> Vec<Row> {
    let invalid = Refused(400, "ClientCertInvalid");
    let written = |name: &'static str, value: fn(&[u8]) -> String, outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.replace(arena.incoming(), value(arena.cast.pki.leaf.der()));
        };
        row(name, forge, outcome)
    };
    vec![
        written("base64 of the DER", |der| CertFormat::Base64Der.write(der), invalid),
        written("base64 of the PEM", |der| CertFormat::Base64Pem.write(der), invalid),
        written("PEM in a single line", |der| CertFormat::SingleLinePem.write(der), invalid),
        written("the form of RFC 9440", |der| CertFormat::Rfc9440.write(der), invalid),
        written("PEM with spaces for its line ends", |der| pem(der).replace('\n', " "), invalid),
        written("PEM with its line ends left out", |der| pem(der).replace('\n', ""), invalid),
        written("PEM with tabs for its line ends", |der| pem(der).replace('\n', "\t"), invalid),
        written("PEM with its line ends", pem, Refused(400, "BadRequest")),
        written("escaped twice", |der| header(&[der]).replace('%', "%25"), invalid),
        written(
            "with spaces for its pluses",
            |der| header(&[der]).replace('+', "%20") + "%20",
            invalid,
        ),
        written("with a space before it", |der| format!(" {}", header(&[der])), invalid),
        written("with a tab after it", |der| format!("{}\t", header(&[der])), invalid),
        written("in quotes", |der| format!("\"{}\"", header(&[der])), invalid),
        written("in Envoy's words", |der| format!("Cert=\"{}\"", header(&[der])), invalid),
        written(
            "with letters of another width",
            |der| header(&[der]).replace('B', "\u{ff22}"),
            invalid,
        ),
    ]
}

/// More than is read of a header, a certificate or an event.
pub(crate) fn too_much() -> Vec<Row> {
    let size = Refused(400, "ClientCertMaxSizeExceeded");
    let depth = Refused(400, "ClientCertMaxChainDepthExceeded");
    let instead = |name: &'static str, value: fn(&Arena) -> String, outcome| {
        row(name, move |event, arena| event.replace(arena.incoming(), value(arena)), outcome)
    };
    vec![
        instead(
            "a header of more than 64 KiB that begins with the client's certificate",
            |arena| arena.clients() + &"%0A".repeat(64 * 1024 / 3),
            size,
        ),
        instead(
            "a certificate of more than 16 KiB behind the client's",
            |arena| {
                let request = arena.cast.pki.issuing.leaf("long", valid());
                let name = |number| format!("{number:0>60}.example.com");
                let request = (0..300).fold(request, |request, number| request.dns(&name(number)));
                arena.clients() + &header(&[request.issue().unwrap().der()])
            },
            size,
        ),
        instead(
            "seventeen certificates, the client's first",
            |arena| arena.clients() + &arena.victims().repeat(15),
            depth,
        ),
        instead(
            "sixteen certificates, the client's first",
            |arena| arena.clients() + &header(&[arena.cast.victim.der()]).repeat(14),
            Forwarded(Client),
        ),
        row(
            "a copy of more than 64 KiB under another managed name",
            |event, arena| event.add("client-cert", arena.victims().repeat(60)),
            Forwarded(Client),
        ),
        row(
            "twenty-five thousand headers",
            |event, _| (0..25_000).for_each(|number| event.add(&format!("x-{number}"), "")),
            Refused(400, "BadRequest"),
        ),
    ]
}

/// `Connection` that names what it must not take along.
pub(crate) fn connections() -> Vec<Row> {
    let names = |name: &'static str, connection: fn(&str) -> String| {
        let forge = move |event: &mut Event, arena: &Arena| {
            for managed in arena.managed_names() {
                event.add("connection", connection(&managed));
            }
        };
        row(name, forge, Forwarded(Client))
    };
    let value = |value: &'static str| {
        let forge = move |event: &mut Event, _: &Arena| {
            for (name, value) in [
                ("authorization", "Bearer token"),
                ("cookie", "a=b"),
                ("content-type", "text/plain"),
            ] {
                event.add(name, value);
            }
            event.add("Connection", value);
        };
        row(format!("Connection: {value:?}"), forge, Forwarded(Client))
    };
    vec![
        names("Connection names the managed headers", str::to_owned),
        names("Connection names them in odd case", |name| {
            name.replace(['c', 'x', 'm'], "X").to_uppercase()
        }),
        names("Connection names them in upper case", str::to_uppercase),
        names("Connection names them in quotes", |name| format!("\"{name}\"")),
        names("Connection names them among spaces and tabs", |name| format!(" \t, {name}\t ,, ")),
        names("Connection names them with underscores", |name| name.replace('-', "_")),
        names("Connection names them with spaces", |name| name.replace('-', " ")),
        names("Connection names them with parameters", |name| format!("close;{name}, {name};q=1")),
        names("Connection names them after bytes that are no ASCII", |name| {
            format!("\u{a0}{name}")
        }),
        value("host"),
        value("close, HOST"),
        value("Host , authorization,Cookie"),
        value("\"host\", 'host', host;q=1"),
        value("x-forwarded-for, x-forwarded-proto, x-forwarded-port"),
        value("X_Forwarded_For, X.Forwarded.Proto, X-AMZN-TRACE-ID"),
        value("content-length, content-type, transfer-encoding, connection"),
        value("keep-alive, upgrade, te, trailer"),
        value(""),
        value(",,, ,"),
        row(
            "three hundred Connection headers",
            |event, arena| {
                let managed = arena.managed_names();
                for number in 0..300 {
                    event.add("connection", managed[number % managed.len()].clone());
                    event.add("CONNECTION", "host, x-forwarded-proto");
                }
            },
            Forwarded(Client),
        ),
        row(
            "Connection in another spelling",
            |event, arena| {
                event.add("proxy-connection", format!("host, {}", arena.outgoing()));
                event.add("keep_alive", arena.outgoing());
            },
            Forwarded(Client),
        ),
    ]
}

/// What ends a line or a text, in every place of a request.
pub(crate) fn controls() -> Vec<Row> {
    type Place = (&'static str, fn(&mut Event, &Arena, String), Outcome);
    let bad = Refused(400, "BadRequest");
    let ambiguous = Refused(400, "AmbiguousTarget");
    let places: [Place; 9] = [
        ("a header's name", |event, arena, text| event.add(&text, arena.victims()), bad),
        ("a header's value", |event, _, text| event.add("x-mine", text), bad),
        ("a managed header's value", |event, _, text| event.add("client-cert", text), bad),
        (
            "the certificate's value",
            |event, arena, text| event.replace(arena.incoming(), arena.clients() + &text),
            bad,
        ),
        ("the host", |event, _, text| event.replace("host", text), bad),
        ("the path", |event, _, text| event.path = format!("/{text}"), ambiguous),
        ("a query's key", |event, _, text| event.query = vec![(text, String::new())], ambiguous),
        ("a query's value", |event, _, text| event.query = vec![("k".to_owned(), text)], ambiguous),
        ("the method", |event, _, text| event.method = text, bad),
    ];
    let controls = [
        ("CR", "\r"),
        ("LF", "\n"),
        ("CRLF", "\r\n"),
        ("a folded line", "\r\n "),
        ("two line ends", "\r\n\r\n"),
        ("NUL", "\0"),
        ("a vertical tab", "\u{b}"),
        ("DEL", "\u{7f}"),
    ];
    let mut rows = Vec::new();
    for (place, put, outcome) in places {
        for (control, text) in controls {
            let forge = move |event: &mut Event, arena: &Arena| {
                put(event, arena, format!("a{text}{}:forged", arena.outgoing()));
            };
            rows.push(row(format!("{control} in {place}"), forge, outcome));
        }
    }
    // Letters whose code ends in that of a line end, for whoever cuts them short, and escaped line ends.
    rows.push(row(
        "letters that end like CRLF in a value, the path and the query",
        |event, arena| {
            let text = format!("a\u{10d}\u{10a}{}:forged", arena.outgoing());
            event.add("x-mine", text.clone());
            event.path = format!("/{text}");
            event.query = vec![("k".to_owned(), text)];
        },
        Forwarded(Client),
    ));
    rows.push(row(
        "escaped CRLF in a value, the path and the query",
        |event, arena| {
            let text = format!("a%0d%0a{}:forged", arena.outgoing());
            event.add("x-mine", text.clone());
            event.path = format!("/{text}");
            event.query = vec![("k".to_owned(), text)];
        },
        Forwarded(Client),
    ));
    rows
}

/// Targets that name another host or another place; `EVIL` stands for a listener that is really there.
pub(crate) fn targets() -> Vec<Row> {
    let path = |path: &'static str, outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.path = path.replace("EVIL", &arena.evil())
        };
        row(format!("the path {path:?}"), forge, outcome)
    };
    let method = |method: &'static str, target: &'static str, outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.method = method.to_owned();
            event.path = target.replace("EVIL", &arena.evil());
        };
        row(format!("the method {method:?} for {target:?}"), forge, outcome)
    };
    let query = |key: &'static str, value: &'static str, outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.query = vec![(key.to_owned(), value.replace("EVIL", &arena.evil()))];
        };
        row(format!("the query {key:?} = {value:?}"), forge, outcome)
    };
    let ambiguous = Refused(400, "AmbiguousTarget");
    let bad = Refused(400, "BadRequest");
    let forwarded = Forwarded(Client);
    vec![
        path("//EVIL/", forwarded),
        path("///EVIL/", forwarded),
        path("/\\EVIL/", forwarded),
        path("/@EVIL/", forwarded),
        path("/:80@EVIL/", forwarded),
        path("/..//EVIL", forwarded),
        path("/.//EVIL/%2e%2e/", forwarded),
        path("/http://EVIL/", forwarded),
        path("/%2f%2fEVIL%00", forwarded),
        path("http://EVIL/", ambiguous),
        path("https://EVIL", ambiguous),
        path("@EVIL", ambiguous),
        path(":80@EVIL/", ambiguous),
        path(".EVIL/", ambiguous),
        path("\\\\EVIL", ambiguous),
        path("EVIL", ambiguous),
        path("", ambiguous),
        path("?u=http://EVIL/", ambiguous),
        path("/api?u=http://EVIL/", ambiguous),
        path("/api#@EVIL/", ambiguous),
        path("/api HTTP/1.1", ambiguous),
        path("/api\tHTTP/1.1", ambiguous),
        method("CONNECT", "EVIL", bad),
        method("CONNECT", "/api", bad),
        method("connect", "/api", forwarded),
        method("OPTIONS", "*", ambiguous),
        method("OPTIONS", "/*", forwarded),
        method("PRI", "*", ambiguous),
        method("TRACE", "/api", forwarded),
        method("GET http://EVIL/ HTTP/1.1", "/api", bad),
        method("GET\t", "/api", bad),
        method("", "/api", bad),
        query("u", "http://EVIL/@EVIL?a=b", forwarded),
        query("?", "?", forwarded),
        query("", "", forwarded),
        query("a", "b#c", ambiguous),
        query("a#", "b", ambiguous),
        query("a", "b&c=d", ambiguous),
        query("a=b", "c", ambiguous),
        query("a", "b HTTP/1.1", ambiguous),
    ]
}

/// A body that looks like a second request, and headers that would end the first one early or late.
pub(crate) fn framings() -> Vec<Row> {
    let framed = |name: &'static str, headers: &'static [(&'static str, &'static str)], outcome| {
        let forge = move |event: &mut Event, arena: &Arena| {
            let (evil, victims) = (arena.evil(), arena.victims());
            event.method = "POST".to_owned();
            event.body = format!(
                "0\r\n\r\nGET /admin HTTP/1.1\r\nhost: {evil}\r\n{}: {victims}\r\n\r\n",
                arena.outgoing()
            );
            headers.iter().for_each(|(name, value)| event.add(name, *value));
        };
        row(format!("a second request in the body, {name}"), forge, outcome)
    };
    let forwarded = Forwarded(Client);
    let mut rows = vec![
        framed("and nothing else", &[], forwarded),
        framed("a length of 0", &[("content-length", "0")], forwarded),
        framed("a length of 5", &[("content-length", "5")], forwarded),
        framed("a length over its own", &[("content-length", "99999")], forwarded),
        framed("two lengths", &[("content-length", "0"), ("Content-Length", "5")], forwarded),
        framed("lengths in a list", &[("content-length", "5, 5")], forwarded),
        framed("a length with a sign", &[("content-length", "+5")], forwarded),
        framed("a length in hexadecimal", &[("content-length", "0x5")], forwarded),
        framed("an empty length", &[("content-length", "")], forwarded),
        framed("chunked", &[("transfer-encoding", "chunked")], forwarded),
        framed(
            "chunked, and a length",
            &[("content-length", "5"), ("transfer-encoding", "chunked")],
            forwarded,
        ),
        framed(
            "chunked and something else",
            &[("Transfer-Encoding", "identity"), ("transfer-encoding", "CHUNKED")],
            forwarded,
        ),
        framed("xchunked", &[("transfer-encoding", "xchunked")], forwarded),
        framed("chunked in a list", &[("transfer-encoding", "gzip, chunked, identity")], forwarded),
        framed("chunked after a tab", &[("transfer-encoding", "\tchunked")], forwarded),
        framed("chunked in quotes", &[("transfer-encoding", "\"chunked\"")], forwarded),
        framed(
            "chunked after a vertical tab",
            &[("transfer-encoding", "\u{b}chunked")],
            Refused(400, "BadRequest"),
        ),
        framed(
            "chunked and a length in other spellings",
            &[
                ("Transfer_Encoding", "chunked"),
                ("transfer.encoding", "chunked"),
                ("TRANSFER~ENCODING", "chunked"),
                ("content_length", "5"),
                ("Content.Length", "5"),
            ],
            forwarded,
        ),
        framed(
            "chunked and a length that Connection names",
            &[
                ("connection", "transfer-encoding, content-length"),
                ("transfer-encoding", "chunked"),
                ("content-length", "5"),
            ],
            forwarded,
        ),
        framed("100-continue", &[("expect", "100-continue"), ("content-length", "5")], forwarded),
    ];
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "get", "TRACE"] {
        let forge = move |event: &mut Event, _: &Arena| {
            event.method = method.to_owned();
            event.body = "GET /admin HTTP/1.1\r\nhost: evil\r\n\r\n".to_owned();
            event.add("content-length", "0");
        };
        rows.push(row(format!("a second request in the body of {method}"), forge, forwarded));
    }
    rows
}

/// Headers that concern one connection, and such as change what a request is.
pub(crate) fn hops() -> Vec<Row> {
    let with = |headers: &'static [(&'static str, &'static str)]| {
        let name = headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let forge = move |event: &mut Event, _: &Arena| {
            headers.iter().for_each(|(name, value)| event.add(name, *value));
        };
        row(name.collect::<Vec<_>>().join("; "), forge, Forwarded(Client))
    };
    vec![
        with(&[("te", "trailers"), ("trailer", "x-amzn-mtls-clientcert")]),
        with(&[
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-version", "13"),
        ]),
        with(&[
            ("upgrade", "h2c"),
            ("connection", "Upgrade, HTTP2-Settings"),
            ("http2-settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ]),
        with(&[("http2_settings", "AAMAAABk"), ("Proxy_Connection", "host"), ("KEEP.ALIVE", "1")]),
        with(&[("content-length", "5")]),
        with(&[("content-length", "5"), ("transfer-encoding", "chunked")]),
        with(&[("content_length", "5"), ("Content.Length", "5"), ("transfer_encoding", "chunked")]),
        with(&[("expect", "100-continue")]),
        with(&[("expect", "202-forged")]),
        with(&[("proxy-authorization", "Basic eA=="), ("proxy-authenticate", "Basic")]),
        with(&[
            ("x-http-method-override", "DELETE"),
            ("x-http-method", "DELETE"),
            ("x-method-override", "PUT"),
        ]),
        with(&[
            ("x-original-url", "/admin"),
            ("x-rewrite-url", "/admin"),
            ("x-original-uri", "/admin"),
        ]),
        with(&[("max-forwards", "0"), ("via", "1.1 evil"), ("alt-used", "evil:80")]),
    ]
}

/// Hosts: the gateway is told what the client wrote, and the function goes nowhere else.
pub(crate) fn hosts() -> Vec<Row> {
    let host = |host: &'static str| {
        let forge = move |event: &mut Event, arena: &Arena| {
            event.replace("host", host.replace("EVIL", &arena.evil()));
        };
        row(format!("the host {host:?}"), forge, Forwarded(Client))
    };
    let second = |name: &'static str| {
        let forge = move |event: &mut Event, arena: &Arena| event.add(name, arena.evil());
        row(format!("a second host as {name}"), forge, Refused(400, "BadRequest"))
    };
    vec![
        second("host"),
        second("Host"),
        second("HOST"),
        row(
            "a second host before the first",
            |event, arena| event.add_before("host", arena.evil()),
            Refused(400, "BadRequest"),
        ),
        host("EVIL"),
        host("api.example.com:8080"),
        host("api.example.com@EVIL"),
        host("victim:secret@EVIL"),
        host("http://EVIL/"),
        host("api.example.com, EVIL"),
        host(""),
        row("no host", |event, _| event.remove("host"), Forwarded(Client)),
        row(
            "hosts in other headers",
            |event, arena| {
                for name in ["x-forwarded-host", "x-host", "x-original-host", "forwarded"] {
                    event.add(name, format!("host={}", arena.evil()));
                }
            },
            Forwarded(Client),
        ),
    ]
}

/// Requests that came through another listener, or say so.
pub(crate) fn listeners() -> Vec<Row> {
    let refused = Refused(403, "HttpsRequired");
    let proto = |proto: &'static str, outcome| {
        let forge = move |event: &mut Event, _: &Arena| event.replace("x-forwarded-proto", proto);
        row(format!("x-forwarded-proto: {proto:?}"), forge, outcome)
    };
    vec![
        proto("http", refused),
        proto("HTTPS", refused),
        proto("https, http", refused),
        proto("http,https", refused),
        proto("", refused),
        proto(" https", refused),
        row(
            "x-forwarded-proto twice, http second",
            |event, _| event.add("x-forwarded-proto", "http"),
            refused,
        ),
        row(
            "x-forwarded-proto twice, http first and in odd case",
            |event, _| event.add_before("X-Forwarded-Proto", "http"),
            refused,
        ),
        row(
            "x-forwarded-proto twice, https both times",
            |event, _| event.add("x-forwarded-proto", "https"),
            refused,
        ),
        row("no x-forwarded-proto", |event, _| event.remove("x-forwarded-proto"), refused),
        row(
            "no x-forwarded-proto but in another spelling",
            |event, _| {
                event.remove("x-forwarded-proto");
                event.add("x_forwarded_proto", "https");
            },
            refused,
        ),
        row(
            "x-forwarded-proto: http with https in another spelling",
            |event, _| {
                event.replace("x-forwarded-proto", "http");
                event.add("x_forwarded_proto", "https");
            },
            refused,
        ),
        row(
            "the health check's agent through a listener",
            |event, _| event.add("user-agent", "ELB-HealthChecker/2.0"),
            Forwarded(Client),
        ),
        row(
            "the health check's agent, and no listener",
            |event, _| {
                event.add("user-agent", "ELB-HealthChecker/2.0");
                event.remove("x-forwarded-proto");
            },
            AnsweredHere,
        ),
    ]
}

/// Events that say two things at once, or none.
pub(crate) fn events() -> Vec<Row> {
    let bad = Refused(400, "BadRequest");
    vec![
        row(
            "both maps, the victim's certificate in the other one",
            |event, arena| {
                let mut other = event.headers.clone();
                other.retain(|(name, _)| name != arena.incoming());
                other.push((arena.incoming().to_owned(), arena.victims()));
                event.other_map = Some(other);
            },
            bad,
        ),
        row("both maps, the other one empty", |event, _| event.other_map = Some(Vec::new()), bad),
        row("no header at all", |event, _| event.headers.clear(), Refused(403, "HttpsRequired")),
        row(
            "a body that is said to be base64 and is none",
            |event, _| {
                event.body = "GET / HTTP/1.1\r\n".to_owned();
                event.is_base64_encoded = true;
            },
            bad,
        ),
    ]
}

/// The row for a client that presents no certificate.
pub(crate) fn without_certificate(row: Row, outcome: Outcome) -> Row {
    let Row { name, change, .. } = row;
    let change = Box::new(move |event: &mut Event, arena: &Arena| {
        event.remove(arena.incoming());
        change(event, arena);
    });
    Row { name: format!("{name}, and no certificate"), change, outcome }
}
