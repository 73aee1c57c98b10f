//! Several cores that really run concurrently.

use std::sync::Mutex;
use std::time::Instant;

use super::latch::Latch;
use super::queues::{Clock, Entry, Lane, Meeting, Queues, Stretch};
use super::{Pipelined, work};
use crate::chip::ChipId;
use crate::exec::LaunchError;
use crate::exec::cluster::{Cluster, Hosts, bind, check, launched, record, units};
use crate::exec::timeline::Timeline;
use crate::global::Args;
use crate::op::Pipe;
use crate::program::{ClusterProgram, Core, Cross, Fifo, InstrKind, Program};
use crate::unit::{Fault, Unit};

/// What a pipelined launch on several cores issued.
#[derive(Clone, Debug)]
pub struct ClusterReport {
    /// The programs of the cores of each block.
    pub program: ClusterProgram,
    /// When each op of the watched block ran, and which pipe waited for which flag or message; a part for each core.
    pub timeline: Timeline,
}

impl Pipelined {
    /// Runs `cluster` for each block of `grid`, with the arguments of its cube side and of its vector side, and reports what it issued.
    ///
    /// Blocks run one after the other; within a block, ops of all pipes of all cores run at once, in this [`Order`](super::Order). Where a
    /// core waits for another one, the pipe waits that uses the slot, and not the scalar pipe: more schedules than a2a3 has, whose
    /// results are the same bits.
    ///
    /// # Errors
    ///
    /// As [`Eager::launch_cluster`](crate::Eager::launch_cluster).
    #[expect(clippy::needless_pass_by_value, reason = "an output is passed to one launch only")]
    pub fn launch_cluster<'h, C: Cluster>(
        &self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Result<ClusterReport, LaunchError> {
        let args: Hosts<'_, 'h, C> = (&cube, &vector);
        check::<C>(grid, args)?;
        let mut units = units::<C>(grid);
        let blocks: Result<Vec<_>, LaunchError> =
            (0..grid).map(|block| Ok(record(cluster, &mut units, args, block)?.programs)).collect();
        let blocks = blocks?;
        let watch = self.watch.min(grid - 1);
        let lanes = units.cores.len() * Pipe::COUNT;
        let spans: Vec<_> = std::iter::repeat_with(Mutex::default).take(lanes).collect();
        let clock = Clock { start: Instant::now(), spans: &spans };
        for (block, programs) in blocks.iter().enumerate() {
            bind::<C>(&mut units, args, block);
            self.run_cores(block, programs, &units.cores, (block == watch).then_some(clock))?;
        }
        let cores: Vec<_> = blocks[watch].iter().map(|program| program.core).collect();
        let timeline = Timeline::new(watch, &cores, &blocks[watch][0].fifos, &spans);
        Ok(ClusterReport { program: launched(blocks), timeline })
    }

    fn run_cores(
        &self,
        block: usize,
        programs: &[Program],
        units: &[Unit],
        clock: Option<Clock<'_>>,
    ) -> Result<(), Fault> {
        let latches: Vec<Vec<Latch>> = programs.iter().map(latches).collect();
        let cores = programs.iter().zip(units).zip(&latches).map(|((program, unit), latches)| {
            Stretch { program, instrs: &program.instrs, memory: &unit.memory, latches }
        });
        let cores: Vec<_> = cores.collect();
        let (queues, meetings) = Meetings::of(programs);
        let queues = Queues::of_cores(&cores, queues, &meetings, clock);
        work(&queues, self.order, &mut self.random(block), cores.len());
        queues.into_fault().map_or(Ok(()), |fault| Err(Fault { block, ..fault }))
    }
}

fn latches(program: &Program) -> Vec<Latch> {
    std::iter::repeat_with(Latch::default).take(program.flag_count as usize).collect()
}

/// Where the cores of a block meet: for each message, each core that pushes it, each that pops it, and each way, one flag.
struct Meetings<'p> {
    programs: &'p [Program],
    meetings: Vec<Meeting>,
    /// By FIFO, message, producer, consumer: ready, and free.
    first: Vec<u32>,
}

impl<'p> Meetings<'p> {
    /// The queues of all lanes, and the flags.
    fn of(programs: &'p [Program]) -> (Vec<Vec<Entry>>, Vec<Meeting>) {
        let fifos = programs.first().map_or(&[][..], |program| &program.fifos);
        let (mut first, mut all) = (Vec::new(), Vec::new());
        let nobody = Lane::new(0, Pipe::S);
        for (fifo, _) in (0..).zip(fifos) {
            let messages = programs.iter().map(|program| messages(program, fifo)).max();
            first.push(all.len() as u32);
            let ways = messages.unwrap_or(0) as usize * 2 * programs.len() * programs.len();
            let meeting = || Meeting { latch: Latch::default(), waiter: nobody, fifo };
            all.extend(std::iter::repeat_with(meeting).take(ways));
        }
        let mut meetings = Meetings { programs, meetings: all, first };
        let mut queues = vec![Vec::new(); programs.len() * Pipe::COUNT];
        for (core, program) in programs.iter().enumerate() {
            for (index, instr) in (0..).zip(&program.instrs) {
                match instr.kind {
                    InstrKind::Cross(cross) => meetings.queue(core, cross, &mut queues),
                    _ => queues[Lane::new(core, instr.pipe).index()].push(Entry::Instr(index)),
                }
            }
        }
        (queues, meetings.meetings)
    }

    /// Puts what `core` says, or waits for, into the queue of the pipe that uses the slot.
    fn queue(&mut self, core: usize, cross: Cross, queues: &mut [Vec<Entry>]) {
        let (number, message, free, waits) = match cross {
            Cross::Push { fifo, message } => (fifo, message, false, false),
            Cross::Pop { fifo, message } => (fifo, message, false, true),
            Cross::Free { fifo, message } => (fifo, message, true, false),
            Cross::Alloc { fifo, message } => {
                let slots = self.programs[core].fifos[fifo as usize].slots;
                // The first messages find their slots free.
                let Some(before) = message.checked_sub(slots) else { return };
                (fifo, before, true, true)
            }
            _ => return,
        };
        let fifo = &self.programs[core].fifos[number as usize];
        // That of the pipe that moves the data, on each chip.
        let lane = Lane::new(core, fifo.pipe_of(ChipId::A5, cross));
        let mine = self.produces(fifo, core);
        for other in 0..self.programs.len() {
            if self.produces(fifo, other) != mine {
                let (producer, consumer) = if mine { (core, other) } else { (other, core) };
                let cores = self.programs.len();
                let of_message = ((message as usize * 2 + usize::from(free)) * cores + producer)
                    * cores
                    + consumer;
                let at = self.first[number as usize] + of_message as u32;
                if waits {
                    self.meetings[at as usize].waiter = lane;
                }
                queues[lane.index()].push(if waits { Entry::Meet(at) } else { Entry::Arrive(at) });
            }
        }
    }

    fn produces(&self, fifo: &Fifo, core: usize) -> bool {
        fifo.is_producer(self.programs[core].core.unwrap_or(Core::Cube))
    }
}

/// How many messages of a FIFO a core has to do with.
fn messages(program: &Program, of: u32) -> u32 {
    let ends = program.instrs.iter().filter(|instr| {
        matches!(instr.kind, InstrKind::Cross(Cross::Push { fifo, .. } | Cross::Pop { fifo, .. }) if fifo == of)
    });
    ends.count() as u32
}
