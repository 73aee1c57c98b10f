//! What a plan takes of a core's memories, and the rules that its tiles keep.
//!
//! Nothing here wraps around, in any build: sums and products stop at the greatest number, which no memory holds.

use super::sum::{Miscut, Sum};
use super::{Space, TileType};
use crate::chip::ChipId;
use crate::tile::layout::BLOCK_BYTES;

/// How many tiles a plan may have: a tile is known by a number of 16 bits.
const SLOTS: usize = u16::MAX as usize;

/// What a plan takes of a core's memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of each space, by [`Space::index`].
    pub bytes: [usize; Space::COUNT],
    /// Tiles in each space, each of which may have a flag in flight; of a tile that can be taken apart, its parts.
    pub tiles: [usize; Space::COUNT],
    /// Numbers that the tiles and their parts are known by.
    slots: usize,
    /// The chip of the tiles, where there are any.
    chip: Option<ChipId>,
    /// How many fields there are; an array is one.
    fields: usize,
    /// The first field with a tile that breaks a rule, and the rule.
    broken: Option<(usize, Rule)>,
}

/// A rule that each tile keeps by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Elements,
    Dtype,
    Aligned,
    RegionFits,
    PartsFit,
    PartsAligned,
    OneChip,
}

impl Rule {
    /// What to write behind "the tile `x` ".
    const fn text(self) -> &'static str {
        match self {
            Rule::Elements => "has no elements: it needs at least one row and one column",
            Rule::Dtype => {
                "has an element type that its chip does not have: floats of eight and four bits are for a5, `I4x2` is for a2a3"
            }
            Rule::Aligned => {
                "is not aligned: its rows (columns of a column-major tile) must fill whole blocks of 32 bytes, \
                 a fractal tile whole fractals of 16 rows by 32 bytes"
            }
            Rule::RegionFits => {
                "is smaller than its valid region: `Static<ROWS, COLS>` must lie inside of the tile"
            }
            Rule::PartsFit => {
                "is not the sum of its parts: their `Rows` must add up to its rows, or their `Cols` to its columns, and none may be empty"
            }
            Rule::PartsAligned => {
                "has parts that are not aligned: the columns of each `Cols` must fill whole blocks of 32 bytes"
            }
            Rule::OneChip => {
                "is for another chip than the tiles before it: a plan is for one chip, named in each of its tiles"
            }
        }
    }
}

impl Usage {
    pub(super) const NONE: Usage = Usage {
        bytes: [0; Space::COUNT],
        tiles: [0; Space::COUNT],
        slots: 0,
        chip: None,
        fields: 0,
        broken: None,
    };

    /// Of a tile on `chip` with a valid region of `least` rows and columns at least, which can be taken apart into `parts`.
    pub(super) const fn of(
        ty: &TileType,
        least: (usize, usize),
        parts: Option<Sum>,
        chip: ChipId,
    ) -> Self {
        let mut usage = Self::NONE;
        usage.chip = Some(chip);
        let (at, (rows, cols)) = (ty.space.index(), ty.shape());
        usage.bytes[at] = ty.bytes().div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES);
        usage.tiles[at] = 1;
        usage.slots = 1;
        usage.fields = 1;
        if let Some(parts) = parts {
            usage.tiles[at] = parts.count;
            usage.slots = parts.count.saturating_add(1);
            usage.broken = match parts.miscut((rows, cols), ty.dtype.size(), BLOCK_BYTES) {
                None => None,
                Some(Miscut::Sum) => Some((0, Rule::PartsFit)),
                Some(Miscut::Aligned) => Some((0, Rule::PartsAligned)),
            };
        }
        if rows == 0 || cols == 0 {
            usage.broken = Some((0, Rule::Elements));
        } else if !chip.has(ty.dtype) {
            usage.broken = Some((0, Rule::Dtype));
        } else if !ty.layout.aligned(rows, cols, ty.dtype.size()) {
            usage.broken = Some((0, Rule::Aligned));
        } else if least.0 > rows || least.1 > cols {
            usage.broken = Some((0, Rule::RegionFits));
        }
        usage
    }

    /// Of both, one after the other.
    pub(crate) const fn plus(mut self, other: &Self) -> Self {
        let mut at = 0;
        while at < Space::COUNT {
            self.bytes[at] = self.bytes[at].saturating_add(other.bytes[at]);
            self.tiles[at] = self.tiles[at].saturating_add(other.tiles[at]);
            at += 1;
        }
        if self.broken.is_none() {
            self.broken = match (other.broken, self.chip, other.chip) {
                (Some((field, rule)), ..) => Some((self.fields + field, rule)),
                (None, Some(mine), Some(theirs)) if mine as u8 != theirs as u8 => {
                    Some((self.fields, Rule::OneChip))
                }
                _ => None,
            };
        }
        if self.chip.is_none() {
            self.chip = other.chip;
        }
        self.slots = self.slots.saturating_add(other.slots);
        self.fields += other.fields;
        self
    }

    /// Of both, in one place.
    pub(crate) const fn or(mut self, other: &Self) -> Self {
        let mut at = 0;
        while at < Space::COUNT {
            self.bytes[at] = greater(self.bytes[at], other.bytes[at]);
            self.tiles[at] = greater(self.tiles[at], other.tiles[at]);
            at += 1;
        }
        if self.broken.is_none() {
            self.broken = other.broken;
        }
        self.slots = self.slots.saturating_add(other.slots);
        self.one_field()
    }

    /// A field, whatever is in it.
    const fn one_field(mut self) -> Self {
        self.fields = 1;
        if let Some((_, rule)) = self.broken {
            self.broken = Some((0, rule));
        }
        self
    }

    /// Of an array of so many of it.
    pub(super) const fn times(mut self, times: usize) -> Self {
        let mut at = 0;
        while at < Space::COUNT {
            self.bytes[at] = self.bytes[at].saturating_mul(times);
            self.tiles[at] = self.tiles[at].saturating_mul(times);
            at += 1;
        }
        self.slots = self.slots.saturating_mul(times);
        self.one_field()
    }

    /// The first space that the plan overflows on `chip`.
    #[must_use]
    pub const fn overflow(&self, chip: ChipId) -> Option<Space> {
        let mut at = 0;
        while at < Space::COUNT {
            let space = Space::ALL[at];
            if self.bytes[at] > chip.capacity(space) {
                return Some(space);
            }
            at += 1;
        }
        None
    }

    /// How many tiles there are in all spaces together.
    #[must_use]
    pub const fn all_tiles(&self) -> usize {
        let (mut at, mut tiles) = (0, 0_usize);
        while at < Space::COUNT {
            tiles = tiles.saturating_add(self.tiles[at]);
            at += 1;
        }
        tiles
    }

    /// The numbers that the tiles and their parts are known by.
    pub(crate) const fn slots(&self) -> usize {
        self.slots
    }

    /// Whether more flags may be in flight between two pipes than there are ids: no, as long as there are no more than seven
    /// tiles in all, since each flag carries a tile.
    #[must_use]
    pub const fn may_exhaust_ids(&self) -> bool {
        self.all_tiles() > 7
    }

    /// [`Usage::check`] of a plan whose fields take `fields`, for what field `index` is the first to break: evaluated in a constant
    /// by `#[derive(Buffers)]`, so that the message stands at the field.
    ///
    /// # Panics
    ///
    /// As [`Usage::check`].
    pub const fn check_field(fields: &[Usage], index: usize, chip: ChipId, names: &[&str]) {
        let (mut before, mut all, mut at) = (Self::NONE, Self::NONE, 0);
        while at < fields.len() {
            if at < index {
                before = before.plus(&fields[at]);
            }
            all = all.plus(&fields[at]);
            at += 1;
        }
        let with = before.plus(&fields[index]);
        if before.fits(chip) && !with.fits(chip) {
            all.broken = with.broken;
            all.check(chip, names);
        }
    }

    const fn fits(&self, chip: ChipId) -> bool {
        self.broken.is_none() && self.slots <= SLOTS && self.overflow(chip).is_none()
    }

    /// Fails the build where the plan does not fit: evaluated in a constant by each launch.
    ///
    /// `names` are those of the fields, in order.
    ///
    /// # Panics
    ///
    /// If a tile has no elements, is not aligned, or is smaller than its static valid region, if there are more tiles than
    /// their numbers can count, or if the plan overflows a space of `chip`.
    pub const fn check(&self, chip: ChipId, names: &[&str]) {
        let message = if let Some((field, rule)) = self.broken {
            let name = if field < names.len() { names[field] } else { "?" };
            Message::new().text("the tile `").text(name).text("` ").text(rule.text())
        } else if self.slots > SLOTS {
            Message::new()
                .text("this plan has ")
                .number(self.slots)
                .text(" tiles, but a core counts at most ")
                .number(SLOTS)
                .text(": use fewer and larger tiles")
        } else if let Some(space) = self.overflow(chip) {
            Message::new()
                .text("this plan needs ")
                .number(self.bytes[space.index()])
                .text(" bytes of the ")
                .text(space.name())
                .text(" space, but ")
                .text(chip.name())
                .text(" has ")
                .number(chip.capacity(space))
                .text(": use smaller or fewer tiles")
        } else {
            return;
        };
        panic!("{}", message.as_str());
    }
}

const fn greater(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// Text made in a constant, for a compile error with names and numbers in it. What is too long for it is cut off.
pub(crate) struct Message {
    bytes: [u8; 512],
    len: usize,
}

impl Message {
    pub(crate) const fn new() -> Self {
        Message { bytes: [0; 512], len: 0 }
    }

    pub(crate) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    pub(crate) const fn number(mut self, number: usize) -> Self {
        if number >= 10 {
            self = self.number(number / 10);
        }
        self.bytes[self.len] = b'0' + (number % 10) as u8;
        self.len += 1;
        self
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "this plan does not fit the chip",
        }
    }
}
