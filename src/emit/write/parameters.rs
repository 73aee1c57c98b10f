//! The parameters of the kernel's function: its tensors, and memory for the messages of its FIFOs.

use super::layout::{Page, camel};
use crate::emit::found::Found;
use crate::emit::links::{Link, Sharing};
use crate::emit::names;
use crate::emit::tensor::Tensor;
use crate::emit::types;

/// The parameters of all parts of a launch, which have the same numbers in each.
pub(super) struct Parameters<'w> {
    tensors: &'w [Tensor],
    links: &'w [Link],
    names: Vec<String>,
}

impl<'w> Parameters<'w> {
    pub(super) fn new(parts: &[&'w Found]) -> Self {
        let is_tile = |name: &str| parts.iter().any(|part| part.fields.takes(name));
        let (tensors, links) =
            parts.first().map_or((&[][..], &[][..]), |part| (&part.tensors[..], &part.links[..]));
        let name = |tensor: &Tensor| match &tensor.name {
            name if tensor.is_slot => format!("{name}s"),
            name if is_tile(name) || names::is_reserved(name) => format!("{name}_gm"),
            name => name.clone(),
        };
        Parameters { tensors, links, names: tensors.iter().map(name).collect() }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Tensors with their names; messages that lie on the chip take no memory.
    fn given(&self) -> impl Iterator<Item = (&'w Tensor, &String)> {
        let on_chip = |arg: usize| self.links.iter().any(|link| link.memory == arg && link.on_chip);
        let all = self.tensors.iter().zip(&self.names).enumerate();
        all.filter(move |(arg, _)| !on_chip(*arg)).map(|(_, given)| given)
    }

    /// Each with its type.
    pub(super) fn each(&self, on_device: bool) -> impl Iterator<Item = String> {
        let space = if on_device { "__gm__ " } else { "" };
        self.given()
            .map(move |(tensor, name)| format!("{space}{}* {name}", types::dtype(tensor.dtype)))
    }

    /// Those that `part` mentions: with their types, and as they are passed on.
    pub(super) fn mentioned(&self, part: &Page) -> [Vec<String>; 2] {
        let each = self.each(true).zip(self.passed());
        let (typed, passed) = each.filter(|(_, name)| part.mentions(name)).unzip();
        [typed, passed]
    }

    pub(super) fn passed(&self) -> Vec<String> {
        self.given().map(|(_, name)| name.clone()).collect()
    }

    /// The type of each FIFO, and how many elements of memory each block has for it.
    pub(super) fn fifos(&self, chip: crate::chip::ChipId, file: &mut Page) {
        for link in self.links {
            let (base, direction) = (camel(&link.name), link.direction_name(chip));
            let ([rows, cols], slots) = (link.message, link.slots);
            if !link.on_chip {
                let elements = i64::from(slots) * rows * cols;
                file.line(&format!("constexpr int64_t k{base}Elements = {elements};"));
            }
            // Two messages in the consumer's memory, where tiles are pushed and popped; and no halves.
            let alone = if link.sharing == Sharing::Alone { ", 2, true" } else { "" };
            file.commented(
                &format!(
                    "using {base}Pipe = TPipe<{}, {direction}, {}, {slots}{alone}>;",
                    link.ready, link.slot_bytes
                ),
                &format!("{slots} messages of {rows} x {cols}."),
            );
        }
    }

    /// How large the memory for messages is.
    pub(super) fn sizes(&self, file: &mut Page) {
        for link in self.links.iter().filter(|link| !link.on_chip) {
            let (name, base) = (&self.names[link.memory], camel(&link.name));
            file.line(&format!(
                "// {name}: memory for messages, kBlocks * k{base}Elements elements."
            ));
        }
    }
}
