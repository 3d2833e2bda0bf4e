//! Everything that is played in one run.

use super::{
    cast::Cast,
    matrix::{self, Row},
    revocation,
    stage::Stage,
    stories,
    story::Played,
};
use crate::command::{error::CommandError, outcome::Outcome};

#[derive(Debug)]
pub(super) struct Performance {
    pub(super) stories: Vec<Played>,
    pub(super) matrix: Vec<Row>,
}

impl Performance {
    /// Plays the stories on the stage; revocation and matrix bring stages of their own.
    pub(super) async fn give(cast: &Cast, stage: &mut Stage) -> Result<Self, CommandError> {
        let mut stories = Vec::new();
        for story in stories::all(cast)? {
            stories.push(stage.play(story).await?);
        }
        stories.extend(revocation::play(cast).await?);
        Ok(Self { stories, matrix: matrix::play(cast).await? })
    }

    /// Whether all of it came out as it should.
    pub(super) fn outcome(&self) -> Outcome {
        let ok = self.stories.iter().all(Played::is_ok) && self.matrix.iter().all(Row::is_ok);
        if ok { Outcome::Yes } else { Outcome::No }
    }
}
