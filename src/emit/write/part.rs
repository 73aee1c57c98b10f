//! One part of a launch: its constants, and the body of its function.

use super::body::Body;
use super::layout::{Page, camel};
use super::tensors::{self, Tensors};
use super::tiles::{self, Tiles};
use crate::chip::ChipId;
use crate::emit::EmitError;
use crate::emit::calls;
use crate::emit::found::Found;
use crate::emit::images::Images;
use crate::emit::links::Link;
use crate::emit::walk::{Named, SUB_BLOCK, Walk};

pub(super) struct Part {
    pub(super) constants: Page,
    pub(super) body: Page,
}

impl Part {
    /// `names` are those of the parameters.
    pub(super) fn new(found: &Found, chip: ChipId, names: &[String]) -> Result<Self, EmitError> {
        let Found { fields, words, plan, .. } = found;
        let grid = plan.grid;
        let walk = Walk::new(plan, words);
        let images = Images::new(words, &found.tensors, chip);
        let mut tiles = Tiles::new(fields, &images);
        let mut tensors = Tensors::new(&found.tensors, names, &images);
        walk.all(&mut tiles::Survey { words, tiles: &mut tiles });
        walk.all(&mut tensors::Survey { words, tensors: &mut tensors });
        let mut body = Body::new(chip, &found.links, &walk, &tiles, &tensors);
        body.all()?;
        let code = body.page;

        let mut constants = Page::default();
        if grid.has_rows() {
            let across = format!("constexpr int64_t kAcross = {};", grid.across);
            constants.commented(&across, "Blocks side by side.");
        }
        tensors.constants(&mut constants);
        for (name, count, line) in walk.counts.borrow().iter() {
            constants.commented(&format!("constexpr int {name} = {count};"), line);
        }

        let mut page = Page::default();
        tiles.declare(&mut page);
        tensors.aliases(&mut page);
        let named = walk.at_head();
        let chosen = |name: &str| named.iter().any(|named| named.text.contains(name));
        let uses = |name: &str| code.mentions(name) || chosen(name);
        let in_memory = |link: &Link| !link.on_chip && code.mentions(&link.pipe());
        let has_fifos = found.links.iter().any(in_memory);
        if uses("block") || grid.has_rows() || has_fifos {
            page.line("const int64_t block = get_block_idx();");
        }
        if uses("block_row") || uses("block_col") {
            page.line("const int64_t block_row = block / kAcross, block_col = block % kAcross;");
        }
        if uses(SUB_BLOCK) {
            page.line(&format!("const int64_t {SUB_BLOCK} = get_subblockid();"));
        }
        for Named { text, name, .. } in &named {
            page.line(&format!("const int {name} = {text};"));
        }
        for number in 1..=words.scalars() {
            page.line(&format!("int64_t scalar{number} = 0;"));
        }
        if code.mentions(calls::COUNTS) {
            page.line(&format!("MrgSortExecutedNumList {};", calls::COUNTS));
        }
        page.blank();
        fifos(found, names, &code, &mut page);
        page.append(code);
        Ok(Part { constants, body: page })
    }
}

/// The FIFOs. Where one ends, it takes the credits that are left, and the last one ends first. They do so in the order in which some core
/// has it: nothing comes after, so that it is one whether another waits for one before the other.
fn fifos(found: &Found, names: &[String], code: &Page, page: &mut Page) {
    let drained = found.texts.iter().map(|text| &text.drained).find(|drained| !drained.is_empty());
    let place = |number: usize| {
        let drained = drained.into_iter().flatten();
        drained.clone().position(|of| *of as usize == number)
    };
    let mut order: Vec<usize> = (0..found.links.len()).collect();
    order.sort_by_key(|&number| std::cmp::Reverse(place(number).unwrap_or(usize::MAX)));
    for number in order {
        let link = &found.links[number];
        let (slot, base) = (link.slot(), camel(&link.name));
        if !code.mentions(&link.pipe()) {
            continue;
        }
        let ([rows, cols], dtype) = (link.share, crate::emit::types::dtype(link.dtype));
        let memory = format!("{} + block * k{base}Elements", names[link.memory]);
        page.line(&format!("{base}Pipe {}({});", link.pipe(), link.made_of(&memory)));
        if link.on_chip {
            continue;
        }
        page.line(&format!(
            "using {base}Slot = GlobalTensor<{dtype}, pto::Shape<1, 1, 1, {rows}, {cols}>, pto::Stride<1, 1, 1, {}, 1>>;",
            link.message[1]
        ));
        page.line(&format!("{base}Slot {slot}(nullptr);"));
    }
    page.blank();
}
