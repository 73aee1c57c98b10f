//! Emitted kernels come back the same: compiled with the tracing header against a small library of our own in `tests/cpp`, run, and read
//! as programs, every core of every block issues what the Rust kernel issued.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tilesync::chip::ChipId;
use tilesync::emit::Emitted;
use tilesync::exec::{Cluster, Kernel, Phased};
use tilesync::global::Args;
use tilesync::op::Pipe;
use tilesync::prelude::*;
use tilesync::program::{ClusterProgram, Core, GlobalInfo, InstrKind, Program};
use tilesync::trace::Trace;

#[path = "../examples/emit/kernels/mod.rs"]
mod kernels;
#[path = "emit_cpp/listing.rs"]
mod listing;
#[path = "emit_cpp/on_chip.rs"]
mod on_chip;

#[path = "clusters/copies.rs"]
mod copies;

use copies::{BLOCKS, Copying, N, TILES};
use kernels::{Bytes, Launch, NAMES, Size, Write};
use listing::{as_called, listing};

/// Records a block, with all others of a kernel of several cores.
struct Watch(usize);

impl Launch for Watch {
    type Output = Result<ClusterProgram, LaunchError>;

    fn launch<K: Kernel>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        let report = Pipelined::new().watch(self.0).launch(kernel, grid, args);
        report.map(|report| ClusterProgram::of_block([report.program]))
    }

    fn launch_cluster<'h, C: Cluster>(
        self,
        cluster: &C,
        grid: usize,
        cube: <C::CubeArgs as Args>::Host<'h>,
        vector: <C::VectorArgs as Args>::Host<'h>,
    ) -> Self::Output {
        let report = Pipelined::new().launch_cluster(cluster, grid, cube, vector);
        report.map(|report| report.program)
    }

    fn launch_phases<K: Phased>(
        self,
        kernel: &K,
        grid: usize,
        args: <K::Args as Args>::Host<'_>,
    ) -> Self::Output {
        Pipelined::new().launch_phases(kernel, grid, args).map(|report| report.program)
    }
}

/// A kernel, what its blocks issue (of an example of one core, the first one), and the bytes of its tensors.
struct Example {
    name: &'static str,
    emitted: Emitted,
    recorded: ClusterProgram,
    tensors: Vec<Vec<u8>>,
}

impl Example {
    fn of(name: &'static str) -> Self {
        let mut tensors = Vec::new();
        let mut look = |shown: &[&dyn Bytes]| {
            tensors = shown.iter().map(|tensor| tensor.bytes()).collect();
        };
        let emitted = kernels::launch_and_look(name, Size::Small, Write, &mut look);
        let emitted = emitted.expect("an example");
        let emitted = emitted.unwrap_or_else(|error| panic!("{name}: {error}"));
        let recorded = kernels::launch(name, Size::Small, Watch(0)).expect("an example");
        Example { name, emitted, recorded: recorded.expect("runs"), tensors }
    }

    /// A cluster that copies from its vector cores to its cube core.
    fn of_copies(name: &'static str, cluster: &impl Copying) -> Self {
        fn launch<L: Launch>(with: L, cluster: &impl Copying) -> (L::Output, Vec<Vec<u8>>) {
            let [x, one] = copies::inputs();
            let mut out = vec![0.0; x.len()];
            let shape = [x.len() / N, N];
            let input = GlobalTensor::new(&x, &shape).expect("a tensor").whole();
            let factor = GlobalTensor::new(&one, &[N, N]).expect("a tensor").whole();
            let mut result = GlobalTensorMut::new(&mut out, &shape).expect("a tensor");
            let cube = (factor, result.parts(TILES * N, N).expect("parts"));
            let launched = with.launch_cluster(cluster, BLOCKS, cube, (input,));
            (launched, [&one, &out, &x].map(Bytes::bytes).into())
        }
        let (emitted, tensors) = launch(Write, cluster);
        let recorded = launch(Watch(0), cluster).0.expect("runs");
        let emitted = emitted.unwrap_or_else(|error| panic!("{name}: {error}"));
        Example { name, emitted, recorded, tensors }
    }

    fn first(&self) -> &Program {
        &self.recorded.blocks[0][0]
    }

    fn chip(&self) -> ChipId {
        self.emitted.summary().chip
    }

    /// Whether there is a function for each kind of core.
    fn has_sides(&self) -> bool {
        self.emitted.source().contains("__DAV_CUBE__")
    }

    /// What a core of a block issues.
    fn issued(&self, block: usize, core: Core) -> Program {
        if !self.has_sides() && self.recorded.blocks.len() == 1 {
            let recorded = kernels::launch(self.name, Size::Small, Watch(block));
            let mut recorded = recorded.expect("an example").expect("runs");
            return recorded.blocks[0].remove(0);
        }
        match self.recorded.program(block, core) {
            Some(program) => program.clone(),
            None if !self.has_sides() => self.recorded.blocks[block][0].clone(),
            None => of_phases(&self.recorded.blocks[block][0], core),
        }
    }
}

/// The phases that run on `core`, of a kernel in phases, of which one vector core works on a block; and all meetings.
fn of_phases(program: &Program, core: Core) -> Program {
    let is_met = |kind: &InstrKind| matches!(kind, InstrKind::Cross(_));
    let mut one = program.clone();
    one.instrs.clear();
    for phase in program.instrs.chunk_by(|a, b| is_met(&a.kind) == is_met(&b.kind)) {
        let on_vector = phase.iter().any(|instr| instr.pipe == Pipe::V);
        let of = if on_vector { Core::Vector0 } else { Core::Cube };
        if is_met(&phase[0].kind) || of == core {
            one.instrs.extend(phase);
        }
    }
    one
}

/// Memory on the device, filled with what stands next in the file.
const FILLED: &str = r"#include <acl/acl.h>
#include <cstdio>
#include <pto/pto-inst.hpp>
#include <vector>

template <class T> T* filled(size_t bytes, FILE* from)
{
    std::vector<char> host(bytes);
    if (from && fread(host.data(), 1, bytes, from) != bytes) std::abort();
    T* p;
    aclrtMalloc(&p, bytes, ACL_MEM_MALLOC_HUGE_FIRST);
    aclrtMemcpy(p, bytes, host.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE);
    return p;
}

";

/// Emitted kernels, each in a namespace of its own, with a host that launches them one after another; their tensors are in file `data`.
fn with_host(examples: &[&Example], data: &Path) -> String {
    let mut text = FILLED.to_owned();
    let mut main = format!("int main()\n{{\n    FILE* data = fopen({data:?}, \"rb\");\n");
    for example in examples {
        let (name, emitted) = (example.name, &example.emitted);
        let (kernel, blocks) = (emitted.name(), emitted.summary().blocks);
        let program = example.first();
        let tensor = |(arg, tensor): (u32, &GlobalInfo)| {
            let ty = match tensor.dtype.name() {
                "f32" => "float",
                "f16" => "half",
                "i8" => "int8_t",
                "i32" => "int32_t",
                "u32" => "uint32_t",
                "u64" => "uint64_t",
                "f8e4m3" => "float8_e4m3_t",
                "f8e8m0" => "float8_e8m0_t",
                other => panic!("no tensor of {other} here"),
            };
            let of_block = program.fifos.iter().any(|fifo| fifo.memory == arg);
            let (times, from) = if of_block { (blocks, "nullptr") } else { (1, "data") };
            let bytes = tensor.rows * tensor.cols * tensor.dtype.size() * times;
            // Arguments are evaluated in no order: variables are.
            writeln!(main, "    auto* {name}{arg} = filled<{ty}>({bytes}, {from});")
                .expect("a string");
            format!("{name}{arg}")
        };
        let flags = emitted.source().contains("ffts").then(|| "nullptr".to_owned());
        let on_chip = |arg: u32| program.fifos.iter().any(|fifo| fifo.memory == arg && fifo.direct);
        let given = (0..).zip(&program.globals).filter(|(arg, _)| !on_chip(*arg));
        let args: Vec<_> = flags.into_iter().chain(given.map(tensor)).collect();
        let source = emitted.source();
        // Two examples may have one kernel, whose name C has once.
        writeln!(text, "#define {kernel} kernel_of_{name}\nnamespace of_{name} {{\n{source}}}\n#undef {kernel}\n")
            .expect("a string");
        writeln!(
            main,
            "    of_{name}::kernel_of_{name}<<<{blocks}, nullptr, nullptr>>>({});",
            args.join(", ")
        )
        .expect("a string");
    }
    text + &main + "}\n"
}

/// Compiles, runs and reads it.
fn traced(name: &str, examples: &[&Example], chip: ChipId, flags: &[&str]) -> Trace {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emit");
    std::fs::create_dir_all(&folder).expect("a folder");
    let [file, data, to] = ["cpp", "data", "trace"].map(|end| folder.join(format!("{name}.{end}")));
    let tensors = examples.iter().flat_map(|example| &example.tensors).flatten();
    std::fs::write(&data, tensors.copied().collect::<Vec<u8>>()).expect("written");
    std::fs::write(&file, with_host(examples, &data)).expect("written");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilesync"));
    command.args(["trace", "--chip", &chip.to_string(), "--pto"]).arg(library).arg(&file);
    command.arg("-o").arg(&to).args(flags);
    if !flags.is_empty() {
        command.env("TILESYNC_SUBBLOCKS", "2");
    }
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

/// Traces examples, and compares every core of every block.
fn come_back(examples: &[&Example], name: &str, cores: &[Core], flags: &[&str]) {
    let trace = traced(name, examples, examples[0].chip(), flags);
    let launches: Vec<_> = trace.launches().collect();
    assert_eq!(launches.len(), examples.len());
    for (example, launch) in examples.iter().zip(launches) {
        let name = example.name;
        assert_eq!(launch.blocks.len(), example.emitted.summary().blocks * cores.len(), "{name}");
        for (at, core) in launch.blocks.iter().enumerate() {
            let (block, sub) = (at / cores.len(), at % cores.len());
            assert_eq!(core.index, (block as u64, sub as u64), "{name}");
            let program = example.issued(block, cores[sub]);
            if on_chip::has_messages_on_chip(&program) {
                let issued = on_chip::by_pipe(&on_chip::by_flags(&program), true);
                let traced = on_chip::by_pipe(&core.program, false);
                for ((pipe, issued), traced) in issued.iter().zip(traced.values()) {
                    let mut lines = issued.iter().zip(traced);
                    let odd = lines.find(|(issued, traced)| issued != traced);
                    assert_eq!(odd, None, "{name}, core {at}, pipe {pipe}");
                    assert_eq!(issued.len(), traced.len(), "{name}, core {at}, pipe {pipe}");
                }
                assert!(issued.keys().eq(traced.keys()), "{name}, core {at}");
                continue;
            }
            let pixels = (name == "conv2d").then_some(kernels::PIXELS);
            let issued = listing(&program, block, pixels, as_called);
            let traced = listing(&core.program, 0, pixels, |_, operand| *operand);
            for (line, (issued, traced)) in issued.iter().zip(&traced).enumerate() {
                let same = issued.iter().any(|way| *way == traced[0]);
                assert!(same, "{name}, core {at}, {line}:\n{}\n{}", issued[0], traced[0]);
            }
            assert_eq!(issued.len(), traced.len(), "{name}, core {at}");
        }
    }
}

fn examples(with_sides: bool) -> Vec<Example> {
    NAMES.iter().map(|name| Example::of(name)).filter(|it| it.has_sides() == with_sides).collect()
}

#[test]
fn the_cpp_of_each_example_issues_what_the_kernel_issues() {
    if !compiler() {
        return;
    }
    let examples = examples(false);
    for chip in [ChipId::A2A3, ChipId::A5] {
        let of_chip: Vec<_> = examples.iter().filter(|example| example.chip() == chip).collect();
        come_back(&of_chip, &chip.to_string(), &[Core::Cube], &[]);
    }
}

/// Each side is compiled by itself, as the device's compiler does it.
#[test]
fn the_cpp_of_each_core_issues_what_the_core_issues() {
    if !compiler() {
        return;
    }
    let examples = examples(true);
    assert!(examples.len() >= 4, "{}", examples.len());
    for chip in [ChipId::A2A3, ChipId::A5] {
        let of_chip: Vec<_> = examples.iter().filter(|example| example.chip() == chip).collect();
        come_back(&of_chip, &format!("cube_{chip}"), &[Core::Cube], &["-D__DAV_CUBE__"]);
        let vectors = [Core::Vector0, Core::Vector1];
        come_back(&of_chip, &format!("vector_{chip}"), &vectors, &["-D__DAV_VEC__"]);
    }
}

/// Each vector core has half of a message, or one has all of it and the other one says what is said to the cube.
#[test]
fn the_cpp_of_each_way_to_share_a_message_issues_what_the_cores_issue() {
    if !compiler() {
        return;
    }
    let examples = [
        Example::of_copies("rows", &copies::halves_of_rows::Copies),
        Example::of_copies("columns", &copies::halves_of_columns::Copies),
        Example::of_copies("one", &copies::one_vector_core::Copies),
    ];
    let examples: Vec<_> = examples.iter().collect();
    come_back(&examples, "shared_cube", &[Core::Cube], &["-D__DAV_CUBE__"]);
    let vectors = [Core::Vector0, Core::Vector1];
    come_back(&examples, "shared_vector", &vectors, &["-D__DAV_VEC__"]);
    // On a5 the other one has no part in it.
    let one = Example::of_copies("one", &copies::one_vector_core_on_a5::Copies).emitted;
    assert!(
        one.source().contains("    if (get_subblockid() == 0) copies_vector("),
        "{}",
        one.source()
    );
}

/// Where regions are, how large they are and what is valid then is read from memory and computed by the C++: written for some data, it does
/// with other data what the kernel does with that.
#[test]
fn the_cpp_of_regions_that_data_sizes_issues_what_the_kernel_issues_with_other_data() {
    fn launch<L: Launch>(with: L, seed: u64) -> (L::Output, Vec<Vec<u8>>) {
        let mut tensors = Vec::new();
        let mut look =
            |shown: &[&dyn Bytes]| tensors = shown.iter().map(|tensor| tensor.bytes()).collect();
        let launched = kernels::segment_sum_of(Size::Small, seed, with, &mut look);
        (launched.expect("an example"), tensors)
    }
    if !compiler() {
        return;
    }
    let emitted = launch(Write, 1).0.unwrap_or_else(|error| panic!("{error}"));
    let source = emitted.source();
    let size = "const int64_t size1 = Min(Min(scalar2 - scalar1, 16), 172 - scalar1);";
    assert!(source.contains(size), "{source}");
    for seed in 2..4 {
        let blocks = 0..emitted.summary().blocks;
        let blocks = blocks.map(|block| launch(Watch(block), seed).0.expect("runs"));
        let blocks = blocks.flat_map(|program| program.blocks).collect();
        let recorded = ClusterProgram { blocks, resident: None };
        let tensors = launch(Watch(0), seed).1;
        let example = Example { name: "segments", emitted: emitted.clone(), recorded, tensors };
        come_back(&[&example], "segments", &[Core::Cube], &[]);
    }
}
