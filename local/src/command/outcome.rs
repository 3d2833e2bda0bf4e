//! How a command ends that could do its work.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; accepted; as it should be.
    Yes,
    /// Done, and the answer is no.
    No,
}
