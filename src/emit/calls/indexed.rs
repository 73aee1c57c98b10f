//! Ops that sort, and that take elements by index or by pattern.

use super::{Arg, Call, Template, scratch_last, tile_type};
use crate::emit::operands::OpShape;
use crate::inner::pattern_of;
use crate::isa::{Axis, GatherOob, MaskPattern};
use crate::op::OpCode::*;

/// How many pairs a merge took of each list goes here: the library wants a place for it.
pub(in crate::emit) const COUNTS: &str = "merged_counts";

pub(super) fn call(op: &OpShape) -> Result<Call, &'static str> {
    let imm = op.imm.unwrap_or_default();
    Ok(match op.code {
        TSORT32 => Call::new("TSORT32", scratch_last(op, 2)),
        TMRGSORT if op.writes == 1 => Call::new("TMRGSORT", [0, 1]).and(imm.to_string()),
        TMRGSORT if imm == 0 => merged(op),
        TGATHER if op.writes == 2 => Call::new("TGATHER", scratch_last(op, 2)),
        TGATHER => {
            let (pattern, axis) = pattern_of(imm);
            let along = (axis == Axis::Col).then_some(Template::Text("GatherAxis::GATHER_COL"));
            let template = [Template::Of(0), Template::Of(1), Template::Text(name(pattern))];
            Call::new("TGATHER", [0, 1]).of(template.into_iter().chain(along))
        }
        MGATHER_VEC => {
            let by_rows = tile_type(op, 0).zip(tile_type(op, 2)).is_some_and(|(dst, idx)| {
                idx.rows == 1 && idx.cols == dst.rows && (dst.rows, dst.cols) != (1, idx.cols)
            });
            let by = if by_rows { "Coalesce::Row" } else { "Coalesce::Elem" };
            Call::new("MGATHER", [0, 1, 2]).of([by, beyond(imm)?].map(Template::Text))
        }
        _ => return Err("this op, or this form of it, is not known to the writer"),
    })
}

/// Two to four lists into one.
fn merged(op: &OpShape) -> Call {
    let lists = 2..op.operands.len();
    let mut call = Call::new("TMRGSORT", [0]);
    call.args.push(Arg::Text(COUNTS.to_owned()));
    call.args.extend([1].into_iter().chain(lists.clone()).map(Arg::Operand));
    let types = [0, 1].into_iter().chain(lists).map(Template::Of);
    call.of(types.chain([Template::Text("false")]))
}

fn name(pattern: MaskPattern) -> &'static str {
    match pattern {
        MaskPattern::P0101 => "MaskPattern::P0101",
        MaskPattern::P1010 => "MaskPattern::P1010",
        MaskPattern::P0001 => "MaskPattern::P0001",
        MaskPattern::P0010 => "MaskPattern::P0010",
        MaskPattern::P0100 => "MaskPattern::P0100",
        MaskPattern::P1000 => "MaskPattern::P1000",
        MaskPattern::P1111 => "MaskPattern::P1111",
    }
}

/// What an index beyond the table means.
fn beyond(imm: u64) -> Result<&'static str, &'static str> {
    const WAYS: [(GatherOob, &str); 3] = [
        (GatherOob::Zero, "GatherOOB::Zero"),
        (GatherOob::Clamp, "GatherOOB::Clamp"),
        (GatherOob::Wrap, "GatherOOB::Wrap"),
    ];
    let known = WAYS.iter().find(|(way, _)| *way as u64 == imm);
    known.map(|(_, name)| *name).ok_or("what it does with an index beyond the table has no name")
}
