//! The greatest numbers of each row, as the PTO library's `topk` finds them: sort by 32, merge, take pairs apart; two rows at a time.
//!
//! Written without types: sizes come from the command line.

use tilesync::chip::ChipId;
use tilesync::exec::simulate::Forecast;
use tilesync::op::OpCode::{TGATHER, TLOAD, TMOV_V2V, TMRGSORT, TSORT32, TSTORE_VEC};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::program::Program;
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::{F16, F32, U32};
use tilesync::tile::Space;

use super::{Failure, Keys};

/// Rows that are worked on at a time.
const ROWS: u32 = 2;

/// `topk rows= cols= [valid_cols=] [k=] dtype=f32 cores=48`. Where there is no `k=`, all but the last 24 numbers are wanted.
pub(crate) fn forecast(keys: &Keys) -> Result<Forecast, Failure> {
    let cores = keys.number("cores", Some(48))?;
    let rows = keys.number("rows", None)?;
    let pitch = keys.number("cols", None)?;
    let cols = keys.number("valid_cols", Some(pitch))?;
    let wanted = keys.number("k", Some(cols.saturating_sub(24).max(1)))?;
    let dtype = match keys.text("dtype", Some("f32"))? {
        "f32" | "float" => F32,
        "f16" | "half" => F16,
        other => return Err(format!("dtype={other} is not f32 or f16").into()),
    };
    if !cols.is_multiple_of(32) || wanted > cols || pitch < cols {
        return Err(
            "valid_cols= is a multiple of 32 that is not less than k= and not more than cols="
                .into(),
        );
    }
    let part = rows.div_ceil(cores) as u32;
    let shape = (rows as u32, pitch as u32, cols as u32, wanted as u32);
    let programs: Vec<Program> = (0..(rows as u32).div_ceil(part))
        .map(|block| program(shape, dtype, block * part, part.min(rows as u32 - block * part)))
        .collect();
    Ok(keys.simulated(cores)?.run_all(&programs)?)
}

fn program(
    (all_rows, pitch, cols, wanted): (u32, u32, u32, u32),
    dtype: tilesync::tile::DtypeId,
    first: u32,
    rows: u32,
) -> Program {
    let mut k = Block::new(ChipId::A2A3);
    let x = k.global_in(dtype, all_rows, pitch);
    let places = k.global_in(U32, 1, cols);
    let values = k.global_out(dtype, all_rows, wanted);
    let indices = k.global_out(U32, all_rows, wanted);
    // A pair is 8 bytes, however wide a value is.
    let wide = 8 / dtype.size() as u32;
    let pairs = wide * cols;
    let mut addr = 0;
    let mut tile =
        |k: &mut Block, name: &str, dtype: tilesync::tile::DtypeId, rows: u32, cols: u32| {
            let cols = cols.next_multiple_of(16);
            let tile = k.tile(name, Space::Vec, addr, dtype, rows, cols);
            addr += rows * cols * dtype.size() as u32;
            tile
        };
    let mut slots = |k: &mut Block, name: &str, dtype, cols| -> [Operand; 2] {
        [0, 1].map(|_| tile(k, name, dtype, ROWS, cols))
    };
    let source = slots(&mut k, "source", dtype, cols);
    let sorted = slots(&mut k, "sorted", dtype, pairs);
    let best = slots(&mut k, "best", dtype, pairs);
    let value = slots(&mut k, "value", dtype, wanted);
    let index = slots(&mut k, "index", U32, wanted);
    let place = tile(&mut k, "place", U32, 1, cols);
    let tmp = tile(&mut k, "tmp", dtype, 1, pairs);

    k.op(TLOAD, [place], [places]);
    k.set_flag(V, Mte2, 0);
    k.set_flag(V, Mte2, 1);
    for (turn, row) in (0..rows).step_by(ROWS as usize).enumerate() {
        let slot = turn % 2;
        let id = slot as u8;
        let count = ROWS.min(rows - row);
        let row = first + row;
        k.wait_flag(V, Mte2, id);
        k.op(TLOAD, [source[slot].window(0, 0, count, cols)], [x.window(row, 0, count, cols)]);
        k.set_flag(Mte2, V, id);
        k.wait_flag(Mte2, V, id);
        let line = |tile: Operand, row: u32, cols: u32| tile.window(row, 0, 1, cols);
        for row in 0..count {
            k.op(TSORT32, [line(sorted[slot], row, pairs)], [line(source[slot], row, cols), place]);
            k.pipe_barrier(V);
        }
        k.set_flag(V, Mte2, id);
        k.pipe_barrier(V);
        for row in 0..count {
            let all = line(sorted[slot], row, pairs);
            let mut run = 32 * wide;
            while run * 4 <= pairs {
                let whole = pairs / (run * 4) * (run * 4);
                let (runs, merged) = (line(sorted[slot], row, whole), line(tmp, 0, whole));
                k.op(TMRGSORT, [merged], [runs]);
                k.pipe_barrier(V);
                k.op(TMOV_V2V, [runs], [merged]);
                k.pipe_barrier(V);
                run *= 4;
            }
            // What is left are runs that are not four: each goes into the first, of which no more than is wanted is kept.
            for _ in 1..runs_left(pairs, run, wide * 32) {
                k.op(TMRGSORT, [line(tmp, 0, pairs)], [all, all]);
                k.op(TMOV_V2V, [all], [line(tmp, 0, pairs)]);
                k.pipe_barrier(V);
            }
            k.pipe_barrier(V);
            let kept = wanted * wide;
            k.op(TMOV_V2V, [line(best[slot], row, kept)], [line(sorted[slot], row, kept)]);
        }
        k.pipe_barrier(V);
        for row in 0..count {
            let kept = line(best[slot], row, wanted * wide);
            k.op(TGATHER, [line(value[slot], row, wanted)], [kept]);
        }
        k.set_flag(V, Mte3, id);
        k.pipe_barrier(V);
        for row in 0..count {
            let kept = line(best[slot], row, wanted * wide);
            k.op(TGATHER, [line(index[slot], row, wanted)], [kept]);
        }
        k.set_flag(V, Mte3, id + 2);
        k.wait_flag(V, Mte3, id);
        let out = values.window(row, 0, count, wanted);
        k.op(TSTORE_VEC, [out], [value[slot].window(0, 0, count, wanted)]);
        k.wait_flag(V, Mte3, id + 2);
        let out = indices.window(row, 0, count, wanted);
        k.op(TSTORE_VEC, [out], [index[slot].window(0, 0, count, wanted)]);
    }
    k.wait_flag(V, Mte2, 0);
    k.wait_flag(V, Mte2, 1);
    k.finish()
}

/// How many sorted runs a row is left with: as few as there can be, each four times as long as the next.
fn runs_left(pairs: u32, longest: u32, shortest: u32) -> u32 {
    let (mut left, mut run, mut count) = (pairs, longest, 0);
    while run >= shortest && left > 0 {
        count += left / run;
        left %= run;
        run /= 4;
    }
    count
}
