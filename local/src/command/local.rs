//! `alb-mtls local`: the load balancer, and everything behind it, until Ctrl-C.

mod greeting;
mod options;
mod scene;

use std::{io, pin::pin};

pub(crate) use self::options::Local;
use self::scene::Scene;
use super::{error::CommandError, interrupt::interrupted, outcome::Outcome, terminal::Terminal};

impl Local {
    pub(crate) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        log_warnings();
        let mut interrupted = pin!(interrupted()?);
        let mut scene = Scene::set(&self).await?;
        greeting::write(&self, &scene, terminal.out)?;
        loop {
            tokio::select! {
                Some(entry) = scene.entries.recv() => writeln!(terminal.out, "{entry}")?,
                () = &mut interrupted => return Ok(Outcome::Yes),
            }
        }
    }
}

/// What the stand-ins have to say that no line of a request holds, such as a failed handshake.
fn log_warnings() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(io::stderr)
        .with_target(false)
        .without_time()
        .init();
}
