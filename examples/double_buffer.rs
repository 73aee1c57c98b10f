//! Ping-pong: while one tile is squared, the next is loaded and the last one stored.
//!
//! ```text
//! cargo run --release --example double_buffer
//! ```
//!
//! Two buffers an operand. Before the loop each is *primed*: it is handed to its first writer as if its reader had just given
//! it back. In the loop every buffer that is read is *released* to its next writer. After the loop the buffers are *retired*,
//! which waits for what is still owed. Leave one of the three out, and this file does not compile.

use std::error::Error;

use tilesync::prelude::*;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    x: [VecTile<'k, f32, 64, 64>; 2],
    y: [VecTile<'k, f32, 64, 64>; 2],
}

#[kernel]
pub(crate) fn square<'k>(
    ub: Ub<'k>,
    x: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free_x = ub.x.map(|tile| tile.prime::<TMul, TLoad>());
    let mut free_y = ub.y.map(|tile| tile.prime::<TStoreVec, TMul>());
    for i in 0..x.rows() / 64 {
        // The slot's token carries the slot's tile, so a wrong slot cannot be named.
        let [x_now, x_next] = free_x;
        let [y_now, y_next] = free_y;

        let loaded = tload(x_now, &x.tile(i, 0)).record::<TMul>();
        let squared = tmul(y_now, &loaded, &loaded).record::<TStoreVec>();
        let stored = tstore(&y.tile(i, 0), squared);

        free_x = [x_next, loaded.release::<TLoad>()];
        free_y = [y_next, stored.release::<TMul>()];
    }
    Ub::retire(UbTokens { x: free_x, y: free_y })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (blocks, tiles) = (32, 8);
    let shape = [blocks * tiles * 64, 64];
    let mut random = fastrand::Rng::with_seed(1);
    let x: Vec<f32> = (0..shape[0] * shape[1]).map(|_| random.f32() * 8.0 - 4.0).collect();
    let mut y = vec![f32::NAN; x.len()];

    let input = GlobalTensor::new(&x, &shape)?.parts(tiles * 64, 64)?;
    let mut output = GlobalTensorMut::new(&mut y, &shape)?;
    let args = (input, output.parts(tiles * 64, 64)?);
    // Block 1: the first block also pays for warming up.
    let report = Pipelined::new().watch(1).launch(&square, blocks, args)?;
    println!("{}\n{}", report.program, report.timeline);

    for (i, (x, y)) in x.iter().zip(&y).enumerate() {
        let expected = (f64::from(*x) * f64::from(*x)) as f32;
        if *y != expected {
            return Err(format!("y[{i}] is {y}, expected {expected}").into());
        }
    }
    println!("verified: {} squares equal f64's", x.len());
    Ok(())
}
