//! A launch on several cores as a file, and the command on it.

use std::process::{Command, Output};

use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check_cluster};
use tilesync::exec::explore::{Limits, explore_cluster};
use tilesync::op::OpCode::*;
use tilesync::op::Pipe::*;
use tilesync::program::{ClusterProgram, Core, CrossMode, Direction, LoadError, Participants};
use tilesync::raw::{Block, Fifos};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

/// A bit of everything; the vector core pops `pops` of two messages.
fn launch(pops: u32) -> ClusterProgram {
    let mut fifos = Fifos::new();
    let qk = fifos.add("qk", Direction::CubeToVector, 2, 1024, 0);
    let mut c = Block::on_core(ChipId::A2A3, Core::Cube, &fifos);
    let acc = c.tile("acc", Space::Acc, 0x0, F32, 16, 16);
    c.filled(acc);
    let mut v = Block::on_core(ChipId::A2A3, Core::Vector0, &fifos);
    let a = v.tile("a", Space::Vec, 0x0, F32, 16, 16);
    let count = v.global_out(F32, 1, 8);
    for message in 0..2 {
        c.talloc(qk);
        c.op(TSTORE_ACC, [c.slot(qk, message)], [acc]);
        c.tpush(qk);
    }
    c.drain(qk);
    c.wait_flag_dev(4);
    for message in 0..pops {
        v.tpop(qk);
        v.op(TLOAD, [a], [v.slot(qk, message)]);
        v.tfree(qk);
    }
    v.op_on(S, "store of a scalar", [count], []);
    v.dcci(count);
    v.dsb();
    v.ffts_cross_core_sync(S, CrossMode::Cluster, 4);
    for k in [&mut c, &mut v] {
        k.syncall(Participants::All);
    }
    ClusterProgram::of_block([c.finish(), v.finish()])
}

fn saved(launch: &ClusterProgram) -> Vec<u8> {
    let mut bytes = Vec::new();
    launch.save(&mut bytes).expect("a vector can be written to");
    bytes
}

#[test]
fn a_launch_comes_back_from_its_file() {
    for (launch, clean) in [(launch(2), true), (launch(1), false)] {
        let loaded = ClusterProgram::load(saved(&launch).as_slice()).expect("its own file");
        assert_eq!(loaded.to_string(), launch.to_string());
        assert_eq!(saved(&loaded), saved(&launch));
        let verdict = check_cluster(&loaded);
        assert_eq!(verdict, check_cluster(&launch));
        assert_eq!(verdict.is_clean(), clean, "{verdict}");
    }
}

#[test]
fn a_file_that_is_cut_or_refers_to_nothing_is_an_error() {
    let bytes = saved(&launch(2));
    for length in 0..bytes.len() {
        assert!(ClusterProgram::load(&bytes[..length]).is_err(), "{length}");
    }
    let text = String::from_utf8(bytes).expect("JSON");
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        ClusterProgram::load(text.replacen(from, to, 1).as_bytes())
    };
    let missing = edited(r#""pop":{"fifo":0"#, r#""pop":{"fifo":7"#);
    let error = missing.expect_err("there is no FIFO 7");
    assert!(error.to_string().ends_with("FIFO 7 is not in the file"), "{error}");
    let version = edited(r#""version":3,"blocks""#, r#""version":9,"blocks""#);
    assert!(matches!(version, Err(LoadError::Version { found: 9 })));
}

fn command(words: &[&str], launch: &ClusterProgram, name: &str) -> Output {
    let file = std::env::temp_dir().join(format!("tilesync-{}-{name}.json", std::process::id()));
    std::fs::write(&file, saved(launch)).expect("a temporary file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
    let output = command.args(words).arg(&file).output().expect("the command runs");
    let _ = std::fs::remove_file(file);
    output
}

#[test]
fn the_command_judges_launches() {
    let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let clean = command(&["check"], &launch(2), "clean");
    assert!(clean.status.success(), "{}", text(&clean));
    assert!(text(&clean).starts_with("2 cores, "), "{}", text(&clean));
    let broken = command(&["check"], &launch(1), "broken");
    assert_eq!(broken.status.code(), Some(1));
    let report = text(&broken);
    for part in [
        "error[TS021]: cube pushes 2 messages through FIFO qk, and vector 0 pops 1",
        "vector 0, PIPE_S",
    ] {
        assert!(report.contains(part), "{report}");
    }
    let explored = command(&["explore"], &launch(1), "explored");
    assert_eq!(explored.status.code(), Some(1), "{}", text(&explored));
    assert!(text(&explored).contains("c.FIX"), "{}", text(&explored));
    let shown = command(&["show"], &launch(1), "shown");
    assert!(text(&shown).contains("TPUSH(qk, 1)"), "{}", text(&shown));
    let json = command(&["check", "--json"], &launch(1), "json");
    assert!(text(&json).contains(&format!("\"code\": \"{}\"", Code::CountMismatch)));
    assert!(text(&json).contains("\"vector0\""), "{}", text(&json));
}

/// Bytes flipped, cut and repeated: an error or a launch that can be judged, and never a panic.
#[test]
fn damaged_files_are_judged_or_refused() {
    let bytes = saved(&launch(2));
    let mut random = fastrand::Rng::with_seed(1);
    let mut judged = 0;
    for _ in 0..3_000 {
        let mut damaged = bytes.clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..damaged.len());
            match random.u8(..3) {
                // A digit for a digit: most of these are still files.
                0 | 1 => {
                    let digits = (at..damaged.len()).find(|&at| damaged[at].is_ascii_digit());
                    if let Some(at) = digits {
                        let number: &[u8] = [&b"0"[..], b"7", b"4000000000"][random.usize(..3)];
                        damaged.splice(at..=at, number.iter().copied());
                    }
                }
                _ => damaged[at] = random.u8(..),
            }
        }
        let Ok(launch) = ClusterProgram::load(damaged.as_slice()) else { continue };
        let verdict = check_cluster(&launch);
        let exploration = explore_cluster(&launch, Limits { schedules: 20, work: 100_000 });
        assert!(!verdict.to_string().is_empty() && exploration.schedules <= 20);
        judged += 1;
    }
    assert!(judged > 200, "{judged}");
}
