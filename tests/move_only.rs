//! What a kernel cannot do with a token, as the compiler sees it: copy it, make one up, send it to another thread. And what it costs.

use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any, const_assert_eq};
use tilesync::event::{Reader, Shared};
use tilesync::prelude::*;

type Single = VecTile<'static, f32, 64, 64>;
type Ragged = VecTile<'static, f32, 64, 64, Dyn>;
type Returned = RecordEvent<TLoad, Live<Single>>;
type Handed = Event<TLoad, TAdd, Live<Single>>;
type Both = Shared<TLoad, TAdd, TStoreVec, Live<Single>>;
type View = Reader<'static, TAdd, Live<Single>>;

assert_not_impl_any!(Single: Clone, Copy, Default, Send, Sync);
assert_not_impl_any!(Live<Single>: Clone, Copy, Default, Send, Sync);
assert_not_impl_any!(Returned: Clone, Copy, Default, Send, Sync);
assert_not_impl_any!(Handed: Clone, Copy, Default, Send, Sync);
assert_not_impl_any!(Both: Clone, Copy, Default, Send, Sync);
assert_not_impl_any!(Retired<Single>: Clone, Copy, Default);
assert_not_impl_any!(Core<'static>: Send, Sync);
assert_not_impl_any!(GlobalOut<'static, f32>: Clone, Copy, Send, Sync);

// A reader's view is a borrow: as many as the op needs, and none of them owns the tile.
assert_impl_all!(View: Clone, Copy);

// No drop code: a token that is lost is lost for good, so that the kernel cannot return.
const_assert_eq!(std::mem::needs_drop::<Single>(), false);
const_assert_eq!(std::mem::needs_drop::<Handed>(), false);
const_assert_eq!(std::mem::needs_drop::<Retired<Single>>(), false);

// A token is nothing but its tile.
assert_eq_size!(Single, Live<Single>, Returned, Handed, Both);
assert_eq_size!(Ragged, Event<TLoad, Vector, Live<Ragged>>);
const_assert_eq!(size_of::<Single>(), 16);
const_assert_eq!(size_of::<Retired<Single>>(), 0);
const_assert_eq!(size_of::<Retired<(Single, Ragged)>>(), 0);

/// The assertions above are checked by the compiler; this gives them a line in the test report.
#[test]
fn tokens_are_move_only_and_free() {}
