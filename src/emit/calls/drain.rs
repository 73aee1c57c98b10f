//! Accumulators on their way out.

use super::{Call, Template};
use crate::chip::ChipId;
use crate::emit::operands::OpShape;
use crate::inner::{Way, word};
use crate::tile::DtypeId;

/// An accumulator on its way out: with a scale for all, or with the tile of the columns' scales; with ReLU or without.
pub(super) fn drain(
    op: &OpShape,
    imm: u64,
    plain: &'static str,
    by_columns: &'static str,
    chip: ChipId,
    [to, from]: [Option<DtypeId>; 2],
) -> Result<Call, &'static str> {
    let way = Way::of_imm(imm);
    let count = op.operands.len();
    let store = plain == "TSTORE";
    let types = if store { [1, 0] } else { [0, 1] };
    let mut template: Vec<Template> = types.into_iter().map(Template::Of).collect();
    template.extend((count == 3).then_some(Template::Of(2)));
    template.extend(store.then_some(Template::Text("AtomicType::AtomicNone")));
    template.push(Template::Text("ReluPreMode::NormalRelu"));
    let mut call = Call::new(if count == 3 { by_columns } else { plain }, 0..count);
    if way.relu {
        call.template = template;
    }
    let is_scaled = way.quant.scale != 1.0 || way.quant.offset != 0.0;
    if count == 2 && is_scaled {
        // The library passes the scale on, and takes no notice of it.
        let ignored = from == Some(DtypeId::F32) && to == Some(DtypeId::F32);
        if ignored && (!store || chip == ChipId::A2A3) {
            return Err("the C++ library does not scale f32 to f32 here: use TMULS behind it");
        }
        let signed = if to == Some(DtypeId::I8) { word::SIGNED } else { 0 };
        let offset = (way.quant.offset as i64 as u64 & word::OFFSETS) << word::OFFSET;
        call = call.and(format!("{:#x}", u64::from(way.quant.scale.to_bits()) | signed | offset));
    }
    Ok(call)
}
