//! Awards of a story as they stand, and the job that lets in those that wait.

use ledger::ids::AwardId;
use ledger::machine::{Admission, Award, AwardState, Command};

use crate::story::Story;

impl Story {
    /// An award as it is on record.
    ///
    /// # Panics
    /// When there is none.
    pub async fn recorded(&self, award: AwardId) -> Award {
        let award = self.ledger.award(self.program, award).await;
        award.expect("an answer").expect("an award")
    }

    /// Where an award stands.
    pub async fn state_of(&self, award: AwardId) -> AwardState {
        self.recorded(award).await.state
    }

    /// What the job would let in.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn room(&self) -> Vec<Admission> {
        let now = self.clock.now();
        let queue = self.ledger.queue(self.program, now, None, 200).await;
        queue.expect("an answer").admissions
    }

    /// What the job does; answers with whom it let in.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn let_in(&self) -> Vec<AwardId> {
        let mut let_in = Vec::new();
        for admission in self.room().await {
            let_in.push(admission.award);
            let command = Command::AdmitAward(Box::new(admission));
            let answer = self.execute(self.admin(), None, command).await;
            answer.expect("it is let in");
        }
        let_in
    }
}
