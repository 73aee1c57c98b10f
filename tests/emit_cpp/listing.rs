//! Programs as text, in which a recorded program and the trace of the C++ that is made of it are the same.

use std::collections::BTreeSet;

use tilesync::chip::ChipId;
use tilesync::op::OpCode;
use tilesync::program::{Cross, Instr, InstrKind, OpInstr, Operand, Place, Program};
use tilesync::tile::LayoutId;

/// In how many ways a tensor may lie: in rows, in columns, as images, as filters.
const WAYS: usize = 4;

/// A line, for each way in which its tensors may lie.
pub(crate) type Ways = [String; WAYS];

/// An operand without what a trace does not know: names of tiles and tensors, elements in global memory. Of one that is named by bytes all
/// ways are the same. Images, where there are any, have so many pixels.
fn operand(
    program: &Program,
    operand: &Operand,
    tensors: &mut Vec<u32>,
    block: usize,
    pixels: Option<usize>,
) -> Ways {
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
            [(); WAYS].map(|()| text.clone())
        }
        Place::Global { arg, row, col } => {
            let tensor = &program.globals[arg as usize];
            let (number, size) = (number(arg), tensor.dtype.size());
            let [row, col, rows, cols] = [row, col, rows, cols].map(|n| n as usize);
            // Each block has memory of its own for messages: all of it is one allocation, block after block.
            let is_of_block = program.fifos.iter().any(|fifo| fifo.memory == arg);
            let before = if is_of_block { block * tensor.rows * tensor.cols * size } else { 0 };
            let by_rows = before + (row * tensor.cols + col) * size;
            let by_cols = before + (col * tensor.rows + row) * size;
            let [plain, columns] = [
                bytes(number, by_rows, rows, tensor.cols * size, cols * size),
                bytes(number, by_cols, cols, tensor.rows * size, rows * size),
            ];
            let Some(pixels) = pixels else {
                return [plain, columns, String::new(), String::new()];
            };
            // Blocks of channels, pixel after pixel; blocks of rows, filter after filter.
            let c0 = 32 / size;
            let image = row / pixels * tensor.cols.div_ceil(c0) + col / c0;
            let of_image = ((image * pixels + row % pixels) * c0 + col % c0) * size;
            let of_filters = ((row / c0 * tensor.cols + col) * c0 + row % c0) * size;
            [
                plain,
                columns,
                bytes(number, of_image, cols.div_ceil(c0), pixels * 32, rows * 32),
                bytes(number, of_filters, rows.div_ceil(c0), tensor.cols * 32, cols * 32),
            ]
        }
        Place::Bytes { arg, start, pitch } => {
            let [start, pitch, rows, cols] = [start, pitch, rows, cols].map(|n| n as usize);
            let text = bytes(number(arg), start, rows, pitch, cols);
            [(); WAYS].map(|()| text.clone())
        }
        place => [(); WAYS].map(|()| format!("{place:?}")),
    }
}

/// Ops that take a column as a column: the others are element-wise.
const OF_COLUMNS: [&str; 5] = ["TLOAD", "TSTORE", "TMOV", "TROW", "TQUANT"];

/// As the op is called in C++. Element-wise ops take no columns there: a column is one row of as many elements, which are the same bytes.
pub(crate) fn as_called(op: &str, operand: &Operand) -> Operand {
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

/// What is said to other cores. FIFOs are told apart by their flags.
fn said(program: &Program, cross: &Cross) -> String {
    let fifo = cross.fifo().and_then(|fifo| program.fifos.get(fifo as usize));
    let flag = fifo.map_or(0, |fifo| u32::from(fifo.ready));
    match *cross {
        Cross::Alloc { message, .. } => format!("alloc {message} of {flag}"),
        Cross::Push { message, .. } => format!("push {message} of {flag}"),
        Cross::Pop { message, .. } => format!("pop {message} of {flag}"),
        Cross::Free { message, .. } => format!("free {message} of {flag}"),
        Cross::Drain { credits, .. } => format!("drain {credits} of {flag}"),
        other => format!("{other:?}"),
    }
}

/// What block `block` issues, a line an instruction. Images, where there are any, have so many pixels.
pub(crate) fn listing(
    program: &Program,
    block: usize,
    pixels: Option<usize>,
    called: fn(&str, &Operand) -> Operand,
) -> Vec<Ways> {
    let mut tensors = Vec::new();
    let mut list = |op: &str, operands: &[Operand]| -> [BTreeSet<String>; WAYS] {
        let mut sets: [BTreeSet<String>; WAYS] = Default::default();
        for one in operands {
            let texts = operand(program, &called(op, one), &mut tensors, block, pixels);
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
            std::array::from_fn(|way: usize| {
                let reads: Vec<_> = reads[way].difference(&writes[way]).collect();
                format!("{name} {:?} <- {reads:?}", writes[way])
            })
        }
        InstrKind::Set(flag) => [(); WAYS].map(|()| format!("set {flag}")),
        InstrKind::Wait(flag) => [(); WAYS].map(|()| format!("wait {flag}")),
        InstrKind::Barrier => [(); WAYS].map(|()| format!("barrier {}", instr.pipe.short())),
        InstrKind::BarrierAll => [(); WAYS].map(|()| "barrier all".to_owned()),
        InstrKind::Cross(cross) => [(); WAYS].map(|()| said(program, cross)),
    };
    // A scalar is read by an expression, which is no record of a trace.
    let is_scalar =
        |instr: &&Instr| matches!(instr.kind, InstrKind::Op(op) if op.code == Some(OpCode::SCALAR));
    program.instrs.iter().filter(|instr| !is_scalar(instr)).map(line).collect()
}
