//! Until a version is the current one: Secrets Manager promises it only after a while.

use std::{io::Write, time::Duration};

use tokio::time;

use super::{failure::Failure, secret::Secret};

/// Between two looks. Each is a start of `aws`, which takes about as long.
const PAUSE: Duration = Duration::from_secs(1);

/// What came of a version that was put.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    Current,
    /// It no longer is: the version of somebody else is.
    Overtaken(String),
    NotYet,
}

/// Looks until the version `id` is current, for as long as `aws` has patience for one call.
pub(super) async fn until_current(
    secret: &Secret<'_>,
    id: &str,
    before: Option<&str>,
    err: &mut dyn Write,
) -> Result<Arrival, Failure> {
    let looks = async {
        loop {
            match secret.current(err).await?.map(|version| version.id) {
                Some(current) if current == id => return Ok(Arrival::Current),
                Some(other) if Some(other.as_str()) != before => {
                    return Ok(Arrival::Overtaken(other));
                }
                _ => {}
            }
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(err, "waiting until version {id} is current …");
            time::sleep(PAUSE).await;
        }
    };
    time::timeout(secret.aws.patience, looks).await.unwrap_or(Ok(Arrival::NotYet))
}
