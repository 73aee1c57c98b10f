//! Programs and judges: they run on the thread that calls, and a panic of a user's passes through.

use std::cell::Cell;

use tilesync::chip::ChipId;
use tilesync::exec::check::check;
use tilesync::exec::explore::{Limits, explore};
use tilesync::op::OpCode::{TLOAD, TMULS};
use tilesync::op::Pipe::{Mte2, V};
use tilesync::program::Program;
use tilesync::raw::{Block, Operand};
use tilesync::tile::{DtypeId, Space};

use crate::{Mischief, Place};

pub(crate) const PLACES: &[Place] = &[
    Place { name: "the operands of a raw op", try_with: operands },
    Place { name: "the limits of an exploration", try_with: limits },
    #[cfg(feature = "serde")]
    Place { name: "where a program is saved to", try_with: file::saved },
    #[cfg(feature = "serde")]
    Place { name: "where a program is loaded from", try_with: file::loaded },
];

/// Operands that are mischief when they are asked for, once.
struct List(Vec<Operand>, Cell<Option<Mischief>>);

impl AsRef<[Operand]> for List {
    fn as_ref(&self) -> &[Operand] {
        if let Some(mischief) = self.1.take() {
            mischief.happen();
        }
        &self.0
    }
}

/// Loads a tile and doubles it; before that, whatever else is to be done to the block.
fn program(before: impl FnOnce(&mut Block, Operand)) -> Program {
    let mut block = Block::new(ChipId::A2A3);
    let x = block.global_in(DtypeId::F32, 8, 8);
    let tile = block.tile("tile", Space::Vec, 0, DtypeId::F32, 8, 8);
    block.op(TLOAD, [tile], [x]);
    block.set_flag(Mte2, V, 0);
    block.wait_flag(Mte2, V, 0);
    before(&mut block, tile);
    block.op(TMULS, [tile], [tile]);
    block.finish()
}

fn operands(mischief: Mischief) {
    let list = |tile, mischief: Option<Mischief>| List(vec![tile], Cell::new(mischief));
    let program = program(|block, tile| {
        mischief.passes(|| block.op(TMULS, list(tile, Some(mischief)), [tile]));
        mischief.passes(|| block.op(TMULS, [tile], list(tile, Some(mischief))));
        mischief.passes(|| block.op_on(V, "MULS", [tile], list(tile, Some(mischief))));
    });
    assert_eq!(program.ops().count(), if mischief.panics() { 2 } else { 5 });
    // What was left out has left nothing behind.
    assert!(!mischief.panics() || check(&program).is_clean());
}

fn limits(mischief: Mischief) {
    struct Few(Mischief);
    impl From<Few> for Limits {
        fn from(few: Few) -> Self {
            few.0.happen();
            1.into()
        }
    }
    let program = program(|_, _| ());
    mischief.passes(|| assert!(explore(&program, Few(mischief)).is_clean()));
    assert!(explore(&program, 1).is_clean());
}

#[cfg(feature = "serde")]
mod file {
    use std::io::{Read, Result, Write};

    use super::{Mischief, Program, check, program};

    /// A file that is mischief from the first byte on.
    struct File(Vec<u8>, Mischief);

    impl Write for File {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.1.happen();
            self.0.write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    impl Read for File {
        fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
            self.1.happen();
            let count = self.0.as_slice().read(bytes)?;
            self.0.drain(..count);
            Ok(count)
        }
    }

    pub(super) fn saved(mischief: Mischief) {
        let program = program(|_, _| ());
        let mut text = Vec::new();
        program.save(&mut text).unwrap();
        // A writer that takes long does so for each piece of the text: only its first.
        let mut file = std::io::BufWriter::with_capacity(1 << 16, File(Vec::new(), mischief));
        mischief.passes(|| {
            program.save(&mut file).unwrap();
            file.flush().unwrap();
        });
        if !mischief.panics() {
            assert_eq!(file.get_ref().0, text);
        }
        std::mem::forget(file);
    }

    pub(super) fn loaded(mischief: Mischief) {
        let mut text = Vec::new();
        program(|_, _| ()).save(&mut text).unwrap();
        mischief.passes(|| {
            let program = Program::load(File(text, mischief)).unwrap();
            assert_eq!(check(&program).findings, []);
        });
    }
}
