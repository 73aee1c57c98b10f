// Launched as a kernel whose blocks do not meet.
use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

struct Swap;

#[phases]
impl Swap {
    fn store<'k>(ub: Ub<'k>, x: GlobalIn<'k, f32>, seen: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &x.tile(0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&seen.tile(0, 0), x) })
    }

    fn load<'k>(ub: Ub<'k>, seen: GlobalIn<'k, f32>, y: GlobalOut<'k, f32>) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &seen.tile(1 - y.part().0, 0)).record::<TStoreVec>();
        Ub::retire(UbTokens { x: tstore(&y.tile(0, 0), x) })
    }
}

fn main() {
    let x = [1.0_f32; 128];
    let mut y = x;
    let x = GlobalTensor::new(&x, &[16, 8]).unwrap();
    let mut seen = Workspace::new(&[16, 8]).unwrap();
    let mut out = GlobalTensorMut::new(&mut y, &[16, 8]).unwrap();
    let args = (x.parts(8, 8).unwrap(), seen.parts(8, 8).unwrap(), out.parts(8, 8).unwrap());
    Eager::new().launch(&Swap, 2, args).unwrap();
}
