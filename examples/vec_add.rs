use tilesync::prelude::*;

#[derive(Buffers)]
struct Ub<'k> {
    a: VecTile<'k, f32, 64, 64>,
    b: VecTile<'k, f32, 64, 64>,
    c: VecTile<'k, f32, 64, 64>,
}

#[kernel]
fn vec_add<'k>(
    ub: Ub<'k>,
    in0: GlobalIn<'k, f32>,
    in1: GlobalIn<'k, f32>,
    out: GlobalOut<'k, f32>,
) -> Retired<Ub<'k>> {
    let e0: Event<TLoad, TAdd, _> = tload(ub.a, &in0.tile(0, 0)).record();
    let e1: Event<TLoad, TAdd, _> = tload(ub.b, &in1.tile(0, 0)).record();
    let e2: Event<TAdd, TStoreVec, _> = tadd(ub.c, &e0, &e1).record();
    let r2 = tstore(&out.tile(0, 0), e2);
    Ub::retire(e0, e1, r2)
}

fn main() {
    let n = 16usize << 20;
    let x: Vec<f32> = (0..n).map(|i| (i % 1000) as f32).collect();
    let y: Vec<f32> = (0..n).map(|i| (i % 77) as f32).collect();
    let mut z = vec![0f32; n];
    for k in 0..5 {
        let t = std::time::Instant::now();
        for ((z, x), y) in z.iter_mut().zip(&x).zip(&y) {
            *z = x + y + std::hint::black_box(k as f32);
        }
        println!("plain {:?}", t.elapsed());
        for e in [Eager::sequential(), Eager::new()] {
            let t = std::time::Instant::now();
            let rows = n / 64;
            let gx = GlobalTensor::new(&x, &[rows, 64]).unwrap();
            let gy = GlobalTensor::new(&y, &[rows, 64]).unwrap();
            let mut gz = GlobalTensorMut::new(&mut z, &[rows, 64]).unwrap();
            e.launch(
                &vec_add,
                rows / 64,
                (gx.parts(64, 64).unwrap(), gy.parts(64, 64).unwrap(), gz.parts(64, 64).unwrap()),
            )
            .unwrap();
            println!("eager {:?}", t.elapsed());
        }
    }
    for i in 0..n {
        assert_eq!(z[i], x[i] + y[i]);
    }
}
