//! Tile kernels on streams.

use tilesync::event::Retire;
use tilesync::exec::PlanChip;
use tilesync::global::{Arg, ArgStruct, Args, GlobalError};
use tilesync::prelude::*;
use tilesync::runtime::{Device, DeviceBuffer, DeviceTensor, Error, Stream, TileArg, TileArgs};
use tilesync::runtime::{KernelError, scope};
use tilesync::{Fault, Trouble};

use crate::{Mischief, Place, Trap};

pub(crate) const PLACES: &[Place] = &[
    Place { name: "what lends the arguments of a tile kernel", try_with: lend },
    Place { name: "the body of a tile kernel", try_with: body },
    Place { name: "the body of a tile kernel in a scope", try_with: body_in_a_scope },
    Place { name: "what puts a struct of arguments together", try_with: assemble },
    Place { name: "the end of a struct of arguments", try_with: end_of_arguments },
    Place { name: "what retires a plan by hand", try_with: retire },
];

#[derive(Buffers)]
struct Ub<'k> {
    x: VecTile<'k, f32, 8, 8>,
}

/// Where in the kernel the mischief is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Body,
    Assemble,
    End,
    Retire,
}

const ALL: [At; 4] = [At::Body, At::Assemble, At::End, At::Retire];
const KINDS: [Mischief; 3] = [Mischief::Panic, Mischief::PanicForEver, Mischief::Block];

/// Mischief somewhere, as an argument of a kernel.
fn told(at: At, mischief: Mischief) -> usize {
    let at = ALL.iter().position(|&one| one == at);
    let kind = KINDS.iter().position(|&one| one == mischief);
    at.unwrap() * KINDS.len() + kind.unwrap()
}

/// The arguments as the kernel has them.
struct Told<'k> {
    x: GlobalIn<'k, f32>,
    at: At,
    mischief: Mischief,
    _end: Option<Trap>,
}

impl Told<'_> {
    fn act(&self, at: At) {
        if self.at == at {
            self.mischief.happen();
        }
    }
}

impl ArgStruct for Told<'static> {
    type Fields = (usize, GlobalIn<'static, f32>);
    type At<'k> = Told<'k>;

    fn assemble<'k>((told, x): <Self::Fields as Arg>::At<'k>) -> Told<'k> {
        let (at, mischief) = (ALL[told / KINDS.len()], KINDS[told % KINDS.len()]);
        let end = (at == At::End).then_some(Trap(mischief));
        let told = Told { x, at, mischief, _end: end };
        told.act(At::Assemble);
        told
    }
}

/// What is retired in the end, by hand.
struct LastWord<'a, 'k, X>(X, &'a Told<'k>);

impl<'k, X: Retire<'k>> Retire<'k> for LastWord<'_, '_, X> {
    type Tile = X::Tile;

    fn retire(self) -> Retired<X::Tile> {
        self.1.act(At::Retire);
        self.0.retire()
    }
}

/// Copies a tile.
struct Copy;

impl Kernel for Copy {
    type Plan = Ub<'static>;
    type Args = (Told<'static>, GlobalOut<'static, f32>);

    fn run<'k>(
        &self,
        _: Core<'k, PlanChip<Ub<'static>>>,
        ub: Ub<'k>,
        (told, y): (Told<'k>, GlobalOut<'k, f32>),
    ) -> Retired<Ub<'k>> {
        let x = tload(ub.x, &told.x.tile(0, 0)).record::<TStoreVec>();
        told.act(At::Body);
        Ub::retire(UbTokens { x: LastWord(tstore(&y.tile(0, 0), x), &told) })
    }
}

/// What a stream owns and lends for the arguments.
struct Own {
    told: usize,
    x: DeviceTensor<f32>,
    y: DeviceTensor<f32>,
    lending: Option<Mischief>,
}

impl TileArgs<<Copy as Kernel>::Args> for Own {
    fn lend(&mut self) -> Result<<<Copy as Kernel>::Args as Args>::Host<'_>, GlobalError> {
        if let Some(mischief) = self.lending {
            mischief.happen();
        }
        let x = TileArg::<GlobalIn<'static, f32>>::lend(&mut self.x)?;
        let y = TileArg::<GlobalOut<'static, f32>>::lend(&mut self.y)?;
        Ok(((self.told, x), y))
    }
}

/// A fault of the kernel came out of its stream as an error that says so.
#[track_caller]
fn is_stopped(mischief: Mischief, outcome: Result<(), Error>) {
    let panicked = |source: &KernelError| {
        let error = source.downcast_ref::<LaunchError>();
        let fault = Trouble::Panicked { code: None, message: String::new() };
        let same =
            |trouble: &Trouble| std::mem::discriminant(trouble) == std::mem::discriminant(&fault);
        matches!(error, Some(LaunchError::Fault(Fault { trouble, .. })) if same(trouble))
    };
    match outcome {
        Err(Error::KernelFailed { source, .. }) if mischief.panics() && panicked(&source) => {}
        Ok(()) if !mischief.panics() => {}
        other => panic!("{mischief:?} came out as {other:?}"),
    }
}

/// The pool that runs blocks starts with the first launch, and its threads take over the name of the thread that starts them: a launch
/// from here keeps them from being counted as workers of streams.
pub(crate) fn start_the_pool() {
    let (x, mut y) = ([1.0; 64], [0.0; 64]);
    let input = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    let args = ((told(At::Body, Mischief::Block), input.whole()), output.whole());
    Eager::new().launch(&Copy, 1, args).unwrap();
}

/// Launches with buffers of the stream's, and again without mischief.
fn launch(told: usize, lending: Option<Mischief>, judge: impl Fn(Result<(), Error>)) {
    let stream = Stream::new(Device::current());
    let tensor = |value| {
        let buffer = DeviceBuffer::filled(Device::current(), 64, value).unwrap();
        DeviceTensor::new(buffer, &[8, 8]).unwrap()
    };
    let own = Own { told, x: tensor(1.0), y: tensor(0.0), lending };
    let outcome = stream.launch_tiles(&Copy, 1, own).unwrap().synchronize();
    // What went wrong was told once; the buffers come back all the same.
    let (outcome, own) = match outcome {
        Ok(own) => (Ok(()), own),
        Err(refused) => (Err(refused.error), refused.buffers.synchronize().unwrap()),
    };
    assert!(outcome.is_err() || own.y[..] == own.x[..]);
    judge(outcome);
    // Reported again by the stream, and cleared.
    let _told_before = stream.synchronize();
    stream.synchronize().unwrap();
}

fn lend(mischief: Mischief) {
    launch(told(At::Body, Mischief::Block), Some(mischief), |outcome| mischief.is_told(outcome));
}

fn in_kernel(at: At, mischief: Mischief) {
    launch(told(at, mischief), None, |outcome| is_stopped(mischief, outcome));
}

fn body(mischief: Mischief) {
    in_kernel(At::Body, mischief);
}

fn assemble(mischief: Mischief) {
    in_kernel(At::Assemble, mischief);
}

fn end_of_arguments(mischief: Mischief) {
    in_kernel(At::End, mischief);
}

fn retire(mischief: Mischief) {
    in_kernel(At::Retire, mischief);
}

fn body_in_a_scope(mischief: Mischief) {
    let stream = Stream::new(Device::current());
    let (x, mut y) = ([1.0; 64], [0.0; 64]);
    let input = GlobalTensor::new(&x, &[8, 8]).unwrap();
    let mut output = GlobalTensorMut::new(&mut y, &[8, 8]).unwrap();
    let args = ((told(At::Body, mischief), input.whole()), output.whole());
    let outcome = scope(|scope| scope.launch_tiles(&stream, &Copy, 1, args));
    is_stopped(mischief, outcome);
    stream.synchronize().unwrap();
    assert!(mischief.panics() || x == y);
}
