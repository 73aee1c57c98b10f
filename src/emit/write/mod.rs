//! Writes the C++.

mod blocked;
mod body;
mod cores;
mod launch;
mod layout;
mod parameters;
mod part;
mod tensors;
mod tiles;

pub(super) use launch::Launch;

use layout::Page;
use parameters::Parameters;
use part::Part;

use super::EmitError;
use super::found::Found;
use super::names;
use super::symbols::{GREATEST, LEAST};
use super::types;
use crate::chip::ChipId;

/// What is written.
pub(super) struct File<'w> {
    pub(super) name: &'w str,
    pub(super) chip: ChipId,
    pub(super) launch: Launch<'w>,
}

impl File<'_> {
    /// The whole file.
    pub(super) fn source(&self) -> Result<String, EmitError> {
        let founds = self.launch.parts();
        let parameters = Parameters::new(&founds);
        let mut parts = Vec::new();
        for found in &founds {
            parts.push(Part::new(found, self.chip, parameters.names())?);
        }
        let mut file = Page::default();
        self.head(&founds, &mut file);
        for (name, sign) in [(LEAST, "<"), (GREATEST, ">")] {
            if parts.iter().any(|part| part.body.mentions(name)) {
                file.line(&format!(
                    "AICORE constexpr inline int64_t {name}(int64_t left, int64_t right) {{ return left {sign} right ? left : right; }}"
                ));
                file.blank();
            }
        }
        let blocks = founds.first().map_or(0, |found| found.plan.grid.blocks);
        file.line(&format!("constexpr uint32_t kBlocks = {blocks};"));
        match (&self.launch, &parts[..]) {
            (Launch::Kernel(_), [part]) => {
                file.append(part.constants.clone());
                file.blank();
                let parameters: Vec<String> = parameters.each(true).collect();
                file.listed(&self.head_of_kernel(), &parameters, "");
                file.line("{");
                file.indented(|file| file.append(part.body.clone()));
                file.line("}");
            }
            _ => self.cores(&founds, &parts, &parameters, &mut file),
        }
        file.blank();
        self.launcher(&parameters, &mut file);
        Ok(file.text())
    }

    fn head(&self, founds: &[&Found], file: &mut Page) {
        let first = founds.iter().find_map(|found| found.words.lines.first());
        let file_name = first.map_or("Rust", |line| names::base(line.file()));
        let blocks = founds.first().map_or(0, |found| found.plan.grid.blocks);
        file.line(&format!(
            "// Written by tilesync of the kernel `{}` in {file_name}, for {}.",
            self.name,
            types::chip(self.chip)
        ));
        file.line(&format!(
            "// Specialised to {blocks} {} and to the shapes below: for others, emit it again.",
            if blocks == 1 { "block" } else { "blocks" }
        ));
        file.line("#include <pto/pto-inst.hpp>");
        file.blank();
        file.line("using namespace pto;");
        file.blank();
    }

    fn head_of_kernel(&self) -> String {
        format!("extern \"C\" __global__ AICORE void {}", self.name)
    }

    /// Whether the kernel is told where the flags between cores are.
    fn has_flags(&self) -> bool {
        self.chip == ChipId::A2A3 && !matches!(self.launch, Launch::Kernel(_))
    }

    /// The function that launches it.
    fn launcher(&self, parameters: &Parameters<'_>, file: &mut Page) {
        let given: Vec<String> =
            ["void* stream".to_owned()].into_iter().chain(parameters.each(false)).collect();
        let mut passed = parameters.passed();
        file.line("#ifndef __CPU_SIM");
        if self.has_flags() {
            file.line("extern \"C\" int rtGetC2cCtrlAddr(uint64_t* address, uint32_t* length);");
            file.blank();
            passed.insert(0, "(uint64_t*)ffts".to_owned());
        }
        parameters.sizes(file);
        file.listed(&format!("void launch_{}", self.name), &given, "");
        file.line("{");
        file.indented(|file| {
            if self.has_flags() {
                file.line("uint64_t ffts = 0;");
                file.line("uint32_t length = 0;");
                file.line("rtGetC2cCtrlAddr(&ffts, &length);");
            }
            file.listed(&format!("{}<<<kBlocks, nullptr, stream>>>", self.name), &passed, ";");
        });
        file.line("}");
        file.line("#endif");
    }
}
