//! `check_cluster` and `explore_cluster` know nothing of each other's method, and agree on every launch: random protocols between two or
//! three cores, most of them with a mistake or two.

use tilesync::chip::ChipId;
use tilesync::exec::Order;
use tilesync::exec::check::{Code, Verdict, check_cluster};
use tilesync::exec::explore::{FailureKind, Limits, explore_cluster, replay_cluster, run_cluster};
use tilesync::op::Pipe::{self, *};
use tilesync::program::{ClusterProgram, Core, Cross, CrossMode, Direction, Fifo, Participants};
use tilesync::raw::{Block, FifoId, Fifos};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;
use tilesync_hostile::{cases, seed};

const SLOT: u32 = 64;

/// A step of one core.
#[derive(Clone, Copy, Debug)]
enum Step {
    Alloc(usize),
    Store(usize, u32),
    Push(usize),
    Pop(usize),
    Load(usize, u32),
    Free(usize),
    Drain(usize, i32),
    /// A tensor of all cores, on this pipe.
    Write(Pipe),
    Read(Pipe),
    Set(Pipe, CrossMode, u8),
    Wait(Pipe, u8),
    Clean,
    Meet,
}

struct Case {
    chip: ChipId,
    cores: Vec<(Core, Vec<Step>)>,
    slots: [u32; 2],
    /// Whether the slots lie in memory of the consumer.
    direct: bool,
}

/// Two lists in one, each in its own order.
fn merged(random: &mut fastrand::Rng, one: Vec<Vec<Step>>, two: Vec<Vec<Step>>) -> Vec<Step> {
    let (mut one, mut two) = (one.into_iter().peekable(), two.into_iter().peekable());
    let mut all = Vec::new();
    while one.peek().is_some() || two.peek().is_some() {
        let first = two.peek().is_none() || (one.peek().is_some() && random.bool());
        all.extend(if first { one.next() } else { two.next() }.into_iter().flatten());
    }
    all
}

impl Case {
    fn new(random: &mut fastrand::Rng) -> Self {
        let chip = if random.bool() { ChipId::A2A3 } else { ChipId::A5 };
        let slots = [random.u32(1..4), random.u32(1..3)];
        let messages = [random.u32(0..4), random.u32(0..3)];
        let send = |fifo: usize| {
            let of =
                |message| vec![Step::Alloc(fifo), Step::Store(fifo, message), Step::Push(fifo)];
            (0..messages[fifo]).map(of).collect::<Vec<_>>()
        };
        let receive = |fifo: usize| {
            let of = |message| vec![Step::Pop(fifo), Step::Load(fifo, message), Step::Free(fifo)];
            (0..messages[fifo]).map(of).collect::<Vec<_>>()
        };
        let mut cube = merged(random, send(0), receive(1));
        let mut vector = merged(random, receive(0), send(1));
        if random.u8(..3) == 0 {
            tensor(random, chip, &mut cube, &mut vector);
        }
        if random.u8(..4) == 0 {
            for steps in [&mut cube, &mut vector] {
                steps.insert(random.usize(..=steps.len()), Step::Meet);
            }
        }
        cube.push(Step::Drain(0, 0));
        vector.push(Step::Drain(1, 0));
        let mut cores = vec![(Core::Cube, cube), (Core::Vector0, vector.clone())];
        if chip == ChipId::A5 || random.bool() {
            vector.retain(|step| !matches!(step, Step::Write(_)));
            cores.push((Core::Vector1, vector));
        }
        let direct = chip == ChipId::A5 && random.bool();
        let mut case = Case { chip, cores, slots, direct };
        for _ in 0..random.u32(..3) {
            case.spoil(random);
        }
        case
    }

    /// A mistake.
    fn spoil(&mut self, random: &mut fastrand::Rng) {
        let count = self.cores.len();
        let (_, steps) = &mut self.cores[random.usize(..count)];
        let at = random.usize(..steps.len());
        match random.u8(..5) {
            0 => drop(steps.remove(at)),
            1 => {
                let other = (at + 1) % steps.len();
                steps.swap(at, other);
            }
            2 => steps.insert(at, steps[at]),
            3 => {
                let step = steps.remove(at);
                steps.insert(random.usize(..=steps.len()), step);
            }
            _ => match &mut steps[at] {
                Step::Store(_, message) | Step::Load(_, message) => *message += 1,
                Step::Set(.., id) | Step::Wait(_, id) => *id ^= random.u8(0..8),
                Step::Drain(_, more) => *more += if random.bool() { 1 } else { -1 },
                _ => {}
            },
        }
        if steps.is_empty() {
            steps.push(Step::Clean);
        }
    }

    fn launch(&self) -> ClusterProgram {
        let mut fifos = Fifos::new();
        let mut add = |name: &str, direction, slots, ready| {
            fifos.add_fifo(Fifo {
                name: name.to_owned(),
                direction,
                slots,
                slot_bytes: SLOT,
                period: Fifo::period_of(slots),
                ready,
                free: ready + 1,
                split: true,
                memory: 0,
                direct: self.direct,
            })
        };
        let x = add("x", Direction::CubeToVector, self.slots[0], 0);
        let y = add("y", Direction::VectorToCube, self.slots[1], 2);
        let programs = self.cores.iter().map(|(core, steps)| {
            let mut k = Block::on_core(self.chip, *core, &fifos);
            let reads = if self.direct { [V, Mte1] } else { [Mte2; 2] };
            record(&mut k, *core, self.cores.len() > 2, ([x, y], reads), steps);
            k.finish()
        });
        ClusterProgram::of_block(programs.collect::<Vec<_>>())
    }
}

/// The cube writes a tensor, and the vector cores read it after a flag; through the caches of the scalar pipes, at times.
fn tensor(random: &mut fastrand::Rng, chip: ChipId, cube: &mut Vec<Step>, vector: &mut Vec<Step>) {
    let write = if random.bool() { S } else { Fix };
    let read = if random.bool() { S } else { Mte2 };
    let mut writes = vec![Step::Write(write), Step::Clean];
    let mut reads = Vec::new();
    if chip == ChipId::A2A3 {
        writes.push(Step::Set(write, CrossMode::Cluster, 4));
        reads.push(Step::Wait(S, 4));
    } else {
        writes.extend([4, 20].map(|id| Step::Set(write, CrossMode::Intra, id)));
        reads.push(Step::Wait(read, 4));
    }
    reads.extend([Step::Clean, Step::Read(read)]);
    let at = random.usize(..=cube.len());
    cube.splice(at..at, writes);
    let at = random.usize(..=vector.len());
    vector.splice(at..at, reads);
}

/// Each FIFO has a pipe that reads its slots.
fn record(
    k: &mut Block,
    core: Core,
    split: bool,
    (fifos, reads): ([FifoId; 2], [Pipe; 2]),
    steps: &[Step],
) {
    let shared = k.workspace(F32, 1, 8);
    let out = k.tile("out", Space::Vec, 0x0, F32, 1, 8);
    let into = k.tile("into", Space::Vec, 0x100, F32, 1, 8);
    k.filled(out);
    let producer = if core == Core::Cube { Fix } else { Mte3 };
    let part = |k: &Block, fifo: usize, message| match core {
        Core::Vector0 | Core::Vector1 if split => {
            k.half_slot(fifos[fifo], message, core.sub_block())
        }
        _ => k.slot(fifos[fifo], message),
    };
    let mut pushed = [0; 2];
    for step in steps {
        match *step {
            Step::Alloc(fifo) => k.talloc(fifos[fifo]),
            Step::Store(fifo, message) => {
                let slot = part(k, fifo, message);
                k.op_on(producer, "store", [slot], [out]);
            }
            Step::Push(fifo) => {
                k.tpush(fifos[fifo]);
                pushed[fifo] += 1;
            }
            Step::Pop(fifo) => k.tpop(fifos[fifo]),
            Step::Load(fifo, message) => {
                let slot = part(k, fifo, message);
                k.op_on(reads[fifo], "load", [into], [slot]);
            }
            Step::Free(fifo) => k.tfree(fifos[fifo]),
            Step::Drain(fifo, 0) => k.drain(fifos[fifo]),
            Step::Drain(fifo, more) => {
                let credits = 1i32.saturating_add(more).unsigned_abs();
                let pipe = if pushed[fifo] > 0 { producer } else { S };
                k.cross(pipe, Cross::Drain { fifo: fifo as u32, credits });
            }
            Step::Write(pipe) => k.op_on(pipe, "write", [shared], []),
            Step::Read(pipe) => k.op_on(pipe, "read", [], [shared]),
            Step::Set(pipe, mode, id) => k.cross(pipe, Cross::Set { mode, id }),
            Step::Wait(pipe, id) => k.cross(pipe, Cross::Wait { id }),
            Step::Clean => k.dcci(shared),
            Step::Meet => k.syncall(Participants::All),
        }
    }
}

const KINDS: [FailureKind; 5] = [
    FailureKind::Stuck,
    FailureKind::Differs,
    FailureKind::Raised,
    FailureKind::Stale,
    FailureKind::Unwritten,
];

/// Whether what a code says has to show, and as what.
fn shows(code: Code) -> &'static [FailureKind] {
    use FailureKind::{Differs, Raised, Stale, Stuck, Unwritten};
    match code {
        Code::CyclicWait => &[Stuck],
        Code::CoresRace | Code::ReadTooEarly | Code::OverwriteTooEarly | Code::WriteRace => {
            &[Differs]
        }
        Code::NotVisible => &[Stale],
        Code::GlobalNeverWritten => &[Unwritten],
        Code::CreditLeak | Code::IncompleteWait | Code::ParticipantMismatch => &[Raised, Stuck],
        _ => &[],
    }
}

/// What may have been found of what a schedule shows.
fn explains(kind: FailureKind) -> &'static [Code] {
    match kind {
        FailureKind::Differs => {
            &[Code::CoresRace, Code::ReadTooEarly, Code::OverwriteTooEarly, Code::WriteRace]
        }
        FailureKind::Stuck | FailureKind::Raised => &[
            Code::CyclicWait,
            Code::CountMismatch,
            Code::CreditLeak,
            Code::ParticipantMismatch,
            Code::IncompleteWait,
        ],
        FailureKind::Stale => &[Code::NotVisible, Code::CoresRace],
        FailureKind::Unwritten => &[Code::GlobalNeverWritten, Code::NeverWritten, Code::CoresRace],
        _ => &[],
    }
}

#[test]
fn check_finds_what_some_schedule_shows() {
    let (seed, cases) = (seed(), cases(500));
    let mut seen = [0u32; 7];
    let mut schedules = 0;
    for case in 0..u64::from(cases) {
        let mut random = fastrand::Rng::with_seed(seed.wrapping_mul(1 << 32).wrapping_add(case));
        let launch = Case::new(&mut random).launch();
        let exploration = explore_cluster(&launch, Limits { schedules: 2_000, work: 20_000_000 });
        if !exploration.is_complete() {
            seen[6] += 1;
            continue;
        }
        let verdict = check_cluster(&launch);
        schedules += exploration.schedules;
        let about = || format!("case {case}\n{launch}\n{verdict}\n{exploration}");
        assert!(exploration.is_clean() || !verdict.is_clean(), "nothing found: {}", about());
        for (count, kind) in seen.iter_mut().zip(KINDS) {
            *count += u32::from(exploration.has(kind));
        }
        seen[5] += u32::from(verdict.is_clean());
        for failure in &exploration.failures {
            let text = failure.schedule.to_string().parse().expect("a schedule's own text");
            assert!(replay_cluster(&launch, &text).is_ok(), "{}", about());
        }
        // Where two protocols mix up one flag, that is what is found, and no more is promised.
        if verdict.has(Code::FlagCollision) {
            continue;
        }
        agree(&verdict, &|kind| exploration.has(kind), &about);
        let stuck = [Order::Early, Order::Late, Order::Random(case)]
            .map(|order| run_cluster(&launch, order).1.stuck);
        assert_eq!(
            stuck,
            [exploration.has(FailureKind::Stuck); 3],
            "one schedule decides: {}",
            about()
        );
    }
    println!(
        "{schedules} schedules; stuck, race, raised, stale, unwritten, clean, too many to run: {seen:?}"
    );
    assert!(seen[..3].iter().all(|&count| count > cases / 50), "{seen:?}");
    assert!(seen[3..5].iter().all(|&count| count > cases / 200), "{seen:?}");
    assert!(seen[5] > cases / 10 && seen[6] < cases / 5, "{seen:?}");
}

fn agree(verdict: &Verdict, shown: &dyn Fn(FailureKind) -> bool, about: &dyn Fn() -> String) {
    for code in verdict.codes() {
        let kinds = shows(code);
        assert!(
            kinds.is_empty() || kinds.iter().any(|&kind| shown(kind)),
            "{code} does not show: {}",
            about()
        );
    }
    for kind in KINDS {
        let found = explains(kind).iter().any(|&code| verdict.has(code));
        assert!(!shown(kind) || found, "{kind:?} was not found: {}", about());
    }
}
