//! Blocks that run at once, on one thread: whichever pipe of whichever block may go on takes the next step.

use super::queues::{Clock, Lane, Queues, Stretch};
use super::{Latches, OUTPUT_FIRST, Order};
use crate::unit::{Fault, Unit};

/// Where the flags of a block are, and where its times are written down, if they are.
pub(super) type Of<'a> = (&'a Latches, Option<Clock<'a>>);

/// Runs what all blocks have recorded and not run yet, in an order that is not [`Order::Early`]. What each of them is `of` goes by block.
pub(super) fn run(
    units: &mut [Unit],
    of: &[Of<'_>],
    order: Order,
    random: &mut fastrand::Rng,
) -> Result<(), Fault> {
    let programs = units.iter_mut().map(|unit| (&unit.memory, unit.recording.get_mut()));
    let recorders = programs.filter_map(|(memory, recording)| {
        recording.recorder.as_mut().map(|recorder| (memory, recorder))
    });
    let mut recorders: Vec<_> = recorders.collect();
    let latches: Vec<_> = recorders
        .iter()
        .zip(of)
        .map(|((_, recorder), (latches, _))| latches.of(&recorder.program))
        .collect();
    let stretches = recorders.iter().zip(&latches).map(|((memory, recorder), latches)| {
        Stretch::of(&recorder.program, recorder.done, memory, latches).collect()
    });
    let stretches: Vec<Vec<_>> = stretches.collect();
    let mut blocks: Vec<_> = stretches
        .iter()
        .zip(of)
        .map(|(stretches, &(_, clock))| Block { stretches, clock, now: None, steps: 0 })
        .collect();
    loop {
        for (number, block) in blocks.iter_mut().enumerate() {
            block.go_on().map_err(|fault| Fault { block: number, ..fault })?;
        }
        let Some((block, lane)) = choose(&blocks, order, random) else { break };
        let block = &mut blocks[block];
        block.steps += 1;
        if let Some(queues) = &block.now {
            queues.turn(lane);
        }
    }
    drop(blocks);
    drop(stretches);
    drop(latches);
    recorders.iter_mut().for_each(|(_, recorder)| recorder.all_ran());
    Ok(())
}

/// A block: what lies between two barriers on all of its pipes is a stretch.
struct Block<'p> {
    stretches: &'p [Stretch<'p>],
    clock: Option<Clock<'p>>,
    now: Option<Queues<'p>>,
    /// How many it has taken.
    steps: usize,
}

impl Block<'_> {
    /// Goes on to the next stretch, if one has come to its end.
    fn go_on(&mut self) -> Result<(), Fault> {
        while self.now.as_ref().is_none_or(|queues| queues.ready().count() == 0) {
            if let Some(fault) = self.now.take().and_then(Queues::into_fault) {
                return Err(fault);
            }
            let Some((first, rest)) = self.stretches.split_first() else { return Ok(()) };
            self.stretches = rest;
            self.now = Some(Queues::new(first, self.clock));
        }
        Ok(())
    }

    fn has(&self, lane: Lane) -> bool {
        self.now.as_ref().is_some_and(|queues| queues.ready().contains(lane))
    }
}

/// A pipe that may go on, and its block.
fn choose(blocks: &[Block<'_>], order: Order, random: &mut fastrand::Rng) -> Option<(usize, Lane)> {
    if let Order::Random(_) = order {
        let ready = |block: &Block<'_>| block.now.as_ref().map_or(0, |now| now.ready().count());
        let all: usize = blocks.iter().map(ready).sum();
        let mut left = random.usize(..all.max(1));
        for (number, block) in blocks.iter().enumerate() {
            match &block.now {
                Some(now) if left < now.ready().count() => {
                    return Some((number, now.ready().nth(left)));
                }
                _ => left -= ready(block),
            }
        }
        return None;
    }
    OUTPUT_FIRST.into_iter().map(|pipe| Lane::new(0, pipe)).find_map(|lane| {
        let have = (0..blocks.len()).rev().filter(|&block| blocks[block].has(lane));
        have.min_by_key(|&block| blocks[block].steps).map(|block| (block, lane))
    })
}
