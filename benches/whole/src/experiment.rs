//! What is measured. Each experiment makes tables, and says how far its targets are met.

pub(crate) mod body;
pub(crate) mod concurrency;
pub(crate) mod cost;
pub(crate) mod growth;
pub(crate) mod instructions;
pub(crate) mod memory;
pub(crate) mod profile;
pub(crate) mod remembered;
pub(crate) mod start;
pub(crate) mod warm;
pub(crate) mod without_lambda;

use crate::{
    Fault,
    function::{Environment, Expected, Function, Program},
    gateway::Body,
    programs::Programs,
    report::Report,
    runtime_api::Event,
    world::{Bundle, Chain, Hop, World},
};

/// What a gateway usually answers.
pub(crate) const USUAL: Body = Body::Text(1024);

/// What bodies of requests are made of, where they are text.
const TEXT: &[u8] = b"{\"order\":\"0815\"},";

/// What an experiment works with.
pub(crate) struct Laboratory {
    pub(crate) programs: Programs,
    pub(crate) world: World,
    /// How many times as many repetitions as for a first look.
    pub(crate) thoroughness: usize,
    pub(crate) report: Report,
}

impl Laboratory {
    pub(crate) fn new(thoroughness: usize) -> Result<Self, Fault> {
        let (programs, world) = (Programs::find()?, World::make()?);
        Ok(Self { programs, world, thoroughness, report: Report::default() })
    }

    fn environment(&self) -> Environment {
        self.world.environment(Bundle::One, Hop::Http)
    }

    /// Blocks of one event, over and over.
    fn same(&self, event: &Event, blocks: usize, size: usize) -> Vec<Vec<Event>> {
        vec![vec![event.clone(); size]; blocks * self.thoroughness]
    }
}

/// Starts functions, and has each answer an event until it is warm.
fn warmed_up(
    programs: &[&Program],
    environment: &Environment,
    event: &Event,
) -> Result<Vec<Function>, Fault> {
    let start = |program: &&Program| {
        let function = program.start(environment)?;
        function.play(vec![event.clone(); 100], Expected::Forwarded)?;
        Ok(function)
    };
    programs.iter().map(start).collect()
}

/// An event of a client that presents its certificate and its issuer's.
fn known(world: &World) -> Result<Event, Fault> {
    let (_, chain) = world.client()?;
    chain.event(USUAL, b"")
}

/// Events of many clients, for what the gateway usually answers.
fn events(chains: &[Chain]) -> Result<Vec<Event>, Fault> {
    chains.iter().map(|chain| chain.event(USUAL, b"")).collect()
}

/// Events in blocks of a size.
fn blocks(events: &[Event], size: usize) -> Vec<Vec<Event>> {
    events.chunks(size).map(<[_]>::to_vec).collect()
}
