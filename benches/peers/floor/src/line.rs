//! The line that the function logs of each request: the same members and about as many bytes, made by one `write!` and
//! written at once. What the function would say of a client, of a bundle and of their ages is text that stands here: so
//! the line costs what any such line costs, and not what there is to say in it. Nothing is escaped.

use std::{
    fmt,
    io::{self, Write},
    time::{Duration, SystemTime},
};

use humantime::format_rfc3339_seconds;

/// What differs from request to request.
pub(crate) struct Line<'a> {
    pub(crate) at: SystemTime,
    pub(crate) request_id: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    /// How long the gateway took.
    pub(crate) gateway: Duration,
    /// How long all of it took.
    pub(crate) duration: Duration,
}

impl Line<'_> {
    /// Writes the line to standard output.
    pub(crate) fn write(self) -> io::Result<()> {
        let Self { at, request_id, method, path, status, gateway, duration } = self;
        let timestamp = format_rfc3339_seconds(at);
        let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let own = Milliseconds(duration.saturating_sub(gateway));
        let (gateway, duration) = (Milliseconds(gateway), Milliseconds(duration));
        let mut line = Vec::with_capacity(2048);
        writeln!(
            line,
            r#"{{"timestamp":"{timestamp}","level":"INFO","message":"request","requestId":"{request_id}","method":"{method}","path":"{path}","status":{status},{CLIENT},"gateway_ms":{gateway},"duration_ms":{duration},"_aws":{{"Timestamp":{since_1970},{METRICS}}},{COUNTS},"AdapterMs":{own},"GatewayMs":{gateway},{AGES}}}"#
        )?;
        io::stdout().lock().write_all(&line)
    }
}

/// Milliseconds, to the thousandth.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.as_millis(), self.0.subsec_micros() % 1000)
    }
}

const CLIENT: &str = r#""client":{"sha256":"8ff3b5a9422b82d19253cd4c9209623b55c574f4faf864f44a2be5b7a6925a8f","subject":"CN=client-1","issuer":"CN=Example Root","serial":"02299F79EFB34CADC92401093016BE1C2E0C6908","not_before":"2026-01-01T00:00:00Z","not_after":"2056-01-01T00:00:00Z","san":[]},"anchor":"051e919c8badbd07c47c2d2a863ce4bdd4556adeaf31e3de5b08a8621e47d835","bundle_versions":["6f1f3c3e-0000-4000-8000-000000000001"]"#;

const METRICS: &str = r#""CloudWatchMetrics":[{"Namespace":"AlbMtlsAdapter","Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Accepted","Unit":"Count"},{"Name":"Refused","Unit":"Count"},{"Name":"WouldRefuse","Unit":"Count"},{"Name":"GatewayErrors","Unit":"Count"},{"Name":"AdapterMs","Unit":"Milliseconds"},{"Name":"GatewayMs","Unit":"Milliseconds"},{"Name":"TrustBundleAge","Unit":"Seconds"},{"Name":"TrustBundleGeneration","Unit":"None"},{"Name":"TrustBundleUnavailable","Unit":"Count"},{"Name":"AnchorDaysLeft","Unit":"None"},{"Name":"LeafDaysLeft","Unit":"None"}]}]"#;

const COUNTS: &str = r#""FunctionName":"alb-mtls-adapter","Accepted":1,"Refused":0,"WouldRefuse":0,"GatewayErrors":0"#;

const AGES: &str = r#""TrustBundleAge":0,"TrustBundleGeneration":1,"TrustBundleUnavailable":0,"AnchorDaysLeft":10626,"LeafDaysLeft":10626"#;
