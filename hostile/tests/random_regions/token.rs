//! Who owns a tile and who a region of memory, and each step that the types allow to them.

use tilesync::global::GlobalInOut;
use tilesync::prelude::*;

pub(crate) const N: usize = 8;
/// Cells of a block's part, of as many rows as a tile.
pub(crate) const CELLS: usize = 4;

pub(crate) type T<'k> = VecTile<'k, f32, N, N, Dyn>;
pub(crate) type Cell<'k> = GlobalInOut<'k, f32>;

/// What is only read.
#[derive(Args)]
pub(crate) struct Inputs<'k> {
    pub(crate) x: GlobalIn<'k, f32>,
    pub(crate) places: GlobalIn<'k, i32>,
}

/// Declares the states of what is owned, with their names.
macro_rules! states {
    ($name:ident: $($state:ident($token:ty),)*) => {
        pub(crate) enum $name<'k> {
            $($state($token),)*
        }

        impl $name<'_> {
            pub(crate) fn state(&self) -> &'static str {
                match self {
                    $($name::$state(_) => concat!(stringify!($name), "::", stringify!($state)),)*
                }
            }
        }
    };
}

states! { Tile:
    Free(T<'k>),
    OnLoad(RecordEvent<TLoad, Live<T<'k>>>),
    OnVector(RecordEvent<Vector, Live<T<'k>>>),
    OnStore(RecordEvent<TStoreVec, Live<T<'k>>>),
    LoadToVector(Event<TLoad, Vector, Live<T<'k>>>),
    LoadToStore(Event<TLoad, TStoreVec, Live<T<'k>>>),
    VectorToStore(Event<Vector, TStoreVec, Live<T<'k>>>),
    StoreToVector(Event<TStoreVec, Vector, Live<T<'k>>>),
    StoreBack(Event<TStoreVec, TLoad, T<'k>>),
    VectorBack(Event<Vector, TLoad, T<'k>>),
}

states! { Region:
    Free(Cell<'k>),
    OnLoad(RecordEvent<TLoad, Cell<'k>>),
    OnVector(RecordEvent<Vector, Cell<'k>>),
    OnStore(RecordEvent<TStoreVec, Cell<'k>>),
    LoadToVector(Event<TLoad, Vector, Cell<'k>>),
    LoadToStore(Event<TLoad, TStoreVec, Cell<'k>>),
    VectorToStore(Event<Vector, TStoreVec, Cell<'k>>),
    StoreToVector(Event<TStoreVec, Vector, Cell<'k>>),
    StoreBack(Event<TStoreVec, TLoad, Cell<'k>>),
    VectorBack(Event<Vector, TLoad, Cell<'k>>),
}

/// Binds `$t` to the tile where a load may overwrite it.
macro_rules! loadable {
    ($tile:expr, $t:ident => $do:expr, $other:ident => $else:expr) => {
        match $tile {
            Tile::Free($t) => $do,
            Tile::OnLoad($t) => $do,
            Tile::StoreBack($t) => $do,
            Tile::VectorBack($t) => $do,
            $other => $else,
        }
    };
}

/// Binds `$t` to the tile where a store may read it.
macro_rules! storable {
    ($tile:expr, $t:ident => $do:expr, $other:ident => $else:expr) => {
        match $tile {
            Tile::OnStore($t) => $do,
            Tile::LoadToStore($t) => $do,
            Tile::VectorToStore($t) => $do,
            $other => $else,
        }
    };
}

/// A step of one tile.
pub(crate) fn step<'k>(
    tile: Tile<'k>,
    inputs: &Inputs<'k>,
    out: &GlobalOut<'k, f32>,
    random: &mut fastrand::Rng,
) -> Tile<'k> {
    let row = random.usize(..CELLS) * N;
    let moved = random.usize(..CELLS);
    // A place that was read in memory, or none.
    let place = inputs.places.scalar(0, moved);
    let choice = random.u8(..4);
    match (tile, choice) {
        (Tile::OnLoad(t), 0) => Tile::LoadToVector(t.record()),
        (Tile::OnLoad(t), 1) => Tile::LoadToStore(t.record()),
        (Tile::LoadToVector(t), 0) => Tile::OnVector(t.wait().on()),
        (Tile::StoreToVector(t), _) => Tile::OnVector(t.wait().on()),
        (Tile::OnVector(t), 0) => Tile::VectorBack(t.release()),
        (Tile::OnVector(t), 1) => Tile::VectorToStore(t.record()),
        (Tile::OnVector(t), _) => Tile::OnVector(tadds_assign(t, 0.5).on()),
        (Tile::LoadToVector(t), _) => Tile::OnVector(tmuls_assign(t, 0.5).on()),
        (Tile::OnStore(t), 0) => Tile::StoreBack(t.release()),
        (Tile::OnStore(t), 1) => Tile::StoreToVector(t.record()),
        (Tile::Free(t), 0) => Tile::StoreBack(t.prime()),
        (Tile::Free(t), 1) => Tile::OnVector(texpands(t.with_valid(N, N), row as f32).on()),
        (tile, 2) => loadable!(tile,
            t => Tile::OnLoad(tload(t, &inputs.x.at(place * N, 0).sized(N, N))),
            tile => tile),
        (tile, _) => {
            let tile =
                loadable!(tile, t => Tile::OnLoad(tload(t, &inputs.x.at(row, 0))), tile => tile);
            storable!(tile, t => Tile::OnStore(tstore(&out.at(0, 0), t)), tile => tile)
        }
    }
}

/// A step of a tile and a region: one goes through the other, or both are handed over behind one flag.
pub(crate) fn together<'k>(
    tile: Tile<'k>,
    region: Region<'k>,
    random: &mut fastrand::Rng,
) -> (Tile<'k>, Region<'k>) {
    let choice = random.u8(..4);
    match (tile, region, choice) {
        // Both move.
        (Tile::OnLoad(t), Region::OnLoad(r), 0) => {
            let (t, r) = t.join(r).record().split();
            (Tile::LoadToVector(t), Region::LoadToVector(r))
        }
        (Tile::OnLoad(t), Region::OnLoad(r), 1) => {
            let (t, r) = t.join(r).record().split();
            (Tile::LoadToStore(t), Region::LoadToStore(r))
        }
        (Tile::OnVector(t), Region::OnVector(r), 0) => {
            let (t, r) = t.join(r).release().split();
            (Tile::VectorBack(t), Region::VectorBack(r))
        }
        (Tile::OnVector(t), Region::OnVector(r), _) => {
            let (t, r) = t.join(r).record().split();
            (Tile::VectorToStore(t), Region::VectorToStore(r))
        }
        (Tile::OnStore(t), Region::OnStore(r), 0) => {
            let (t, r) = t.join(r).record().split();
            (Tile::StoreToVector(t), Region::StoreToVector(r))
        }
        (Tile::OnStore(t), Region::OnStore(r), 1) => {
            let (t, r) = t.join(r).release().split();
            (Tile::StoreBack(t), Region::StoreBack(r))
        }
        // Behind one token through the cell's own ops.
        (Tile::LoadToStore(t), Region::LoadToStore(r), 0) => {
            let (t, r) = tstore_cell(t.join(r)).split();
            (Tile::OnStore(t), Region::OnStore(r))
        }
        (Tile::VectorToStore(t), Region::VectorToStore(r), 0) => {
            let (t, r) = tstore_cell(t.join(r)).release().split();
            (Tile::StoreBack(t), Region::StoreBack(r))
        }
        (tile, Region::Free(r), 0) => loadable!(tile, t => {
            let (t, r) = tload_cell(t, r).split();
            (Tile::OnLoad(t), Region::OnLoad(r))
        }, tile => (tile, Region::Free(r))),
        (tile, Region::StoreBack(r), 0) => loadable!(tile, t => {
            let (t, r) = tload_cell(t, r).split();
            (Tile::OnLoad(t), Region::OnLoad(r))
        }, tile => (tile, Region::StoreBack(r))),
        (Tile::Free(t), Region::Free(r), 1) => {
            let (t, r) = (t, r).prime::<TStoreVec, TLoad>().split();
            (Tile::StoreBack(t), Region::StoreBack(r))
        }
        // The tile is loaded from the region, which stays where it is.
        (tile, Region::OnLoad(r), _) => (
            loadable!(tile, t => Tile::OnLoad(tload(t, &r.tile(0, 0))), tile => tile),
            Region::OnLoad(r),
        ),
        (tile, Region::StoreBack(r), _) => (
            loadable!(tile, t => Tile::OnLoad(tload(t, &r.at(0, 0))), tile => tile),
            Region::StoreBack(r),
        ),
        (tile, Region::VectorBack(r), _) => (
            loadable!(tile, t => Tile::OnLoad(tload(t, &r.at(0, 0))), tile => tile),
            Region::VectorBack(r),
        ),
        // The tile is stored to it: as much of it as the region has rows.
        (tile, Region::OnStore(r), _) => (
            storable!(tile, t => Tile::OnStore(tstore(&r.at(0, 0), t)), tile => tile),
            Region::OnStore(r),
        ),
        (tile, Region::LoadToStore(r), _) => (
            storable!(tile, t => Tile::OnStore(tstore(&r.at(0, 0), t)), tile => tile),
            Region::LoadToStore(r),
        ),
        (tile, Region::VectorToStore(r), _) => (
            storable!(tile, t => Tile::OnStore(tstore(&r.at(0, 0), t)), tile => tile),
            Region::VectorToStore(r),
        ),
        both => (both.0, both.1),
    }
}

/// A step of a region alone: it waits, or a free one goes to a pipe.
pub(crate) fn alone<'k>(region: Region<'k>, random: &mut fastrand::Rng) -> Region<'k> {
    match (region, random.u8(..4)) {
        (Region::Free(r), 0) => Region::OnLoad(r.on()),
        (Region::Free(r), 1) => Region::OnStore(r.on()),
        (Region::Free(r), 2) => Region::OnVector(r.on()),
        (Region::LoadToVector(r), _) => Region::OnVector(r.on()),
        (Region::StoreToVector(r), _) => Region::OnVector(r.on()),
        (Region::LoadToStore(r), 0) => Region::OnStore(r.wait()),
        (Region::VectorToStore(r), 0) => Region::OnStore(r.wait()),
        (Region::StoreBack(r), 0) => Region::OnLoad(r.wait()),
        (Region::VectorBack(r), 0) => Region::OnLoad(r.wait()),
        (region, _) => region,
    }
}

impl<'k> Retire<'k> for Tile<'k> {
    type Tile = T<'k>;

    #[track_caller]
    fn retire(self) -> Retired<T<'k>> {
        match self {
            Tile::Free(t) => t.retire(),
            Tile::OnLoad(t) => t.retire(),
            Tile::OnVector(t) => t.retire(),
            Tile::OnStore(t) => t.retire(),
            Tile::LoadToVector(t) => t.retire(),
            Tile::LoadToStore(t) => t.retire(),
            Tile::VectorToStore(t) => t.retire(),
            Tile::StoreToVector(t) => t.retire(),
            Tile::StoreBack(t) => t.retire(),
            Tile::VectorBack(t) => t.retire(),
        }
    }
}
