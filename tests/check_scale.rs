//! How long a check takes: a million ops in seconds. `cargo test --release --test check_scale -- --ignored --nocapture`

use std::time::Instant;

use tilesync::chip::ChipId;
use tilesync::exec::check::check;
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::raw::{Block, Operand};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

#[test]
#[ignore = "takes a second in release, a minute in debug"]
fn a_million_ops_take_seconds() {
    let mut k = Block::new(ChipId::A2A3);
    let tiles: u32 = 250_000;
    let x = k.global_in(F32, 64 * tiles, 64);
    let y = k.global_out(F32, 64 * tiles, 64);
    let ping_pong = |k: &mut Block, name: &str, addr| {
        [0u32, 1]
            .map(|i| k.tile(&format!("{name}[{i}]"), Space::Vec, addr + 0x4000 * i, F32, 64, 64))
    };
    let a = ping_pong(&mut k, "a", 0);
    let b = ping_pong(&mut k, "b", 0x8000);
    let c = ping_pong(&mut k, "c", 0x10000);
    for id in 1..3 {
        k.set_flag(V, Mte2, id);
        k.set_flag(Mte3, V, id);
    }
    for i in 0..tiles {
        let (slot, id) = (i as usize % 2, (i % 2 + 1) as u8);
        let tile = |g: Operand| g.window(64 * i, 0, 64, 64);
        k.wait_flag(V, Mte2, id);
        k.op(TLOAD, [a[slot]], [tile(x)]);
        k.set_flag(Mte2, V, id);
        k.wait_flag(Mte2, V, id);
        k.wait_flag(Mte3, V, id);
        k.op(TEXP, [b[slot]], [a[slot]]);
        k.pipe_barrier(V);
        k.op(TADD, [c[slot]], [a[slot], b[slot]]);
        k.set_flag(V, Mte2, id);
        k.set_flag(V, Mte3, id);
        k.wait_flag(V, Mte3, id);
        k.op(TSTORE_VEC, [tile(y)], [c[slot]]);
        k.set_flag(Mte3, V, id);
    }
    for id in 1..3 {
        k.wait_flag(V, Mte2, id);
        k.wait_flag(Mte3, V, id);
    }
    let program = k.finish();
    let start = Instant::now();
    let verdict = check(&program);
    println!(
        "{} ops, {} instructions: {:?}",
        program.ops().count(),
        program.instrs.len(),
        start.elapsed()
    );
    assert!(verdict.is_clean(), "{verdict}");
    #[cfg(target_os = "linux")]
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    }
}
