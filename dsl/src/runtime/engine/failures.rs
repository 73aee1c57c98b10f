//! What a queue knows of its failures: which is not reported yet, whom it must be told, and which
//! points are behind it.

use std::mem;

use super::epoch::Epoch;
use super::job::{Caller, Failure};
use super::sync::Arc;

/// A failure, and whose work came to nothing because of it.
struct Loss {
    caller: Caller,
    /// The count of the task that failed.
    first: u64,
    failure: Failure,
}

/// The failures of one queue. All of it is under the queue's lock.
pub(crate) struct Failures {
    /// The count of the task that failed, and how, until somebody is told of it.
    poison: Option<(u64, Failure)>,
    /// What points belong to that are made now.
    epoch: Arc<Epoch>,
    /// Epochs that ended, each with the count of its last point, while that point is not reached.
    earlier: Vec<(u64, Arc<Epoch>)>,
    /// At most one for each caller.
    losses: Vec<Loss>,
}

/// What is no longer needed. It may be the last that is left of what a user made, whose `Drop` may do
/// anything: it ends after the queue's lock is free.
#[must_use = "it must be dropped when the lock is free"]
#[derive(Default)]
pub(crate) struct Leavings {
    epochs: Vec<(u64, Arc<Epoch>)>,
    losses: Vec<Loss>,
}

impl Failures {
    pub(crate) fn new() -> Self {
        Self {
            poison: None,
            epoch: Arc::new(Epoch::new()),
            earlier: Vec::new(),
            losses: Vec::new(),
        }
    }

    pub(crate) fn epoch(&self) -> Arc<Epoch> {
        Arc::clone(&self.epoch)
    }

    /// The failure that nobody has been told of yet.
    pub(crate) fn poison(&self) -> Option<&Failure> {
        self.poison.as_ref().map(|(_, failure)| failure)
    }

    /// The task that `count` ends with failed, or, without a failure, has its turn behind one. `false`
    /// if there is none that is not reported: the task may be done.
    ///
    /// The first failure of several stands until it is reported.
    pub(crate) fn stop(
        &mut self,
        count: u64,
        failure: Option<&Failure>,
        caller: Option<Caller>,
    ) -> (bool, Leavings) {
        if let (None, Some(failure)) = (&self.poison, failure) {
            self.poison = Some((count, failure.clone()));
        }
        let mut leavings = Leavings::default();
        let Some((first, failure)) = &self.poison else {
            return (false, leavings);
        };
        let over = |(last, _): &mut (u64, _)| *last < count;
        leavings.epochs.extend(self.earlier.extract_if(.., over));
        for epoch in self.earlier.iter().map(|(_, epoch)| epoch).chain([&self.epoch]) {
            epoch.stop(*first, count, failure);
        }
        if let Some(caller) = caller
            && !self.losses.iter().any(|loss| loss.caller == caller)
        {
            let gone = |loss: &mut Loss| !loss.caller.is_alive();
            leavings.losses.extend(self.losses.extract_if(.., gone));
            self.losses.push(Loss { caller, first: *first, failure: failure.clone() });
        }
        (true, leavings)
    }

    /// All tasks are finished: no point of an earlier epoch needs to hear of a failure.
    pub(crate) fn rest(&mut self) -> Leavings {
        Leavings { epochs: mem::take(&mut self.earlier), losses: Vec::new() }
    }

    /// The failure that nobody has been told of, else one that the caller has not been told of.
    /// `submitted` tasks were ever added.
    pub(crate) fn report(
        &mut self,
        submitted: u64,
        caller: Option<Caller>,
    ) -> (Option<Failure>, Leavings) {
        let mut leavings = Leavings::default();
        let poison = self.clear(submitted);
        let first = poison.as_ref().map(|(first, _)| *first);
        let told = |loss: &mut Loss| {
            Some(loss.caller) == caller && first.is_none_or(|first| loss.first == first)
        };
        leavings.losses.extend(self.losses.extract_if(.., told));
        let own = leavings.losses.first().map(|loss| loss.failure.clone());
        (poison.map(|(_, failure)| failure).or(own), leavings)
    }

    /// As [`report`](Self::report), to somebody who knows of the failure from a point at `count`.
    pub(crate) fn report_at(&mut self, count: u64, submitted: u64) -> Option<(u64, Failure)> {
        // What failed behind the point is another failure; one before it was reported already.
        let own = self.poison.as_ref().is_some_and(|(first, _)| *first <= count);
        own.then(|| self.clear(submitted)).flatten()
    }

    fn clear(&mut self, submitted: u64) -> Option<(u64, Failure)> {
        let poison = self.poison.take()?;
        let ended = mem::replace(&mut self.epoch, Arc::new(Epoch::new()));
        self.earlier.push((submitted, ended));
        Some(poison)
    }
}
