//! A matrix product that loads one panel ahead, also from one call to the next: rings of different lengths for A and B in L1, for
//! both factors in L0 and for the sums; and a loaded panel that waits in a struct.
//!
//! The hand-written kernel, of which this is the pipeline, also loads a scale for each output tile. There is no op for it here.

mod schedules;

use schedules::{everywhere, flags, launch};
use tilesync::op::Pipe::{Fix, M, Mte1, Mte2};
use tilesync::prelude::*;

const SIDE: usize = 16;
const STEP: usize = 16;
/// Two products a panel.
const PANEL: usize = 2 * STEP;

type A<'k> = MatTile<'k, f32, SIDE, PANEL, Dyn>;
type B<'k> = MatTile<'k, f32, PANEL, SIDE, Dyn>;
type Left<'k> = LeftTile<'k, f32, SIDE, STEP, Dyn>;
type Right<'k> = RightTile<'k, f32, STEP, SIDE, Dyn>;
type Acc<'k> = AccTile<'k, f32, SIDE, SIDE, Dyn>;
type To<'k> = GlobalOut<'k, f32, RowMajor, PipeFix>;

#[derive(Buffers)]
struct Tiles<'k> {
    a: [A<'k>; 2],
    b: [B<'k>; 3],
    left: [Left<'k>; 2],
    right: [Right<'k>; 3],
    acc: [Acc<'k>; 2],
}

type FreeA<'k> = Event<TExtractM2LR, TLoad, A<'k>>;
type FreeB<'k> = Event<TExtractM2LR, TLoad, B<'k>>;
type FreeAcc<'k> = Event<TStoreAcc, TMatmul, Acc<'k>>;

/// A panel that is loaded and not yet multiplied, and the rings that miss its slots.
struct Pending<'k> {
    a: Event<TLoad, TExtractM2LR, Live<A<'k>>>,
    b: Event<TLoad, TExtractM2LR, Live<B<'k>>>,
    a_open: [FreeA<'k>; 1],
    b_open: [FreeB<'k>; 2],
    /// How far it goes along k.
    depth: usize,
    /// Where the sum is stored after this panel, if it is the last of its output tile.
    last: Option<(usize, usize)>,
}

/// L0 and the sums: in the first state no sum is going on.
struct Products<'k> {
    left: [Event<TMatmul, TExtractM2LR, Left<'k>>; 2],
    right: [Event<TMatmul, TExtractM2LR, Right<'k>>; 3],
    acc: Turn<[FreeAcc<'k>; 2], ([FreeAcc<'k>; 1], RecordEvent<TMatmul, Live<Acc<'k>>>)>,
}

/// What lives from call to call.
struct Machine<'k> {
    l1: Turn<([FreeA<'k>; 2], [FreeB<'k>; 3]), Pending<'k>>,
    products: Products<'k>,
}

impl<'k> Machine<'k> {
    fn new(tiles: Tiles<'k>) -> Self {
        let products = Products {
            left: tiles.left.map(|tile| tile.prime()),
            right: tiles.right.map(|tile| tile.prime()),
            acc: Turn::First(tiles.acc.map(|tile| tile.prime())),
        };
        Machine {
            l1: Turn::First((tiles.a.map(|tile| tile.prime()), tiles.b.map(|tile| tile.prime()))),
            products,
        }
    }

    /// Loads the panels of one output tile; of each it multiplies the one before, be it from the last call.
    fn run(
        mut self,
        a: &GlobalIn<'k, f32>,
        b: &GlobalIn<'k, f32>,
        c: &To<'k>,
        (i, j): (usize, usize),
    ) -> Self {
        let (m, n) = (SIDE.min(c.rows() - i), SIDE.min(c.cols() - j));
        for k in (0..a.cols()).step_by(PANEL) {
            let (a_ring, b_ring, products) = self.consume(c);
            let (a_slot, a_open) = a_ring.take();
            let (b_slot, b_open) = b_ring.take();
            let pending = Pending {
                a: tload(a_slot, &a.at(i, k).sized(m, PANEL)).record(),
                b: tload(b_slot, &b.at(k, j).sized(PANEL, n)).record(),
                a_open,
                b_open,
                depth: PANEL.min(a.cols() - k),
                last: (k + PANEL >= a.cols()).then_some((i, j)),
            };
            self = Machine { l1: Turn::Later(pending), products };
        }
        self
    }

    /// Multiplies what is loaded, if anything is: then the rings of L1 are whole.
    fn consume(self, c: &To<'k>) -> ([FreeA<'k>; 2], [FreeB<'k>; 3], Products<'k>) {
        match self.l1 {
            Turn::First((a, b)) => (a, b, self.products),
            Turn::Later(pending) => {
                let products = self.products.multiply(&pending, c);
                let Pending { a, b, a_open, b_open, .. } = pending;
                (a_open.put(a.release()), b_open.put(b.release()), products)
            }
        }
    }
}

impl<'k> Products<'k> {
    fn multiply(self, panel: &Pending<'k>, c: &To<'k>) -> Self {
        let Products { mut left, mut right, acc } = self;
        let (open, mut sum) = match acc {
            Turn::First(ring) => {
                let (slot, open) = ring.take();
                (open, Turn::First(slot))
            }
            Turn::Later((open, sum)) => (open, Turn::Later(sum)),
        };
        for step in (0..panel.depth).step_by(STEP) {
            let (l, left_open) = left.take();
            let (r, right_open) = right.take();
            let l = textract(l, &panel.a, 0, step);
            let r = textract(r, &panel.b, step, 0);
            let (l, r) = l.join(r).record::<TMatmul>().split();
            sum = Turn::Later(match sum {
                Turn::First(slot) => tmatmul(slot, &l, &r),
                Turn::Later(sum) => tmatmul_acc(sum, &l, &r),
            });
            right = right_open.put(r.release());
            left = left_open.put(l.release());
        }
        let acc = match (sum, panel.last) {
            (Turn::First(slot), _) => Turn::First(open.put(slot)),
            (Turn::Later(sum), None) => Turn::Later((open, sum)),
            (Turn::Later(sum), Some((i, j))) => {
                let stored = tstore(&c.at(i, j), sum.record::<TStoreAcc>());
                Turn::First(open.put(stored.release()))
            }
        };
        Products { left, right, acc }
    }
}

/// Multiplies the first `calls` output tiles, one a call.
#[kernel]
fn product<'k>(
    tiles: Tiles<'k>,
    a: GlobalIn<'k, f32>,
    b: GlobalIn<'k, f32>,
    c: To<'k>,
    calls: usize,
) -> Retired<Tiles<'k>> {
    let mut machine = Machine::new(tiles);
    let across = c.cols().div_ceil(SIDE);
    for call in 0..calls {
        machine = machine.run(&a, &b, &c, (call / across * SIDE, call % across * SIDE));
    }
    let (a, b, Products { left, right, acc }) = machine.consume(&c);
    let acc = match acc {
        Turn::First(ring) => ring,
        // No store follows, so FIX hands the tile back as it is.
        Turn::Later((open, sum)) => open.put(sum.record::<TStoreAcc>().release()),
    };
    Tiles::retire(TilesTokens { a, b, left, right, acc })
}

#[test]
fn it_sets_the_flags_of_the_hand_written_kernel_and_computes_the_product() {
    let mut random = fastrand::Rng::with_seed(1);
    // In eighths, so that every sum is exact.
    let mut eighths =
        |count| -> Vec<f32> { (0..count).map(|_| f32::from(random.i8(-40..40)) / 8.0).collect() };
    for (m, k, n, calls) in [
        (16, 8, 16, 0),
        (16, 8, 16, 1),
        (16, 16, 16, 1),
        (32, 48, 32, 4),
        (29, 41, 37, 6),
        (29, 41, 37, 5),
    ] {
        let (a, b) = (eighths(m * k), eighths(k * n));
        let left = GlobalTensor::new(&a, &[m, k]).expect("a shape");
        let right = GlobalTensor::new(&b, &[k, n]).expect("a shape");
        let (c, program) = everywhere(m * n, |c, order| {
            let mut c = GlobalTensorMut::new(c, &[m, n]).expect("a shape");
            launch(&product, (left.whole(), right.whole(), c.whole(), calls), order)
        });

        for (at, c) in c.iter().enumerate() {
            let (i, j) = (at / n, at % n);
            if i / SIDE * n.div_ceil(SIDE) + j / SIDE < calls {
                let terms = (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j]));
                assert_eq!(f64::from(*c), terms.sum::<f64>());
            } else {
                assert!(c.is_nan(), "it was not called for this tile");
            }
        }

        let (panels, products) = (calls * k.div_ceil(PANEL), calls * k.div_ceil(STEP));
        let set = flags(&program);
        // Forward: one a loaded tile, one for both factors, one a sum.
        assert_eq!(set(Mte2, Mte1), 2 * panels);
        assert_eq!(set(Mte1, M), products);
        assert_eq!(set(M, Fix), calls);
        // Reverse: one a slot before the loop, one each time that a slot is handed back.
        assert_eq!(set(Mte1, Mte2), 2 + 3 + 2 * panels);
        assert_eq!(set(M, Mte1), 2 + 3 + 2 * products);
        assert_eq!(set(Fix, M), 2 + calls);
    }
}
