//! Public C++ kernels, traced and judged: `TILESYNC_PTO=PATH/TO/pto-isa cargo test --release --features cli --test cpp_public -- --ignored --nocapture`.
//!
//! Each file in `tests/cpp/public` includes a kernel of the PTO repository and launches it; its first line says which codes are found. The
//! table that is printed is that of `docs/public_kernels.md`. Its second line says if it has two sides, or is for
//! a5. Then flags and barriers are edited: `check` finds the edit, or every order that is tried gives the same data as the kernel itself.
//! `TILESYNC_KERNELS=topk,add` takes these alone.

#[path = "cpp_public/edits.rs"]
mod edits;
mod traced;

use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::program::{InstrKind, Program};
use tilesync::trace::Trace;

fn trace(kernel: &Path, pto: &Path, side: &str) -> Option<Trace> {
    let name = kernel.file_stem()?.to_string_lossy();
    let source = std::fs::read_to_string(kernel).ok()?;
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("public_{name}{side}.trace"));
    // A trace that is there is taken: to compile a kernel takes longer than all that follows.
    if !to.is_file() {
        let traced = Command::new(env!("CARGO_BIN_EXE_tilesync"))
            .arg("trace")
            .args([kernel, Path::new("-o"), &to, Path::new("-I"), pto, Path::new("-I")])
            .arg(pto.join("tests/common"))
            .arg("-I")
            .arg(kernel.parent()?)
            .args((!side.is_empty()).then(|| format!("-D{side}")))
            .args(["--chip", if source.contains("for a5") { "a5" } else { "a2a3" }])
            .env("TILESYNC_SUBBLOCKS", if source.contains("two sides") { "2" } else { "1" })
            .arg("--pto")
            .arg(pto.join("include"))
            .output();
        let traced = traced.expect("runs");
        if !traced.status.success() {
            println!("{name}: {}", String::from_utf8_lossy(&traced.stderr));
            return None;
        }
    }
    traced::read(&to)
}

#[test]
#[ignore = "needs the PTO library: TILESYNC_PTO=PATH/TO/pto-isa"]
fn public_kernels_are_judged_as_their_first_lines_say() {
    let pto = PathBuf::from(std::env::var_os("TILESYNC_PTO").expect("TILESYNC_PTO is set"));
    let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/public");
    let files =
        std::fs::read_dir(kernels).expect("the kernels").map(|file| file.expect("a file").path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|end| end == "cpp")).collect();
    files.sort();
    files.retain(|path| traced::is_wanted(&path.file_stem().expect("a name").to_string_lossy()));
    println!("| kernel | blocks | judged | ops | flags | findings | edits | found |");
    println!("|---|---|---|---|---|---|---|---|");
    for path in files {
        let source = std::fs::read_to_string(&path).expect("readable");
        let expected =
            source.lines().next().and_then(|line| line.strip_prefix("// ")).expect("codes");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let of_side = |side: &str| {
            trace(&path, &pto, side).unwrap_or_else(|| panic!("{name} cannot be traced"))
        };
        let trace = match source.lines().nth(1) {
            Some(about) if about.contains("two sides") => {
                of_side("__DAV_CUBE__").beside(of_side("__DAV_VEC__"))
            }
            Some(about) if about.contains("vector side alone") => of_side("__DAV_VEC__"),
            _ => of_side(""),
        };
        assert!(trace.cut().is_none());
        let judged = trace.check();
        let alike = || judged.iter().flat_map(|launch| &launch.blocks);
        let found = traced::codes(&judged, "clean");
        let blocks: usize = alike().map(|alike| alike.blocks.len()).sum();
        let largest = |launch: &&tilesync::trace::Judged<'_>| {
            launch.blocks.iter().map(|alike| alike.blocks[0].program.instrs.len()).max()
        };
        let kernel = judged.iter().max_by_key(largest).expect("a launch");
        let cores: Vec<Program> = match kernel.launch.cluster() {
            Some(mut cluster) => cluster.blocks.swap_remove(0),
            None => vec![kernel.blocks[0].blocks[0].program.clone()],
        };
        let count = |counts: fn(&InstrKind) -> bool| {
            let instrs = cores.iter().flat_map(|program| &program.instrs);
            instrs.filter(|instr| counts(&instr.kind)).count()
        };
        let (ops, flags) = (
            count(|kind| matches!(kind, InstrKind::Op(_))),
            count(|kind| matches!(kind, InstrKind::Set(_))),
        );
        let tried = edits::tried(cores, &name);
        println!(
            "| {name} | {blocks} | {} | {ops} | {flags} | {found} | {} | {} |",
            alike().count(),
            tried.edits,
            tried.found
        );
        assert_eq!(found, expected, "{name}");
    }
}
