//! One thread's records: its tables, and the block that it is in.

use std::sync::Arc;

use super::block::{Builder, Stack};
use super::fifo;
use super::format::{PHASE_FINAL, PHASE_PARTIAL, Records, Role, Tag, pipe};
use super::operand::{self, Described, Shape};
use super::{Launches, TraceError};
use crate::program::{Fifo, Phase};
use crate::tile::TileType;

const OUTSIDE: &str = "a record of a kernel stands outside of a block";
/// More frames or operands than any call has.
const MOST: u64 = 64;
/// Bytes of the largest tile that is believed.
const LARGEST_TILE: u64 = 1 << 28;

#[derive(Default)]
pub(super) struct Stream {
    texts: Vec<Arc<str>>,
    sites: Vec<Stack>,
    tile_types: Vec<Option<TileType>>,
    global_types: Vec<Shape>,
    operands: Vec<Described>,
    fifos: Vec<Fifo>,
    /// The operands of the op that is being read.
    roles: Vec<(u32, Role)>,
    block: Option<Builder>,
}

impl Stream {
    /// Takes one record of a kernel's thread.
    pub(super) fn record(
        &mut self,
        tag: Tag,
        from: &mut Records<'_>,
        trace: &mut Launches,
    ) -> Result<(), TraceError> {
        match tag {
            Tag::Text => self.texts.push(from.text()?.into()),
            Tag::Site => {
                let frames = from.number()?;
                if frames > MOST {
                    return Err(from.damaged("a call has too many callers"));
                }
                let frame = |_| Ok((self.text(from)?, from.small()?));
                let stack: Vec<_> = (0..frames).map(frame).collect::<Result<_, TraceError>>()?;
                self.sites.push(stack.into());
            }
            Tag::TileType => {
                let ty = self.tile_type(from)?;
                self.tile_types.push(ty);
            }
            Tag::Tile => {
                let tile = self.tile(from)?;
                self.operands.push(tile);
            }
            Tag::Element => {
                let element = self.element(from)?;
                self.operands.push(element);
            }
            Tag::GlobalType => {
                let shape = self.global_type(from)?;
                self.global_types.push(shape);
            }
            Tag::Global => {
                let ty = from.number()?;
                let shape = self.global_types.get(ty as usize);
                let shape = *shape.ok_or_else(|| from.damaged("a tensor has no type"))?;
                let (allocation, offset) = (from.number()?, from.number()?);
                self.operands.push(Described::Global { allocation, offset, shape });
            }
            Tag::Fifo => self.fifos.push(fifo::read(from)?),
            Tag::Op => self.op(from, trace)?,
            Tag::Set | Tag::Wait => {
                let pair = from.number()?;
                let (src, dst) = (pipe(pair >> 4).flatten(), pipe(pair & 15).flatten());
                let id = from.small()? as i32;
                let site = self.site(from)?;
                let block = self.block(from)?;
                match (src, dst) {
                    (Some(src), Some(dst)) => block.flag(tag == Tag::Set, src, dst, id, &site),
                    _ => block.unknown("a flag with a pipe that no flag has", &site),
                }
            }
            Tag::Barrier => {
                let known = pipe(from.number()?);
                let site = self.site(from)?;
                let block = self.block(from)?;
                match known {
                    Some(pipe) => block.barrier(pipe, &site),
                    None => block.unknown("a barrier of an unknown pipe", &site),
                }
            }
            Tag::Cross => {
                let name = self.text(from)?;
                let (pipe, id) = (from.number()?, from.number()?);
                let site = self.site(from)?;
                self.block(from)?.cross(&name, pipe, id, &site);
            }
            Tag::Step => {
                let (step, fifo, message) = (from.number()?, from.number()?, from.small()?);
                let site = self.site(from)?;
                let fifo = self.fifos.get(fifo as usize);
                let fifo = fifo.ok_or_else(|| from.damaged("a FIFO is not defined"))?;
                let step = fifo::step(step, message);
                let step = step.ok_or_else(|| from.damaged("a FIFO has no such step"))?;
                let missing = from.damaged(OUTSIDE);
                self.block.as_mut().ok_or(missing)?.step(fifo, step, &site);
            }
            Tag::Shared => {
                let space = operand::space(from.number()?);
                let space = space.ok_or_else(|| from.damaged("no core has such a memory"))?;
                let (start, bytes) = (from.small()?, from.small()?);
                if !self.block(from)?.shares(space, start, bytes) {
                    return Err(from.damaged("a core shares more of its memory than FIFOs can use"));
                }
            }
            Tag::Unknown => {
                let name = self.text(from)?;
                let site = self.site(from)?;
                self.block(from)?.unknown(&name, &site);
            }
            Tag::DataRead => {
                let name = self.text(from)?;
                let site = self.site(from)?;
                self.block(from)?.reads_data(&name, &site);
            }
            Tag::Begin => {
                self.finish(trace, false);
                let [launch, block, sub, _] =
                    [from.number()?, from.number()?, from.number()?, from.number()?];
                self.block =
                    Some(Builder::new(trace.chip(), trace.core(sub), launch, (block, sub)));
            }
            Tag::Finish => self.finish(trace, true),
            _ => return Err(from.damaged("a kernel's thread does not write this record")),
        }
        Ok(())
    }

    /// The block, if one is open, is done; `whole` if the kernel has returned.
    pub(super) fn finish(&mut self, trace: &mut Launches, whole: bool) {
        if let Some(block) = self.block.take() {
            trace.add(block, whole);
        }
    }

    fn op(&mut self, from: &mut Records<'_>, trace: &Launches) -> Result<(), TraceError> {
        let name = self.text(from)?;
        let site = self.site(from)?;
        let (flags, count) = (from.number()?, from.number()?);
        if count > MOST {
            return Err(from.damaged("an op has too many operands"));
        }
        self.roles.clear();
        for _ in 0..count {
            let operand = from.number()?;
            let role = match operand & 3 {
                0 => Role::Read,
                1 => Role::Write,
                2 => Role::Update,
                _ => return Err(from.damaged("an operand has an unknown role")),
            };
            let number = operand >> 2;
            if number as usize >= self.operands.len() {
                return Err(from.damaged("an op has an operand that is not defined"));
            }
            self.roles.push((number as u32, role));
        }
        let phase = match flags & (PHASE_PARTIAL | PHASE_FINAL) {
            PHASE_PARTIAL => Some(Phase::Partial),
            PHASE_FINAL => Some(Phase::Final),
            _ => None,
        };
        let missing = from.damaged(OUTSIDE);
        let block = self.block.as_mut().ok_or(missing)?;
        block.op(&name, phase, &self.roles, &self.operands, &site, trace);
        Ok(())
    }

    fn tile_type(&self, from: &mut Records<'_>) -> Result<Option<TileType>, TraceError> {
        let space = operand::space(from.number()?);
        let name = self.text(from)?;
        let bits = from.number()?;
        let (rows, cols) = (from.number()?, from.number()?);
        let layout = [from.number()?, from.number()?, from.number()?];
        let known = operand::dtype(&name, bits);
        let (dtype, halves) = known.ok_or_else(|| from.damaged("no element has so many bits"))?;
        let bytes = rows.checked_mul(cols).and_then(|count| count.checked_mul(8));
        if bytes.is_none_or(|bytes| bytes > LARGEST_TILE) || rows * cols == 0 {
            return Err(from.damaged("no tile is so large, or empty"));
        }
        let layout = operand::layout(layout[0], layout[1], layout[2]);
        let (rows, cols) = (rows as u32, (cols / halves).max(1) as u32);
        Ok(space.map(|space| TileType { space, dtype, rows, cols, layout }))
    }

    fn element(&self, from: &mut Records<'_>) -> Result<Described, TraceError> {
        let ty = self.known_tile_type(from)?;
        let (at, number) = (from.small()?, from.small()?);
        Ok(ty.map_or(Described::Elsewhere, |ty| Described::Element {
            ty,
            addr: at.checked_sub(1),
            number,
        }))
    }

    fn known_tile_type(&self, from: &mut Records<'_>) -> Result<Option<TileType>, TraceError> {
        let number = from.number()?;
        let ty = self.tile_types.get(number as usize).copied();
        ty.ok_or_else(|| from.damaged("a tile has no type"))
    }

    fn tile(&self, from: &mut Records<'_>) -> Result<Described, TraceError> {
        let ty = self.known_tile_type(from)?;
        let (at, rows, cols) = (from.small()?, from.number()?, from.number()?);
        let Some(ty) = ty else { return Ok(Described::Elsewhere) };
        let within = |count: u64, most: u32| count.min(most.into()) as u32;
        let (rows, cols) = (within(rows, ty.rows), within(cols, ty.cols));
        Ok(Described::Tile { ty, addr: at.checked_sub(1), rows, cols })
    }

    fn global_type(&self, from: &mut Records<'_>) -> Result<Shape, TraceError> {
        self.text(from)?;
        let (bits, layout) = (from.number()?, from.number()?);
        let mut dims = [(0, 0); 5];
        for (count, stride) in &mut dims {
            (*count, *stride) = (from.number()?, from.number()?);
        }
        let shape = Shape::of(bits, layout, dims);
        let known = shape.runs().map(|_| shape);
        known.ok_or_else(|| from.damaged("a tensor is larger than memory"))
    }

    fn text(&self, from: &mut Records<'_>) -> Result<Arc<str>, TraceError> {
        let number = from.number()?;
        let text = self.texts.get(number as usize).cloned();
        text.ok_or_else(|| from.damaged("a text is not defined"))
    }

    fn site(&self, from: &mut Records<'_>) -> Result<Stack, TraceError> {
        let number = from.number()?;
        let Some(number) = number.checked_sub(1) else { return Ok([].into()) };
        let site = self.sites.get(number as usize).cloned();
        site.ok_or_else(|| from.damaged("a line of source is not defined"))
    }

    fn block(&mut self, from: &Records<'_>) -> Result<&mut Builder, TraceError> {
        let missing = || from.damaged(OUTSIDE);
        self.block.as_mut().ok_or_else(missing)
    }
}
