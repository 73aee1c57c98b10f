//! Rows of a table that tokens name, scaled: the first step of a language model.
//!
//! ```text
//! cargo run --release --example embedding
//! ```
//!
//! The scalar unit reads a token, and its row is loaded: where an op finds its data may be known only when the kernel runs. What the kernel
//! does is the same for all tokens, so `Emit` can write it as C++, which reads the tokens itself.

use std::error::Error;

use tilesync::prelude::*;

/// Elements of a row.
pub(crate) const DIM: usize = 256;
/// Tokens of a block.
pub(crate) const BLOCK: usize = 16;

#[derive(Buffers)]
pub(crate) struct Ub<'k> {
    row: [VecTile<'k, f32, 1, DIM>; 2],
}

/// `y[i] = table[tokens[i]] * sqrt(DIM)`, for the rows of a block.
#[kernel]
pub(crate) fn embedding<'k>(
    ub: Ub<'k>,
    tokens: GlobalIn<'k, u32>,
    table: GlobalIn<'k, f32>,
    y: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let mut free = ub.row.map(|tile| tile.prime::<TStoreVec, TLoad>());
    for i in 0..y.rows() {
        let [now, next] = free;
        let token = tokens.scalar(0, y.origin().0 + i);
        let row = tload(now, &table.tile(token, 0)).record::<TMulS>();
        let scaled = tmuls_assign(row, (DIM as f32).sqrt()).record::<TStoreVec>();
        free = [next, tstore(&y.tile(i, 0), scaled).release::<TLoad>()];
    }
    Ub::retire(UbTokens { row: free })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (count, words) = (100, 1000);
    let mut random = fastrand::Rng::with_seed(1);
    let tokens: Vec<u32> = (0..count).map(|_| random.u32(0..words as u32)).collect();
    let table: Vec<f32> = (0..words * DIM).map(|_| random.f32() - 0.5).collect();

    let orders = [Order::Early, Order::Late, Order::Random(1)];
    for order in std::iter::once(None).chain(orders.map(Some)) {
        let mut y = vec![f32::NAN; count * DIM];
        let mut out = GlobalTensorMut::new(&mut y, &[count, DIM])?;
        let args = (
            GlobalTensor::new(&tokens, &[1, count])?.whole(),
            GlobalTensor::new(&table, &[words, DIM])?.whole(),
            out.parts(BLOCK, DIM)?,
        );
        let blocks = count.div_ceil(BLOCK);
        match order {
            None => Eager::new().launch(&embedding, blocks, args)?,
            Some(order) => {
                drop(Pipelined::new().order(order).launch(&embedding, blocks, args)?);
            }
        }
        for (at, y) in y.iter().enumerate() {
            // The root of 256 is 16: the product is exact.
            let expected = table[tokens[at / DIM] as usize * DIM + at % DIM] * 16.0;
            if *y != expected {
                let place = format!("y[{}, {}]", at / DIM, at % DIM);
                return Err(format!("{place} is {y}, expected {expected}").into());
            }
        }
    }
    println!("verified: {count} tokens, rows of {DIM}, on every executor");
    Ok(())
}
