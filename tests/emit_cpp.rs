//! Emitted kernels come back the same: compiled with the tracing header against a small library of our own in `tests/cpp`, run, and read
//! as programs, every block issues what the Rust kernel issued.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::chip::ChipId;
use tilesync::emit::Emitted;
use tilesync::exec::Kernel;
use tilesync::global::Args;
use tilesync::prelude::*;
use tilesync::program::{GlobalInfo, Instr, InstrKind, OpInstr, Operand, Place, Program};
use tilesync::tile::LayoutId;
use tilesync::trace::Trace;

#[path = "../examples/emit/kernels/mod.rs"]
mod kernels;

use kernels::{Launch, NAMES, Size, Write};

/// Records a block.
struct Watch(usize);

impl Launch for Watch {
    type Output = Result<Program, LaunchError>;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Pipelined::new().watch(self.0).launch(kernel, grid, args).map(|report| report.program)
    }
}

/// An operand without what a trace does not know: names of tiles and tensors, elements in global memory. A tensor may lie in rows or in
/// columns; of one that is named by bytes both are the same.
fn operand(program: &Program, operand: &Operand, tensors: &mut Vec<u32>) -> [String; 2] {
    let (rows, cols) = (operand.rows, operand.cols);
    let mut number = |arg: u32| {
        tensors.iter().position(|known| *known == arg).unwrap_or_else(|| {
            tensors.push(arg);
            tensors.len() - 1
        })
    };
    let bytes = |number: usize, start: usize, runs: usize, pitch: usize, width: usize| {
        let (runs, pitch, width) =
            if runs == 1 || pitch == width { (1, 0, runs * width) } else { (runs, pitch, width) };
        format!("g{number}+{start} {runs}x{width} each {pitch}")
    };
    match operand.place {
        Place::Tile { addr, ty, .. } => {
            let text = format!("{:?} at {addr:#x} {ty} {:?}, {rows}x{cols}", ty.space, ty.layout);
            [text.clone(), text]
        }
        Place::Global { arg, row, col } => {
            let tensor = &program.globals[arg as usize];
            let (number, size) = (number(arg), tensor.dtype.size());
            let [row, col, rows, cols] = [row, col, rows, cols].map(|n| n as usize);
            let by_rows = (row * tensor.cols + col) * size;
            let by_cols = (col * tensor.rows + row) * size;
            [
                bytes(number, by_rows, rows, tensor.cols * size, cols * size),
                bytes(number, by_cols, cols, tensor.rows * size, rows * size),
            ]
        }
        Place::Bytes { arg, start, pitch } => {
            let [start, pitch, rows, cols] = [start, pitch, rows, cols].map(|n| n as usize);
            let text = bytes(number(arg), start, rows, pitch, cols);
            [text.clone(), text]
        }
        place => [format!("{place:?}"), String::new()],
    }
}

/// Ops that take a column as a column: the others are element-wise.
const OF_COLUMNS: [&str; 5] = ["TLOAD", "TSTORE", "TMOV", "TROW", "TQUANT"];

/// As the op is called in C++. Element-wise ops take no columns there: a column is one row of as many elements, which are the same bytes.
fn as_called(op: &str, operand: &Operand) -> Operand {
    let mut row = *operand;
    if let Place::Tile { ty, .. } = &mut row.place
        && (ty.cols, ty.layout) == (1, LayoutId::Dn)
        && !OF_COLUMNS.iter().any(|some| op.starts_with(some))
    {
        (ty.rows, ty.cols, ty.layout) = (1, ty.rows, LayoutId::Nd);
        (row.rows, row.cols) = (operand.cols, operand.rows);
    }
    row
}

/// What an op writes and reads; on a5 the library's TQUANT leaves its source alone, and takes no scratch tile.
fn sides(program: &Program, op: &OpInstr) -> (Vec<Operand>, Vec<Operand>) {
    let (writes, reads) = program.writes_and_reads(op);
    match (program.op_name(op), program.chip, writes) {
        ("TQUANT", ChipId::A5, [dst, src, _]) => (vec![*dst], [&[*src], reads].concat()),
        _ => (writes.to_vec(), reads.to_vec()),
    }
}

/// What a block issues, a line an instruction: with rows, and with columns.
fn listing(program: &Program, called: fn(&str, &Operand) -> Operand) -> Vec<[String; 2]> {
    let mut tensors = Vec::new();
    let mut list = |op: &str, operands: &[Operand]| -> [BTreeSet<String>; 2] {
        let mut sets: [BTreeSet<String>; 2] = Default::default();
        for one in operands {
            let texts = operand(program, &called(op, one), &mut tensors);
            for (set, text) in sets.iter_mut().zip(texts) {
                set.insert(text);
            }
        }
        sets
    };
    let line = |instr: &Instr| match &instr.kind {
        InstrKind::Op(op) => {
            let name = program.op_name(op);
            let (writes, reads) = sides(program, op);
            let (writes, reads) = (&writes[..], &reads[..]);
            let (writes, reads) = (list(name, writes), list(name, reads));
            // An op in place reads what it writes, listed or not.
            [0, 1].map(|way: usize| {
                let reads: Vec<_> = reads[way].difference(&writes[way]).collect();
                format!("{name} {:?} <- {reads:?}", writes[way])
            })
        }
        InstrKind::Set(flag) => [(); 2].map(|()| format!("set {flag}")),
        InstrKind::Wait(flag) => [(); 2].map(|()| format!("wait {flag}")),
        InstrKind::Barrier => [(); 2].map(|()| format!("barrier {}", instr.pipe.short())),
        InstrKind::BarrierAll => [(); 2].map(|()| "barrier all".to_owned()),
        InstrKind::Cross(cross) => [(); 2].map(|()| format!("{cross:?}")),
    };
    program.instrs.iter().map(line).collect()
}

/// A kernel, and the program of its first block.
type Example = (&'static str, Emitted, Program);

/// Emitted kernels, each in a namespace of its own, with a host that launches them one after another.
fn with_host(examples: &[Example]) -> String {
    let mut text = "#include <acl/acl.h>\n#include <pto/pto-inst.hpp>\n\n".to_owned();
    text += "template <class T> T* filled(size_t bytes)\n{\n    T* p;\n";
    text += "    aclrtMalloc(&p, bytes, ACL_MEM_MALLOC_HUGE_FIRST);\n    aclrtMemset(p, bytes, 0, bytes);\n    return p;\n}\n\n";
    let mut main = "int main()\n{\n".to_owned();
    for (name, emitted, program) in examples {
        let tensor = |tensor: &GlobalInfo| {
            let ty = match tensor.dtype.name() {
                "f32" => "float",
                "f16" => "half",
                "i8" => "int8_t",
                "u32" => "uint32_t",
                "u64" => "uint64_t",
                other => panic!("no tensor of {other} here"),
            };
            format!("filled<{ty}>({})", tensor.rows * tensor.cols * tensor.dtype.size())
        };
        let args: Vec<_> = program.globals.iter().map(tensor).collect();
        let (kernel, blocks) = (emitted.name(), emitted.summary().blocks);
        let source = emitted.source();
        writeln!(text, "namespace of_{name} {{\n{source}}} // namespace of_{name}\n")
            .expect("a string");
        writeln!(
            main,
            "    of_{name}::{kernel}<<<{blocks}, nullptr, nullptr>>>({});",
            args.join(", ")
        )
        .expect("a string");
    }
    text + &main + "}\n"
}

/// Compiles, runs and reads it.
fn traced(name: &str, source: &str, chip: &str) -> Trace {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emit");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (file, to) = (folder.join(format!("{name}.cpp")), folder.join(format!("{name}.trace")));
    std::fs::write(&file, source).expect("written");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
    command.args(["trace", "--chip", chip, "--pto"]).arg(library).arg(&file).arg("-o").arg(&to);
    let output = command.output().expect("runs");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Trace::read(std::io::BufReader::new(std::fs::File::open(to).expect("a trace")))
        .expect("a trace")
}

fn compiler() -> bool {
    let found = ["clang++", "clang++-19", "g++", "c++"].iter().any(|name| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    });
    if !found {
        eprintln!("skipped: there is no C++ compiler on this machine");
    }
    found
}

/// Traces the examples for one chip, and compares every block.
fn come_back(examples: &[Example], chip: &str) {
    let trace = traced(chip, &with_host(examples), chip);
    let launches: Vec<_> = trace.launches().collect();
    assert_eq!(launches.len(), examples.len());
    for ((name, emitted, _), launch) in examples.iter().zip(launches) {
        assert_eq!(launch.blocks.len(), emitted.summary().blocks, "{name}");
        for (at, block) in launch.blocks.iter().enumerate() {
            assert_eq!(block.index, (at as u64, 0), "{name}");
            let recorded = kernels::launch(name, Size::Small, Watch(at)).expect("an example");
            let recorded = listing(&recorded.expect("runs"), as_called);
            let traced = listing(&block.program, |_, operand| *operand);
            for (line, (recorded, traced)) in recorded.iter().zip(&traced).enumerate() {
                let same = recorded.iter().any(|way| *way == traced[0]);
                assert!(same, "{name}, block {at}, {line}:\n{}\n{}", recorded[0], traced[0]);
            }
            assert_eq!(recorded.len(), traced.len(), "{name}, block {at}");
        }
    }
}

/// Elements of eight bits, whose types a trace does not tell apart; and loads from where data says, which the trace's memory does not have.
const NOT_TRACED: [&str; 2] = ["gemm_mxfp8", "embedding"];

#[test]
fn the_cpp_of_each_example_issues_what_the_kernel_issues() {
    if !compiler() {
        return;
    }
    let example = |name: &&'static str| -> Result<Example, Box<dyn Error>> {
        let emitted = kernels::launch(name, Size::Small, Write)??;
        Ok((*name, emitted, kernels::launch(name, Size::Small, Watch(0))??))
    };
    let examples = NAMES
        .iter()
        .filter(|name| !NOT_TRACED.contains(name))
        .map(|name| example(name).unwrap_or_else(|error| panic!("{name}: {error}")));
    let (a2a3, a5): (Vec<Example>, Vec<Example>) =
        examples.partition(|(_, emitted, _)| emitted.summary().chip == ChipId::A2A3);
    come_back(&a2a3, "a2a3");
    come_back(&a5, "a5");
}
