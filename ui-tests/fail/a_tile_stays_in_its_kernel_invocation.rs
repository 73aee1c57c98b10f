// The tiles of two invocations in one op: their addresses and flags belong to different cores.
use tilesync::prelude::*;

type Loaded<'k> = Event<TLoad, TAdd, Live<VecTile<'k, f32, 8, 8>>>;
type Sum<'k> = RecordEvent<TAdd, Live<VecTile<'k, f32, 8, 8>>>;

fn double<'k, 'j>(dst: VecTile<'k, f32, 8, 8>, src: &Loaded<'j>) -> Sum<'k> {
    tadd(dst, src, src)
}

fn main() {}
