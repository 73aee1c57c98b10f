//! One tile, two readers at once: the vector pipe squares it while MTE3 stores a copy of it.
//!
//! ```text
//! cargo run --release --example shared_read
//! ```
//!
//! `share` hands the loaded tile to both; while it is shared nobody can write it. `unite` takes it back from both at once, so
//! that the next load waits for the two of them. Forgetting one of the two is the classic bug here.

use std::error::Error;

use tilesync::prelude::*;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: VecTile<'k, f32, 64, 64>,
    square: VecTile<'k, f32, 64, 64>,
}

#[kernel]
pub(crate) fn copy_and_square<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    copy: GlobalOut<'k, f32>,
    square: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.prime::<(TMul, TStoreVec), TLoad>();
    let mut free_square = ub.square.prime::<TStoreVec, TMul>();
    for i in 0..x.rows() / 64 {
        let both = tload(free_x, &x.tile(i, 0)).share::<TMul, TStoreVec>();

        let product = tmul(free_square, &both.first(), &both.first()).record::<TStoreVec>();
        tstore(&copy.tile(i, 0), both.second());

        free_x = both.unite::<TLoad>();
        free_square = tstore(&square.tile(i, 0), product).release::<TMul>();
    }
    Ub::retire(UbTokens { x: free_x, square: free_square })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (blocks, tiles) = (16, 4);
    let shape = [blocks * tiles * 64, 64];
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..shape[0] * shape[1]).map(|_| random.f32() * 8.0 - 4.0).collect();
    let [mut copy, mut square] = [(); 2].map(|()| vec![f32::NAN; x.len()]);

    let part = tiles * 64;
    let input = GlobalTensor::new(&x, &shape)?.parts(part, 64)?;
    let mut copies = GlobalTensorMut::new(&mut copy, &shape)?;
    let mut squares = GlobalTensorMut::new(&mut square, &shape)?;
    let args = (input, copies.parts(part, 64)?, squares.parts(part, 64)?);
    let report = Pipelined::new().watch(1).launch(&copy_and_square, blocks, args)?;
    println!("{}\n{}", report.program, report.timeline);

    for (i, x) in x.iter().enumerate() {
        let expected = (f64::from(*x) * f64::from(*x)) as f32;
        if copy[i] != *x || square[i] != expected {
            return Err(format!("{x} at {i}: copy {}, square {}", copy[i], square[i]).into());
        }
    }
    println!("verified: {} copies and squares equal f64's", x.len());
    Ok(())
}
