//! `tilesync simulate`: on a file, against a profile of one's own, with pictures.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::Command;

use tilesync::chip::ChipId;
use tilesync::op::OpCode::{TADD, TLOAD, TSTORE_ACC, TSTORE_VEC};
use tilesync::op::Pipe::{Mte2, Mte3, V};
use tilesync::program::{ClusterProgram, Core, Direction};
use tilesync::raw::{Block, Fifos};
use tilesync::tile::DtypeId::F32;
use tilesync::tile::Space;

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tilesync-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed stays.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A ring of one slot: its loads wait for its stores.
fn program(turns: u32) -> Vec<u8> {
    let mut k = Block::new(ChipId::A2A3);
    let (x, y) = (k.global_in(F32, 64 * turns, 64), k.global_out(F32, 64 * turns, 64));
    let tile = k.tile("t", Space::Vec, 0, F32, 64, 64);
    k.at("ring.cpp", 1).set_flag(Mte3, Mte2, 0);
    for turn in 0..turns {
        k.at("ring.cpp", 10).wait_flag(Mte3, Mte2, 0);
        k.at("ring.cpp", 11).op(TLOAD, [tile], [x.window(64 * turn, 0, 64, 64)]);
        k.at("ring.cpp", 12).set_flag(Mte2, V, 0);
        k.at("ring.cpp", 13).wait_flag(Mte2, V, 0);
        k.at("ring.cpp", 14).op(TADD, [tile], [tile, tile]);
        k.at("ring.cpp", 15).set_flag(V, Mte3, 0);
        k.at("ring.cpp", 16).wait_flag(V, Mte3, 0);
        k.at("ring.cpp", 17).op(TSTORE_VEC, [y.window(64 * turn, 0, 64, 64)], [tile]);
        k.at("ring.cpp", 18).set_flag(Mte3, Mte2, 0);
    }
    k.at("ring.cpp", 20).wait_flag(Mte3, Mte2, 0);
    let mut file = Vec::new();
    k.finish().save(&mut file).unwrap();
    file
}

fn simulate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let command =
        Command::new(env!("CARGO_BIN_EXE_tilesync")).arg("simulate").args(arguments).output();
    let output = command.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_program_has_a_time_reasons_and_pictures() {
    let directory = Directory::new("pictures");
    let file = directory.file("ring.json");
    std::fs::write(&file, program(8)).unwrap();
    let [html, svg, trace] = ["t.html", "t.svg", "t.json"].map(|name| directory.file(name));
    let (code, out, err) =
        simulate(&[&file, "--what-if", "--html", &html, "--svg", &svg, "--perfetto", &trace]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("program: ") && out.contains(" us on a2a3: "), "{out}");
    // The load waits for the store of the turn before, and a second slot is what helps.
    assert!(
        out.contains("MTE2  at ring.cpp:10 waits for TSTORE_VEC on MTE3 at ring.cpp:17"),
        "{out}"
    );
    let slot =
        out.lines().find(|line| line.contains("one more slot for MTE2 at ring.cpp:10")).unwrap();
    let gain: f64 = slot.split_whitespace().next().unwrap().parse().unwrap();
    assert!(gain < -1.0, "{out}");
    for (path, start) in
        [(&html, "<!doctype html>"), (&svg, "<svg "), (&trace, "{\"traceEvents\":")]
    {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with(start) && text.contains("TSTORE_VEC"), "{path}");
    }
}

#[test]
fn as_json_it_is_one_object() {
    let directory = Directory::new("json");
    let file = directory.file("ring.json");
    std::fs::write(&file, program(3)).unwrap();
    let (code, out, err) = simulate(&[&file, "--json", "--what-if"]);
    assert_eq!(code, Some(0), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(report["us"].as_f64().unwrap() > report["launch_us"].as_f64().unwrap());
    assert_eq!(report["waits"][0]["line"]["file"], "ring.cpp");
    assert!(report["what_if"].as_array().unwrap().len() > 3);
}

#[test]
fn an_own_profile_changes_the_time_and_a_wrong_one_is_named() {
    let directory = Directory::new("profile");
    let (file, own) = (directory.file("ring.json"), directory.file("own.tsv"));
    std::fs::write(&file, program(3)).unwrap();
    let table = include_str!("../src/exec/simulate/profile/a2a3.tsv");
    let us = |arguments: &[&str]| {
        let (code, out, err) = simulate(arguments);
        assert_eq!(code, Some(0), "{err}");
        out.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
    };
    let usual = us(&[&file]);
    std::fs::write(&own, table.replace("launch\t11.8", "launch\t111.8")).unwrap();
    assert!((us(&[&file, "--profile", &own]) - usual - 100.0).abs() < 0.02);
    std::fs::write(&own, table.replace("launch\t11.8", "launch\tsoon")).unwrap();
    let (code, _, err) = simulate(&[&file, "--profile", &own]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("own.tsv: line ") && err.contains("launch: `soon` is not a number from 0 on"),
        "{err}"
    );
}

#[test]
fn another_chip_is_refused() {
    let directory = Directory::new("chip");
    let file = directory.file("ring.json");
    std::fs::write(&file, program(1)).unwrap();
    let (code, _, err) = simulate(&[&file, "--chip", "a5"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("the program is for a2a3, and the profile is of a5"), "{err}");
}

/// A message from the cube core to the first vector core.
#[test]
fn a_launch_on_several_cores_has_a_time() {
    let mut fifos = Fifos::new();
    let qk = fifos.add("qk", Direction::CubeToVector, 2, 1024, 0);
    let mut cube = Block::on_core(ChipId::A2A3, Core::Cube, &fifos);
    let acc = cube.tile("acc", Space::Acc, 0x0, F32, 16, 16);
    cube.filled(acc);
    cube.talloc(qk);
    let slot = cube.slot(qk, 0);
    cube.at("side.cpp", 7).op(TSTORE_ACC, [slot], [acc]);
    cube.tpush(qk);
    let mut vector = Block::on_core(ChipId::A2A3, Core::Vector0, &fifos);
    let tile = vector.tile("a", Space::Vec, 0x0, F32, 16, 16);
    vector.at("side.cpp", 20).tpop(qk);
    vector.op(TLOAD, [tile], [vector.slot(qk, 0)]);
    vector.tfree(qk);
    let launch = ClusterProgram::of_block([cube.finish(), vector.finish()]);
    let directory = Directory::new("cluster");
    let file = directory.file("cluster.json");
    launch.save(std::fs::File::create(&file).unwrap()).unwrap();
    let (code, out, err) = simulate(&[&file]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("1 block on 1 cluster of 2 cores"), "{out}");
    assert!(
        out.contains("v0 S  at side.cpp:20 waits for TSTORE_ACC on c FIX at side.cpp:7"),
        "{out}"
    );
}
