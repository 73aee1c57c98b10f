//! A C++ kernel, ported line by line through the raw API, and judged.
//!
//! ```text
//! cargo run --features report --example check_port
//! ```
//!
//! The kernel doubles its input, tile by tile, with two buffers in rotation. It computes the right thing on most days: it lacks the
//! hand-back from the store to the next vector op. `check` names both ops and the missing pair of flags; with the pair in place
//! it has nothing to say. Exit code 1, since there are findings.

use std::process::ExitCode;

use tilesync::chip::ChipId;
use tilesync::exec::check::check;
use tilesync::exec::explore::explore;
use tilesync::op::OpCode::{TADD, TLOAD, TSTORE_VEC};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::program::Program;
use tilesync::raw::Block;
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// Records `tiles` turns of the loop, with the hand-back or without.
fn double(tiles: u32, hand_back: bool) -> Program {
    let mut k = Block::new(ChipId::A2A3);
    let src = k.global_in(F32, 64 * tiles, 64);
    let dst = k.global_out(F32, 64 * tiles, 64);
    // TASSIGN(xTile[i], i * 0x4000); TASSIGN(yTile[i], 0x8000 + i * 0x4000);
    let x = [0, 1].map(|i| k.tile("x", Space::Vec, i * 0x4000, F32, 64, 64));
    let y = [0, 1].map(|i| k.tile("y", Space::Vec, 0x8000 + i * 0x4000, F32, 64, 64));

    for id in [1, 2] {
        k.set_flag(V, Mte2, id);
        if hand_back {
            k.set_flag(Mte3, V, id);
        }
    }
    for i in 0..tiles {
        let slot = i as usize % 2;
        let id = slot as u8 + 1;

        k.wait_flag(V, Mte2, id);
        k.op(TLOAD, [x[slot]], [src.window(64 * i, 0, 64, 64)]);
        k.set_flag(Mte2, V, id);

        k.wait_flag(Mte2, V, id);
        if hand_back {
            k.wait_flag(Mte3, V, id);
        }
        k.op(TADD, [y[slot]], [x[slot], x[slot]]);
        k.set_flag(V, Mte2, id);
        k.set_flag(V, Mte3, id);

        k.wait_flag(V, Mte3, id);
        k.op(TSTORE_VEC, [dst.window(64 * i, 0, 64, 64)], [y[slot]]);
        if hand_back {
            k.set_flag(Mte3, V, id);
        }
    }
    for id in [1, 2] {
        k.wait_flag(V, Mte2, id);
        if hand_back {
            k.wait_flag(Mte3, V, id);
        }
    }
    k.finish()
}

fn main() -> ExitCode {
    let ported = double(4, false);
    let verdict = check(&ported);
    print!("{}", verdict.rendered(false));
    println!("all schedules: {}\n", explore(&ported, 1000));

    let repaired = double(4, true);
    println!("with the hand-back: {}", check(&repaired));
    println!("all schedules: {}", explore(&repaired, 1000));
    ExitCode::from(u8::from(!verdict.is_clean()))
}
