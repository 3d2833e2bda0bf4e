//! Figures of many repetitions.

use std::time::Duration;

use crate::{
    Fault,
    function::{Expected, Function},
    runtime_api::Event,
};

/// How long events took, and what each cost in processor time.
#[derive(Default)]
pub(crate) struct Sample {
    took: Vec<Duration>,
    /// An event's share, block by block.
    cpu: Vec<Duration>,
}

impl Sample {
    /// The time below which this many of a hundred events lie, in microseconds.
    pub(crate) fn percentile(&self, hundredths: usize) -> f64 {
        microseconds(percentile(&self.took, hundredths))
    }

    /// The processor time of an event, in microseconds: the median of the blocks.
    pub(crate) fn cpu(&self) -> f64 {
        microseconds(percentile(&self.cpu, 50))
    }

    /// A percentile as a multiple of the same one of another sample.
    pub(crate) fn multiple(&self, hundredths: usize, of: &Self) -> f64 {
        self.percentile(hundredths) / of.percentile(hundredths)
    }

    /// The processor time of an event as a multiple of another sample's.
    pub(crate) fn cpu_multiple(&self, of: &Self) -> f64 {
        self.cpu() / of.cpu()
    }

    /// Adds what another one has.
    pub(crate) fn join(&mut self, other: Self) {
        self.took.extend(other.took);
        self.cpu.extend(other.cpu);
    }

    /// Has a function answer a block of events.
    pub(crate) fn block(
        &mut self,
        function: &Function,
        events: Vec<Event>,
        expected: Expected,
    ) -> Result<(), Fault> {
        let before = function.cpu()?;
        let answers = function.play(events, expected)?;
        let cpu = function.cpu()? - before;
        self.add(answers.iter().map(|answer| answer.took).collect(), cpu)
    }

    /// Adds a block: how long each event took, and the processor time of all.
    pub(crate) fn add(&mut self, took: Vec<Duration>, cpu: Duration) -> Result<(), Fault> {
        self.cpu.push(cpu / u32::try_from(took.len())?);
        self.took.extend(took);
        Ok(())
    }
}

/// One sample a function. The functions take turns, block by block, so that whatever the machine does
/// meanwhile is done to all.
pub(crate) fn take_turns(
    functions: &[&Function],
    blocks: impl IntoIterator<Item = Vec<Event>>,
    expected: impl Fn(&Function) -> Expected,
) -> Result<Vec<Sample>, Fault> {
    let mut samples: Vec<Sample> = functions.iter().map(|_| Sample::default()).collect();
    for events in blocks {
        for (function, sample) in functions.iter().zip(&mut samples) {
            sample.block(function, events.clone(), expected(function))?;
        }
    }
    Ok(samples)
}

/// The time below which this many of a hundred lie.
pub(crate) fn percentile(times: &[Duration], hundredths: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = sorted.len().saturating_sub(1) * hundredths / 100;
    sorted.get(at).copied().unwrap_or_default()
}

/// In microseconds.
pub(crate) fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_times_in_order() {
        let times: Vec<_> = (1..=101).rev().map(Duration::from_micros).collect();
        assert_eq!(percentile(&times, 50), Duration::from_micros(51));
        assert_eq!(percentile(&times, 99), Duration::from_micros(100));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
