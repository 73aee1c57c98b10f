//! Judges what a launch on several cores issued: races of cores, credits, counts, flags, meetings, circles of waits.
//!
//! Each core is judged as a program of its own, with what it learns from the others; and the cores are judged together. As on one core,
//! one run decides: a counter is taken down by one pipe alone and nothing depends on data, so the launch is a Kahn network, and either
//! all schedules come to an end or none does. What breaks that, two pipes that use one counter, is a finding itself.

mod counts;
mod fifos;
mod meetings;
pub(in crate::exec) mod network;
mod owners;
mod races;
mod stuck;
mod talk;
mod told;

use counts::Counts;
use network::Network;
use races::CoreRaces;
use stuck::Standstill;
use talk::{Talk, Wide};
use told::Told;

use super::channels::Channels;
use super::findings::Findings;
use super::flags::{self, Flags};
use super::order::{Step, Walk};
use super::races::Races;
use super::units::Units;
use super::{Verdict, deadlock, placement};
use crate::op::Pipe;
use crate::program::{ClusterProgram, Cross, InstrKind};

/// Checks what a launch on several cores issued. As [`check`](super::check), and exact as it is.
///
/// Two cores may race through a tensor or a FIFO's slots; FIFOs and flags must count alike on both sides, and leave nothing raised;
/// cores may wait for each other. What one core does wrong on its own is found as well.
///
/// ```
/// use tilesync::exec::check::{Code, check_cluster};
/// use tilesync::program::{ClusterProgram, Core, Direction};
/// # use tilesync::{chip::ChipId, op::OpCode::*, op::Pipe::*, raw::{Block, Fifos}, tile::{DtypeId::F32, Space}};
/// let mut fifos = Fifos::new();
/// let qk = fifos.add("qk", Direction::CubeToVector, 2, 1024, 0);
///
/// let mut cube = Block::on_core(ChipId::A2A3, Core::Cube, &fifos);
/// let acc = cube.tile("acc", Space::Acc, 0x0, F32, 16, 16);
/// cube.filled(acc);
/// cube.talloc(qk);
/// cube.op(TSTORE_ACC, [cube.slot(qk, 0)], [acc]);
/// cube.tpush(qk);
/// cube.drain(qk);
///
/// let vector = |reads_too_early: bool| {
///     let mut v = Block::on_core(ChipId::A2A3, Core::Vector0, &fifos);
///     let a = v.tile("a", Space::Vec, 0x0, F32, 16, 16);
///     if reads_too_early { v.op(TLOAD, [a], [v.slot(qk, 0)]) }
///     v.tpop(qk);
///     if !reads_too_early { v.op(TLOAD, [a], [v.slot(qk, 0)]) }
///     v.tfree(qk);
///     v.finish()
/// };
/// let cube = cube.finish();
/// assert!(check_cluster(&ClusterProgram::of_block([cube.clone(), vector(false)])).is_clean());
/// assert!(check_cluster(&ClusterProgram::of_block([cube, vector(true)])).has(Code::CoresRace));
/// ```
#[must_use]
pub fn check_cluster(launch: &ClusterProgram) -> Verdict {
    let network = Network::new(launch);
    let mut told = Told::new(&network);
    let mut alone: Vec<_> =
        network.cores.iter().map(|member| Findings::new(member.program)).collect();
    let parts = Parts::new(&network);
    for ((core, findings), channels) in network.cores.iter().zip(&mut alone).zip(&parts.channels) {
        placement::report(core.program, findings);
        flags::count(core.program, channels, findings);
    }
    let mut between = CoreRaces::new(&network);
    let mut races: Vec<_> = network.cores.iter().map(|core| Races::new(core.program)).collect();
    let with_channels = network.cores.iter().zip(&parts.channels);
    let mut flags: Vec<_> =
        with_channels.map(|(core, channels)| Flags::new(core.program, channels, false)).collect();
    let stop = parts.run(&network, |core, step, known| match &step.instr.kind {
        InstrKind::Op(op) => {
            races[core].op(step, op, &mut alone[core]);
            flags[core].op(step, op, &mut alone[core]);
            between.op(core, (step, known), op, &mut told);
        }
        InstrKind::Set(flag) => flags[core].set(step, flag, &mut alone[core]),
        InstrKind::Wait(flag) => flags[core].wait(step, flag),
        InstrKind::Cross(Cross::Cache { operand }) => {
            between.clean(core, *operand, step.when, known);
        }
        InstrKind::Barrier | InstrKind::BarrierAll | InstrKind::Cross(_) => {}
    });
    for ((core, findings), (units, end)) in
        network.cores.iter().zip(&mut alone).zip(parts.units.iter().zip(&stop.ends))
    {
        deadlock::report(core.program, units, end, findings);
    }
    for (core, findings) in alone.into_iter().enumerate() {
        told.of_core(core, findings.finish());
    }
    owners::ranges(&network, &mut told);
    let counts = Counts::new(&network);
    owners::report(&network, &counts.uses, &mut told);
    owners::mixed(&network, stop.talk.mixed(), &mut told);
    fifos::report(&network, &mut told);
    counts.report(&mut told);
    meetings::report(&network, &mut told);
    stuck::report(launch, &parts, &stop, &mut told);
    Verdict { findings: told.finish() }
}

/// What is known of each core's program before it is walked.
struct Parts {
    channels: Vec<Channels>,
    units: Vec<Units>,
}

impl Parts {
    fn new(network: &Network<'_>) -> Self {
        let programs = || network.cores.iter().map(|core| core.program);
        Parts {
            channels: programs().map(Channels::new).collect(),
            units: programs().map(Units::new).collect(),
        }
    }

    /// Runs all cores side by side, as far as they come.
    fn run<'n, 'p>(
        &self,
        network: &'n Network<'p>,
        mut visit: impl FnMut(usize, &Step<'_>, &Wide),
    ) -> Standstill<'n, 'p> {
        let lanes = network.cores.len() * Pipe::COUNT;
        let walk = |core: usize| {
            let (channels, units) = (&self.channels[core], &self.units[core]);
            let nothing = Wide::nothing(lanes);
            Walk::new(network.cores[core].program, channels, units, nothing, core * Pipe::COUNT)
        };
        let mut walks: Vec<_> = (0..network.cores.len()).map(walk).collect();
        let mut talk = Talk::new(network);
        let mut ended = 0;
        loop {
            let mut ran = false;
            for (core, walk) in walks.iter_mut().enumerate() {
                if network.has_started(network.cores[core].block, ended) {
                    ran |= walk.run(&mut talk.of(core), |step, known| visit(core, step, known));
                }
            }
            let still = |block: usize| {
                let of_block =
                    walks.iter().zip(&network.cores).filter(|(_, core)| core.block == block);
                of_block.into_iter().any(|(walk, _)| walk.heads().iter().any(Option::is_some))
            };
            let before = std::mem::replace(
                &mut ended,
                (0..network.blocks()).filter(|&block| !still(block)).count(),
            );
            if !ran && before == ended {
                break;
            }
        }
        let ends = walks.into_iter().map(Walk::end).collect();
        Standstill { network, talk, ends, ended }
    }
}
