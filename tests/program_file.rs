//! Programs as files: what is saved is what is loaded, and bad input is an error, never a panic.
#![cfg(feature = "serde")]

mod kernels;

use serde_json::{Value, json};
use tilesync::Order;
use tilesync::chip::ChipId;
use tilesync::exec::check::{Code, check};
use tilesync::exec::explore::run;
use tilesync::op::OpCode::{TMATMUL, TRANDOM};
use tilesync::op::Pipe;
use tilesync::program::{Flag, Instr, InstrKind, LoadError, Phase, Program};
use tilesync::raw::Block;
use tilesync::tile::{DtypeId::F32, Space};

fn saved(program: &Program) -> Vec<u8> {
    let mut text = Vec::new();
    program.save(&mut text).expect("memory can be written to");
    text
}

/// The program of `vec_add`, edited as JSON.
fn edited(edit: impl FnOnce(&mut Value)) -> Result<Program, LoadError> {
    let mut file: Value = serde_json::from_slice(&saved(&kernels::programs()[0].1)).expect("JSON");
    edit(&mut file);
    Program::load(file.to_string().as_bytes())
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    for (name, program) in kernels::programs() {
        let loaded = Program::load(saved(&program).as_slice()).expect("a saved program");
        assert_eq!(loaded.to_string(), program.to_string(), "{name}");
        assert_eq!(check(&loaded), check(&program), "{name}");
        assert_eq!(run(&loaded, Order::Late), run(&program, Order::Late), "{name}");
        assert_eq!(saved(&loaded), saved(&program), "{name}");
    }
}

#[test]
fn what_only_raw_programs_have_is_kept() {
    let mut other = Block::new(ChipId::A2A3);
    let foreign = other.tile("f", Space::Vec, 0, F32, 16, 16);
    let mut k = Block::new(ChipId::A2A3);
    let acc = k.tile("acc", Space::Acc, 0, F32, 16, 16);
    k.filled(acc);
    k.at("kernel.cpp", 7).unit_flag(Phase::Final).op(TMATMUL, [acc], [acc, foreign]);
    k.at("kernel.cpp", 8).op_on(Pipe::Fix, "fixpipe_custom", [], [acc]);
    let x = k.tile("x", Space::Vec, 0, F32, 16, 16);
    let (key, counter) = (k.word(0xbeef), other.word(7).window(1, 1, 2, 2));
    k.at("kernel.cpp", 9).op(TRANDOM, [x], [key, counter]);
    let program = k.finish();
    let loaded = Program::load(saved(&program).as_slice()).expect("a saved program");
    assert_eq!(loaded.to_string(), program.to_string());
    assert_eq!(check(&loaded), check(&program));
    assert!(check(&loaded).has(Code::ForeignOperand), "{}", check(&loaded));
    assert_eq!(saved(&loaded), saved(&program));
    let random = "x <- 0xbeef, 0x7";
    for part in
        ["full at the start: acc", "(unit flag: Final)", "fixpipe_custom", "kernel.cpp:8", random]
    {
        assert!(loaded.to_string().contains(part), "{part}\n{loaded}");
    }
}

#[test]
fn a_truncated_file_is_an_error_wherever_it_ends() {
    let text = saved(&kernels::programs()[0].1);
    for end in 0..text.len() {
        assert!(matches!(Program::load(&text[..end]), Err(LoadError::Json(_))), "{end} bytes");
    }
}

#[test]
fn another_version_is_named() {
    let error = edited(|file| file["version"] = json!(4)).expect_err("version 4");
    assert_eq!(
        error.to_string(),
        "the file has version 4 of the format; this build reads version 3"
    );
}

#[test]
fn an_unknown_op_is_named() {
    let op = |file: &mut Value| file["instrs"][0]["what"]["op"]["code"] = json!("TFOO");
    let error = edited(op).expect_err("an unknown op");
    assert_eq!(error.to_string(), "instruction 0: there is no op `TFOO`");
}

#[test]
fn what_is_not_in_the_file_is_named() {
    let tile = |key: &'static str, value: u32| {
        edited(|file| file["instrs"][0]["what"]["op"]["writes"][0]["tile"][key] = json!(value))
    };
    assert!(matches!(
        tile("slot", 3),
        Err(LoadError::Missing { index: 0, what: "tile", number: 3 })
    ));
    assert!(matches!(tile("ty", 9), Err(LoadError::Missing { index: 0, what: "type", number: 9 })));
    assert!(matches!(tile("rows", 9), Err(LoadError::Operand { index: 0, rows: 9, cols: 8 })));
    let file = edited(|file| file["instrs"][0]["at"][0] = json!(7));
    assert!(matches!(file, Err(LoadError::Missing { what: "source file", number: 7, .. })));
    let side = edited(|file| file["types"][0]["rows"] = json!(1u64 << 25));
    assert!(matches!(side, Err(LoadError::Side { what: "type", index: 0 })));
}

#[test]
fn an_address_past_the_end_is_a_finding() {
    let program = edited(|file| {
        file["tiles"][0]["addr"] = json!(u32::MAX);
        file["instrs"][0]["what"]["op"]["writes"][0]["tile"]["addr"] = json!(u32::MAX);
    });
    assert!(check(&program.expect("a program")).has(Code::OutOfRange));
}

#[test]
fn a_list_that_is_too_long_is_refused() {
    let error =
        edited(|file| file["files"] = json!(vec!["x"; 1_000_001])).expect_err("too many files");
    assert!(error.to_string().contains("expected a list of at most 1000000"), "{error}");
}

#[test]
#[ignore = "ten million instructions: seconds in release"]
fn ten_million_instructions_are_refused() {
    let entry = r#"{"what":"barrier_all","at":[0,1,1]}"#;
    let text = format!(
        r#"{{"version":3,"chip":"A2A3","files":["x"],"types":[],"tiles":[],"tensors":[],"instrs":[{}{entry}]}}"#,
        format!("{entry},").repeat(10_000_000 - 1)
    );
    let error = Program::load(text.as_bytes()).expect_err("too many instructions");
    assert!(error.to_string().contains("expected a list of at most 4000000"), "{error}");
}

#[cfg(feature = "cli")]
#[test]
fn the_command_tells_clean_from_faulty_from_unreadable() {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let judge_with = |name: &str, text: &[u8], options: &[&str]| {
        let file = dir.join(name);
        std::fs::write(&file, text).expect("the target directory can be written to");
        let command = std::process::Command::new(env!("CARGO_BIN_EXE_tilesync"))
            .arg("check")
            .arg(&file)
            .args(options)
            .output()
            .expect("the command runs");
        let text =
            [command.stdout, command.stderr].map(|text| String::from_utf8(text).expect("UTF-8"));
        (command.status.code(), text.concat())
    };
    let judge = |name: &str, text: &[u8]| judge_with(name, text, &[]);
    let clean = kernels::programs().remove(0).1;
    let mut faulty = clean.clone();
    faulty.instrs.retain(|instr| !matches!(instr.kind, InstrKind::Wait(_)));
    let (code, text) = judge("clean.json", &saved(&clean));
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = judge("faulty.json", &saved(&faulty));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("error[TS001]") && text.contains("tests/kernels/mod.rs"), "{text}");
    let (code, text) = judge_with("faulty.json", &saved(&faulty), &["--json"]);
    assert_eq!(code, Some(1), "{text}");
    let verdict: Value = serde_json::from_str(&text).expect("JSON");
    let findings = verdict["findings"].as_array().expect("a list");
    assert!(findings.iter().any(|finding| finding["code"] == "TS001"), "{text}");
    let mut warned = clean.clone();
    let [set, wait] = [InstrKind::Set, InstrKind::Wait].map(|kind| {
        let (src, dst) = (Pipe::V, Pipe::Mte2);
        kind(Flag { src, dst, id: 7, number: 0 })
    });
    for (pipe, kind) in [(Pipe::V, set), (Pipe::Mte2, wait)].repeat(2) {
        warned.instrs.push(Instr { pipe, kind, ..clean.instrs[0] });
    }
    let (code, text) = judge("warned.json", &saved(&warned));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning[TS008]") && text.ends_with(": 1 warning\n"), "{text}");
    let (_, text) = judge_with("warned.json", &saved(&warned), &["--json"]);
    let verdict: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(verdict["findings"][0]["level"], "warning", "{text}");
    let (code, text) = judge_with("clean.json", &saved(&clean), &["--needless"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("no schedule needs `set_flag(PIPE_MTE2, PIPE_V, 0)`"), "{text}");
    let (code, text) = judge("cut.json", &saved(&clean)[..99]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("not a program"), "{text}");
}

#[cfg(feature = "cli")]
#[test]
fn the_command_explains_codes() {
    let explain = |code: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tilesync"));
        command.args(["explain", code]).output().expect("the command runs")
    };
    for code in Code::ALL {
        let output = explain(code.id());
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("**The repair.**") && !text.contains("# let mut k"), "{text}");
    }
    assert_eq!(explain("TS999").status.code(), Some(2));
}
