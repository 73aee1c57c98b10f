//! A shape that divides by nothing: 1000 x 777, in tiles of 64 x 128.
//!
//! ```text
//! cargo run --release --example tails
//! ```
//!
//! A tile with a dynamic valid region (`Dyn`) takes what there is at the edge of a tensor; the ops that follow work on that part
//! of the tile, and the store writes no more. A tile without it would stop the kernel there, with an error that says so.

use std::error::Error;

use tilesync::prelude::*;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: VecTile<'k, f32, 64, 128, Dyn>,
    y: VecTile<'k, f32, 64, 128, Dyn>,
}

/// `y = x + y`, one tile a block.
#[kernel]
pub(crate) fn add<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalIn<'k, f32>,
    z: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TAdd>();
    let y = tload(ub.y, &y.tile(0, 0)).record::<TAdd>();
    let sum = tadd_assign(y, &x).record::<TStoreVec>();
    Ub::retire(UbTokens { x, y: tstore(&z.tile(0, 0), sum) })
}

/// The same with tiles of a fixed valid region, to see what happens.
#[derive(Buffers)]
struct Fixed<'k> {
    x: VecTile<'k, f32, 64, 128>,
}

#[kernel]
fn copy<'k>(ub: Fixed<'k>, x: GlobalIn<'k, f32>, z: GlobalOut<'k, f32>) -> Retired<Fixed<'k>> {
    let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
    Fixed::retire(FixedTokens { x: tstore(&z.tile(0, 0), x) })
}

fn main() -> Result<(), Box<dyn Error>> {
    let shape @ [rows, cols] = [1000_usize, 777];
    let blocks = rows.div_ceil(64) * cols.div_ceil(128);
    let mut random = fastrand::Rng::with_seed(1);
    let [x, y] = [(); 2].map(|()| (0..rows * cols).map(|_| random.f32()).collect::<Vec<_>>());
    let mut z = vec![f32::NAN; rows * cols];

    let (gx, gy) = (GlobalTensor::new(&x, &shape)?, GlobalTensor::new(&y, &shape)?);
    let mut gz = GlobalTensorMut::new(&mut z, &shape)?;
    let args = (gx.parts(64, 128)?, gy.parts(64, 128)?, gz.parts(64, 128)?);
    Eager::new().launch(&add, blocks, args)?;

    let args = (gx.parts(64, 128)?, gz.parts(64, 128)?);
    match Eager::sequential().launch(&copy, blocks, args) {
        Err(error) => println!("a fixed tile at the edge:\n{error}\n"),
        Ok(()) => return Err("a fixed tile passed the edge".into()),
    }

    let args = (gx.parts(64, 128)?, gy.parts(64, 128)?, gz.parts(64, 128)?);
    Eager::new().launch(&add, blocks, args)?;
    for (i, ((x, y), z)) in x.iter().zip(&y).zip(&z).enumerate() {
        let expected = (f64::from(*x) + f64::from(*y)) as f32;
        if *z != expected {
            return Err(format!("z[{}, {}] is {z}, expected {expected}", i / cols, i % cols).into());
        }
    }
    println!("verified: {rows} x {cols} sums in {blocks} blocks equal f64's");
    Ok(())
}
