//! Program files with bytes flipped, cut and repeated: no panic, and no memory beyond what the file's size allows.

use fastrand::Rng;
use peak_alloc::PeakAlloc;
use tilesync::chip::ChipId;
use tilesync::exec::check::check;
use tilesync::exec::explore::{Limits, explore};
use tilesync::op::{OpCode, Pipe};
use tilesync::program::{LoadError, Phase, Program};
use tilesync::raw::{Block, Operand};
use tilesync::tile::{DtypeId, LayoutId, Space, TileType};
use tilesync_hostile::{cases, seed};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of memory for a byte of file; and what a program needs anyhow.
const FACTOR: usize = 64;
const ANYHOW: usize = 1 << 16;

/// A program with a bit of everything.
fn program(random: &mut Rng) -> Program {
    let mut k = Block::new(if random.bool() { ChipId::A2A3 } else { ChipId::A5 });
    let layouts = [LayoutId::Nd, LayoutId::Dn, LayoutId::Nz, LayoutId::NzAcc];
    let mut memory: Vec<Operand> = (0..random.u32(1..4))
        .map(|number| {
            let space = Space::ALL[random.usize(..Space::COUNT)];
            let layout = layouts[random.usize(..layouts.len())];
            let ty = TileType { space, dtype: DtypeId::F32, rows: 16, cols: 16, layout };
            k.tile_of(&format!("t[{number}]"), 0x100 * number, ty)
        })
        .collect();
    k.filled(memory[0]);
    memory.push(k.global_in(DtypeId::F32, 64, 64));
    memory.push(k.global_out(DtypeId::F32, 64, 64));
    let pipe = |random: &mut Rng| Pipe::ALL[random.usize(..Pipe::COUNT)];
    for _ in 0..random.usize(1..12) {
        let mut operand = || {
            let [row, col] = [(); 2].map(|()| random.u32(..8));
            memory[random.usize(..memory.len())].window(row, col, random.u32(..8), 8)
        };
        let (to, from) = (operand(), operand());
        if random.bool() {
            k.at("kernel.cpp", random.u32(1..100));
        }
        match random.u8(..7) {
            0 => k.set_flag(pipe(random), pipe(random), random.u8(..9)),
            1 => k.wait_flag(pipe(random), pipe(random), random.u8(..9)),
            2 => k.pipe_barrier(pipe(random)),
            3 => k.pipe_barrier_all(),
            4 => k.op_on(pipe(random), "custom", [to], [from]),
            5 => k.unit_flag(Phase::Final).op(OpCode::TMATMUL, [to], [from, to]),
            _ => k.op(OpCode::ALL[random.usize(..OpCode::ALL.len())], [to], [from]),
        }
    }
    k.finish()
}

/// A number as it may stand in a file, and be too large for what it counts.
fn number(random: &mut Rng) -> String {
    let bits = random.u32(24..64);
    (random.u64(..) >> bits).to_string()
}

/// Spoils a file: bytes flipped, numbers replaced, parts cut out, repeated or swapped.
fn spoil(text: &mut Vec<u8>, random: &mut Rng) {
    for _ in 0..random.u32(1..4) {
        if text.is_empty() {
            return;
        }
        let at = random.usize(..text.len());
        let end = (at + random.usize(1..40)).min(text.len());
        match random.u8(..15) {
            0 => text[at] ^= 1 << random.u8(..8),
            1 => text[at] = random.u8(..),
            2 => drop(text.drain(at..end)),
            3 => {
                let part = text[at..end].to_vec();
                text.splice(at..at, part);
            }
            4 => text.truncate(at),
            _ => {
                let digits = |byte: &u8| byte.is_ascii_digit();
                let Some(start) = text[at..].iter().position(digits).map(|from| at + from) else {
                    continue;
                };
                let length = text[start..].iter().take_while(|byte| digits(byte)).count();
                text.splice(start..start + length, number(random).into_bytes());
            }
        }
    }
}

fn saved(program: &Program) -> Vec<u8> {
    let mut text = Vec::new();
    program.save(&mut text).expect("memory can be written to");
    text
}

/// Loads a file, and says how many bytes of memory that took at most.
fn load(text: &[u8]) -> (Result<Program, LoadError>, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let loaded = Program::load(text);
    (loaded, MEMORY.peak_usage().saturating_sub(before))
}

/// One test, since memory is counted for the whole process.
#[test]
fn a_spoiled_file_is_a_program_or_an_error() {
    let mut random = Rng::with_seed(seed());
    let (mut programs, mut errors, mut most) = (0u32, 0u32, 0.0f64);
    let cases = cases(2_000);
    for _ in 0..cases {
        let original = program(&mut random);
        let mut text = saved(&original);
        let (whole, _) = load(&text);
        assert_eq!(check(&whole.expect("a saved program")), check(&original));
        spoil(&mut text, &mut random);
        let (loaded, bytes) = load(&text);
        let shown = String::from_utf8_lossy(&text);
        assert!(bytes <= FACTOR * text.len() + ANYHOW, "{bytes} bytes of memory for {shown}");
        most = most.max(bytes as f64 / text.len().max(1) as f64);
        match loaded {
            Ok(program) => {
                programs += 1;
                let (verdict, limits) = (check(&program), Limits { schedules: 5, work: 10_000 });
                let exploration = explore(&program, limits);
                let judged = format!("{program}{verdict}{exploration}");
                assert!(!judged.is_empty());
                let (again, _) = load(&saved(&program));
                assert_eq!(check(&again.expect("a saved program")), verdict);
            }
            Err(error) => {
                errors += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    println!(
        "{programs} programs, {errors} errors; at most {most:.1} bytes of memory for a byte of file"
    );
    assert!(programs > cases / 20 && errors > cases / 20, "both must be common");
    drop_leaves_nothing(&mut random);
}

/// Types, files and names are the program's own: a service that judges for ever does not grow.
fn drop_leaves_nothing(random: &mut Rng) {
    let judge = |number: u32| {
        let mut k = Block::new(ChipId::A2A3);
        let a = k.tile("a", Space::Vec, 0, DtypeId::F32, 1 + number, 8);
        k.at(&format!("kernel_{number}.cpp"), 1).op_on(Pipe::V, &format!("op_{number}"), [a], []);
        let loaded = Program::load(&*saved(&k.finish())).expect("a saved program");
        assert!(check(&loaded).is_clean());
    };
    let start = random.u32(..1 << 20) % 1000;
    judge(start);
    let before = MEMORY.current_usage();
    for number in 0..1000 {
        judge(start + number);
    }
    let grown = MEMORY.current_usage().saturating_sub(before);
    assert!(grown < 1000, "{grown} bytes are left of a thousand programs");
}
