//! Writes the C++.

mod body;
mod layout;
mod tensors;
mod tiles;

pub(super) use tensors::Tensor;

use std::cell::RefCell;

use body::Body;
use layout::Page;
use tensors::Tensors;
use tiles::Tiles;

use super::EmitError;
use super::blocks::{Grid, Plan};
use super::calls;
use super::fields::Fields;
use super::loops::Structures;
use super::types;
use super::walk::Walk;
use super::words::Words;
use crate::chip::ChipId;

/// What is written.
pub(super) struct Kernel<'w> {
    pub(super) name: &'w str,
    pub(super) chip: ChipId,
    pub(super) fields: &'w Fields,
    pub(super) tensors: &'w [Tensor],
    pub(super) plan: &'w Plan,
}

impl Kernel<'_> {
    /// The whole file.
    pub(super) fn source(
        &self,
        structures: &Structures,
        words: &Words,
        grid: Grid,
    ) -> Result<String, EmitError> {
        let walk = Walk { structures, words, grid, choices: RefCell::default() };
        let (mut tiles, mut tensors) =
            (Tiles::new(self.fields), Tensors::new(self.tensors, self.fields));
        each_case(self.plan, &mut |case| {
            walk.case(case, &mut tiles::Survey { words, tiles: &mut tiles });
            walk.case(case, &mut tensors::Survey { words, tensors: &mut tensors });
        });
        let mut body = Body::new(self, &walk, &tiles, &tensors);
        body.plan(self.plan)?;
        let Body { page, counts, .. } = body;
        let mut file = Page::default();
        let file_name = words.lines.first().map_or("Rust", |line| layout::base(line.file()));
        file.line(&format!(
            "// Written by tilesync of the kernel `{}` in {file_name}, for {}.",
            self.name,
            types::chip(self.chip)
        ));
        file.line(&format!(
            "// Specialised to {} blocks and to the shapes below: for others, emit it again.",
            grid.blocks
        ));
        file.line("#include <pto/pto-inst.hpp>");
        file.blank();
        file.line("using namespace pto;");
        file.blank();
        file.line(&format!("constexpr uint32_t kBlocks = {};", grid.blocks));
        if grid.has_rows() {
            file.line(&format!(
                "constexpr int64_t kAcross = {}; // Blocks side by side.",
                grid.across
            ));
        }
        tensors.constants(&mut file);
        for (name, count, line) in counts {
            file.line(&format!("constexpr int {name} = {count}; // {line}"));
        }
        file.blank();
        let parameters = tensors.parameters(true);
        file.line(&format!("extern \"C\" __global__ AICORE void {}({parameters})", self.name));
        file.line("{");
        let chosen = |name: &str| walk.choices.borrow().iter().any(|(text, _)| text.contains(name));
        let uses = |name: &str| page.mentions(name) || chosen(name);
        file.indented(|file| {
            tiles.declare(file, self.chip);
            tensors.aliases(file);
            if uses("block") || grid.has_rows() {
                file.line("const int64_t block = get_block_idx();");
            }
            if uses("block_row") || uses("block_col") {
                file.line(
                    "const int64_t block_row = block / kAcross, block_col = block % kAcross;",
                );
            }
            for (text, name) in walk.choices.borrow().iter() {
                if page.mentions(name) {
                    file.line(&format!("const int {name} = {text};"));
                }
            }
            for number in 1..=words.scalars() {
                file.line(&format!("int64_t scalar{number} = 0;"));
            }
            if page.mentions(calls::COUNTS) {
                file.line(&format!("MrgSortExecutedNumList {};", calls::COUNTS));
            }
            file.blank();
            file.append(page.clone());
        });
        file.line("}");
        file.blank();
        file.line("#ifndef __CPU_SIM");
        file.line(&format!(
            "void launch_{}(void* stream, {})",
            self.name,
            tensors.parameters(false)
        ));
        file.line("{");
        file.line(&format!(
            "    {}<<<kBlocks, nullptr, stream>>>({});",
            self.name,
            tensors.arguments()
        ));
        file.line("}");
        file.line("#endif");
        Ok(file.text())
    }
}

fn each_case<'p>(plan: &'p Plan, each: &mut impl FnMut(&'p super::blocks::Case)) {
    match plan {
        Plan::Case(case) => each(case),
        Plan::Branch { yes, no, .. } => {
            each_case(yes, each);
            each_case(no, each);
        }
    }
}
