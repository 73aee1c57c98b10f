//! Public C++ kernels, traced and judged: `TILESYNC_PTO=PATH/TO/pto-isa cargo test --features cli --test cpp_public -- --ignored --nocapture`.
//!
//! Each file in `tests/cpp/public` includes a kernel of the PTO repository and launches it; its first line says which codes are found. The
//! table that is printed is that of `docs/public_kernels.md`. Then each flag and barrier is edited: `check` finds the edit, or every
//! order that is tried gives the same data as the kernel itself. `TILESYNC_KERNELS=topk,add` takes these alone.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::Order;
use tilesync::exec::check::{Level, Verdict, check};
use tilesync::exec::explore::run;
use tilesync::program::{InstrKind, Program};
use tilesync::trace::Trace;

fn trace(kernel: &Path, pto: &Path) -> Option<Trace> {
    let name = kernel.file_stem()?.to_string_lossy();
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("public_{name}.trace"));
    // A trace that is there is taken: to compile a kernel takes longer than all that follows.
    if !to.is_file() {
        let traced = Command::new(env!("CARGO_BIN_EXE_tilesync"))
            .arg("trace")
            .args([kernel, Path::new("-o"), &to, Path::new("-I"), pto, Path::new("-I")])
            .arg(pto.join("tests/common"))
            .arg("--pto")
            .arg(pto.join("include"))
            .output();
        let traced = traced.expect("runs");
        if !traced.status.success() {
            println!("{name}: {}", String::from_utf8_lossy(&traced.stderr));
            return None;
        }
    }
    Some(Trace::read(std::io::BufReader::new(std::fs::File::open(to).ok()?)).expect("a trace"))
}

fn codes<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> BTreeSet<String> {
    let findings = verdicts.flat_map(|verdict| &verdict.findings);
    findings.map(|finding| finding.code.to_string()).collect()
}

/// Flags and barriers without one of which the program is to be judged: the first and the middle one of each line.
fn edits(program: &Program) -> Vec<Vec<usize>> {
    let mut by_line: HashMap<String, Vec<usize>> = HashMap::new();
    let mut flags: HashMap<_, [Vec<usize>; 2]> = HashMap::new();
    for (index, instr) in program.instrs.iter().enumerate() {
        let key = |what: &str| format!("{what} {:?} {:?}", program.line(instr.at), instr.pipe);
        match &instr.kind {
            InstrKind::Op(_) => {}
            InstrKind::Set(flag) => {
                by_line.entry(key("set")).or_default().push(index);
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[0].push(index);
            }
            InstrKind::Wait(flag) => {
                by_line.entry(key("wait")).or_default().push(index);
                flags.entry((flag.src, flag.dst, flag.id)).or_default()[1].push(index);
            }
            _ => by_line.entry(key("barrier")).or_default().push(index),
        }
    }
    let mut partner = HashMap::new();
    for [sets, waits] in flags.into_values() {
        for (set, wait) in sets.into_iter().zip(waits) {
            partner.insert(set, wait);
        }
    }
    let mut edits = BTreeSet::new();
    for indices in by_line.into_values() {
        for index in [indices[0], indices[indices.len() / 2]] {
            edits.insert(vec![index]);
            if let Some(&wait) = partner.get(&index) {
                edits.insert(vec![index, wait]);
            }
        }
    }
    edits.into_iter().collect()
}

/// How many edits there are, and how many are found; the others change nothing.
fn edit(program: &Program) -> (usize, usize) {
    let faults = |verdict: &Verdict| -> usize {
        let errors = verdict.findings.iter().filter(|finding| finding.level == Level::Error);
        errors.map(|finding| finding.times as usize).sum()
    };
    let before = faults(&check(program));
    let orders = || [Order::Early, Order::Late].into_iter().chain((1..7).map(Order::Random));
    let (edits, mut found) = (edits(program), 0);
    for without in &edits {
        let mut edited = program.clone();
        let mut index = 0;
        edited.instrs.retain(|_| {
            index += 1;
            !without.contains(&(index - 1))
        });
        if faults(&check(&edited)) > before {
            found += 1;
            continue;
        }
        if before > 0 {
            continue; // What the orders show may be the fault that was there before.
        }
        let data = run(program, Order::Early).1.digest;
        for order in orders() {
            let ending = run(&edited, order).1;
            assert!(!ending.stuck && !ending.raised && ending.digest == data, "{without:?}");
        }
    }
    (edits.len(), found)
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
    let wanted = std::env::var("TILESYNC_KERNELS").unwrap_or_default();
    files.retain(|path| {
        let name = path.file_stem().expect("a name").to_string_lossy();
        wanted.is_empty() || wanted.split(',').any(|wanted| wanted == name)
    });
    println!("| kernel | blocks | judged | ops | flags | findings | edits | found |");
    println!("|---|---|---|---|---|---|---|---|");
    for path in files {
        let source = std::fs::read_to_string(&path).expect("readable");
        let expected =
            source.lines().next().and_then(|line| line.strip_prefix("// ")).expect("codes");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let trace = trace(&path, &pto).unwrap_or_else(|| panic!("{name} cannot be traced"));
        assert!(trace.cut().is_none());
        let judged = trace.check();
        let alike = || judged.iter().flat_map(|launch| &launch.blocks);
        let found = codes(
            alike().map(|alike| &alike.verdict).chain(judged.iter().map(|launch| &launch.between)),
        );
        let found: Vec<_> = found.into_iter().collect();
        let found = if found.is_empty() { "clean".to_owned() } else { found.join(", ") };
        let blocks: usize = alike().map(|alike| alike.blocks.len()).sum();
        let program = &alike().next().expect("a block").blocks[0].program;
        let flags = program.instrs.iter().filter(|instr| matches!(instr.kind, InstrKind::Set(_)));
        let (edits, caught) = edit(program);
        println!(
            "| {name} | {blocks} | {} | {} | {} | {found} | {edits} | {caught} |",
            alike().count(),
            program.ops().count(),
            flags.count()
        );
        assert_eq!(found, expected, "{name}");
    }
}
