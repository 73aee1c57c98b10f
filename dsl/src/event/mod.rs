//! The algebra: a token owns its tile.
//!
//! A tile is owned by exactly one of four kinds of value, all move-only and without public constructors:
//!
//! | value | meaning | on the device |
//! |---|---|---|
//! | [`Tile`](crate::Tile) | nobody is using it, it holds nothing | – |
//! | [`RecordEvent<Src, P>`] | returned by op `Src`; `P` sits on `Src`'s pipe | – |
//! | [`Event<Src, Dst, P>`] | handed over from `Src`'s pipe to `Dst`; carries `P` | a flag is set |
//! | [`Retired<P>`] | the kernel is done with it; no op takes it | – |
//!
//! [`Shared`] is an event that two pipes read at once. The payload `P` is a tile, a [`Live`] one (it holds data), or
//! several of them behind one flag.
//!
//! A tile that [can be taken apart](crate::tile::VecParts) has a token for each part in between; a [`Union`] is two fields of a plan in
//! one place. A loop takes its buffers from a [`Ring`] of tokens, and carries what differs before its first turn in a [`Turn`].
//!
//! Data goes forward with `record`, a buffer goes back with `release`; both set a flag where the pipes differ. The
//! tutorial (`tilesync::guide::algebra`) has the picture.

mod hand_over;
mod no_tile;
mod operand;
mod parts;
mod payload;
mod retired;
mod ring;
mod shared;
mod split;
mod sync;
mod turn;
mod union;
mod valid;

pub(crate) use hand_over::settle;
pub use hand_over::{Event, Filled, Free, NotYetRecorded, RecordEvent, Resident};
pub use no_tile::NoTile;
pub(crate) use no_tile::no_operand;
pub use operand::{Modify, OfTile, Read, Scratch, Write};
pub use parts::{AllOf, Apart, HoldData, PartsOf};
pub use payload::{HasTile, Live, NotEmpty, Payload, Single, Written};
pub use retired::{GivesBack, NeverNone, Retire, Retired, RetiresAs, TokensOf};
pub use ring::{HasRoom, HasSlot, Ring, SlotOf};
pub use shared::{Reader, Shared, Source};
pub use sync::{Synced, tsync};
pub use turn::Turn;
pub use union::{FirstOut, OwnerOf, SecondOut, Union};
