//! The on-chip memory plan: which tiles a kernel has, and where they lie.

use std::marker::PhantomData;

use super::{AnyTile, Dtype, Layout, Space, SpaceType, Tile, TileType, Valid};
use crate::chip::{Chip, ChipId};
use crate::issue::Core;
use crate::program::TileInfo;
use crate::sealed::Sealed;
use crate::tile::layout::BLOCK_BYTES;

/// The tiles of a kernel: a struct whose fields are tiles and arrays of tiles, with `#[derive(Buffers)]`.
///
/// The derive places the fields one after the other in their memory spaces, checks in `cargo check` that each space of the
/// chip has room, and gives the struct a `retire` function that takes its tiles back, in the order of the fields.
///
/// ```
/// use tilesync::prelude::*;
///
/// #[derive(Buffers)]
/// struct Ub<'k> {
///     x: [VecTile<'k, f32, 64, 64>; 2],
///     max: VecCol<'k, f32, 64>,
/// }
/// ```
///
/// By hand it is four items; nothing in them can break a guarantee, since a [`Retired`](crate::Retired) plan is made only from its
/// retired parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plan",
    label = "not a plan",
    note = "write `#[derive(Buffers)]` above the struct; a kernel takes its plan first, and its arguments after it"
)]
pub trait Buffers<'k>: Branded<Brand = Brand<'k>> + Sized {
    /// The same plan in another kernel invocation.
    type At<'j>: Buffers<'j>;
    /// The fields, as nested pairs: `(a, (b, c))`.
    type Parts: PlanPart<'k>;
    /// The fields' names, in order.
    const NAMES: &'static [&'static str];

    /// Makes the struct of its fields.
    fn assemble(parts: Self::Parts) -> Self;
}

/// The brand of a kernel invocation, as a type.
#[derive(Debug)]
pub struct Brand<'k>(PhantomData<fn(&'k ()) -> &'k ()>);

/// Says which kernel invocation a plan belongs to: there is one answer for each type.
pub trait Branded {
    /// The brand, [`Brand<'k>`].
    type Brand;
}

/// Tiles that can be placed: a tile, an array of them, or a pair.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a plan",
    label = "not a tile",
    note = "the fields of a plan are tiles and arrays of tiles, all of one chip, branded with the struct's lifetime"
)]
pub trait PlanPart<'k>: Sealed + Sized {
    /// The chip of the tiles.
    type Chip: Chip;
    /// What the tiles take.
    const USAGE: Usage;

    #[doc(hidden)]
    fn place(placer: &mut Placer<'k>) -> Self;
    #[doc(hidden)]
    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, used: &mut Usage);
}

/// What a plan takes of a core's memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of each space, by [`Space::index`].
    pub bytes: [usize; Space::COUNT],
    /// Tiles in each space.
    pub tiles: [usize; Space::COUNT],
    /// Whether every tile's rows (columns, for a column-major one) fill whole 32-byte blocks.
    pub aligned: bool,
    /// Whether every valid region known from its type lies inside of its tile.
    pub regions_fit: bool,
}

impl Usage {
    const NONE: Usage = Usage {
        bytes: [0; Space::COUNT],
        tiles: [0; Space::COUNT],
        aligned: true,
        regions_fit: true,
    };

    const fn of(ty: &TileType, least: (usize, usize)) -> Self {
        let mut usage = Self::NONE;
        let at = ty.space.index();
        usage.bytes[at] = ty.bytes().next_multiple_of(BLOCK_BYTES);
        usage.tiles[at] = 1;
        usage.regions_fit = least.0 <= ty.rows && least.1 <= ty.cols;
        usage.aligned = ty.layout.aligned(ty.rows, ty.cols, ty.dtype.size());
        usage
    }

    const fn plus(mut self, other: &Self, times: usize) -> Self {
        let mut at = 0;
        while at < Space::COUNT {
            self.bytes[at] += other.bytes[at] * times;
            self.tiles[at] += other.tiles[at] * times;
            at += 1;
        }
        self.aligned = self.aligned && other.aligned;
        self.regions_fit = self.regions_fit && other.regions_fit;
        self
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

    /// Whether more flags may be in flight between two pipes than there are ids: no, as long as there are no more than seven
    /// tiles in all, since each flag carries a tile.
    #[must_use]
    pub const fn may_exhaust_ids(&self) -> bool {
        let (mut at, mut tiles) = (0, 0);
        while at < Space::COUNT {
            tiles += self.tiles[at];
            at += 1;
        }
        tiles > 7
    }

    /// Fails the build where the plan does not fit: evaluated in a constant by each launch.
    ///
    /// # Panics
    ///
    /// If the plan overflows a space of `chip`, a tile is not aligned, or a static valid region is larger than its tile.
    pub const fn check(&self, chip: ChipId) {
        self.check_tiles();
        if let Some(space) = self.overflow(chip) {
            self.too_big("this plan needs ", space, chip);
        }
    }

    /// [`Usage::check`] for one of a plan's fields, of which `fields` has what each takes: evaluated in a constant by
    /// `#[derive(Buffers)]`.
    ///
    /// # Panics
    ///
    /// If the field itself is at fault, or it is the first for which there is no room.
    pub const fn check_field(fields: &[Usage], index: usize, chip: ChipId) {
        fields[index].check_tiles();
        let (mut before, mut all, mut at) = (Self::NONE, Self::NONE, 0);
        while at < fields.len() {
            if at < index {
                before = before.plus(&fields[at], 1);
            }
            all = all.plus(&fields[at], 1);
            at += 1;
        }
        if let (None, Some(space)) =
            (before.overflow(chip), before.plus(&fields[index], 1).overflow(chip))
        {
            all.too_big("no room for this field: the plan needs ", space, chip);
        }
    }

    const fn check_tiles(&self) {
        assert!(
            self.aligned,
            "this tile is not aligned: its rows (columns of a column-major tile) must fill whole blocks of \
             32 bytes, a fractal tile whole fractals of 16 rows by 32 bytes"
        );
        assert!(
            self.regions_fit,
            "this tile is smaller than its valid region: `Static<ROWS, COLS>` must lie inside of the tile"
        );
    }

    const fn too_big(&self, start: &str, space: Space, chip: ChipId) {
        let message = Message::new()
            .text(start)
            .number(self.bytes[space.index()])
            .text(" bytes of the ")
            .text(space.name())
            .text(" space, but ")
            .text(chip.name())
            .text(" has ")
            .number(chip.capacity(space))
            .text(": use smaller or fewer tiles");
        panic!("{}", message.as_str());
    }
}

/// Text made in a constant, for a compile error with numbers in it.
struct Message {
    bytes: [u8; 160],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Message { bytes: [0; 160], len: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn number(mut self, number: usize) -> Self {
        if number >= 10 {
            self = self.number(number / 10);
        }
        self.bytes[self.len] = b'0' + (number % 10) as u8;
        self.len += 1;
        self
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "this plan does not fit the chip",
        }
    }
}

/// Gives out tiles, one after the other, for one kernel invocation.
#[derive(Debug)]
pub struct Placer<'k> {
    unit: &'k crate::issue::Unit,
    next: [u32; Space::COUNT],
    slot: u16,
}

impl<'k> Placer<'k> {
    pub(crate) fn new(unit: &'k crate::issue::Unit) -> Self {
        Placer { unit, next: [0; Space::COUNT], slot: 0 }
    }
}

#[diagnostic::do_not_recommend]
impl<'k, S, T, const R: usize, const C: usize, L, V, Ch> PlanPart<'k>
    for Tile<'k, S, T, R, C, L, V, Ch>
where
    S: SpaceType,
    T: Dtype,
    L: Layout,
    V: Valid,
    Ch: Chip,
{
    type Chip = Ch;
    const USAGE: Usage = Usage::of(&<Self as AnyTile<'k>>::TYPE, V::LEAST);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        let addr = &mut placer.next[S::SPACE.index()];
        let tile = Tile::placed(Core::new(placer.unit), *addr, placer.slot);
        *addr += Self::USAGE.bytes[S::SPACE.index()] as u32;
        placer.slot += 1;
        tile
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, used: &mut Usage) {
        let addr = used.bytes[S::SPACE.index()] as u32;
        tiles.push(TileInfo { name: name(), addr, ty: <Self as AnyTile<'k>>::TYPE });
        *used = used.plus(&Self::USAGE, 1);
    }
}

impl<X, const N: usize> Sealed for [X; N] {}
#[diagnostic::do_not_recommend]
impl<'k, X: PlanPart<'k>, const N: usize> PlanPart<'k> for [X; N] {
    type Chip = X::Chip;
    const USAGE: Usage = Usage::NONE.plus(&X::USAGE, N);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        std::array::from_fn(|_| X::place(placer))
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, used: &mut Usage) {
        let field = name();
        for index in 0..N {
            X::describe(&mut || format!("{field}[{index}]"), tiles, used);
        }
    }
}

impl<'k, A: PlanPart<'k>, B: PlanPart<'k, Chip = A::Chip>> PlanPart<'k> for (A, B) {
    type Chip = A::Chip;
    const USAGE: Usage = A::USAGE.plus(&B::USAGE, 1);

    #[inline(always)]
    fn place(placer: &mut Placer<'k>) -> Self {
        let first = A::place(placer);
        (first, B::place(placer))
    }

    fn describe(name: &mut dyn FnMut() -> String, tiles: &mut Vec<TileInfo>, used: &mut Usage) {
        A::describe(name, tiles, used);
        B::describe(name, tiles, used);
    }
}

/// The tiles of plan `P`, for a program.
pub(crate) fn describe<'k, P: Buffers<'k>>() -> Vec<TileInfo> {
    let (mut tiles, mut used) = (Vec::new(), Usage::NONE);
    let mut names = P::NAMES.iter();
    let mut unnamed = 0;
    let mut name = || {
        unnamed += 1;
        names.next().map_or_else(|| format!("t{}", unnamed - 1), |name| (*name).to_owned())
    };
    P::Parts::describe(&mut name, &mut tiles, &mut used);
    tiles
}
