//! The slots of the FIFOs of a cluster: where they lie, and which of them are tiles of which core.

use crate::cluster::{FifoUse, FifoUses};
use crate::memory::{Lie, Memory, Slots};
use crate::program::{Direction, FifoSlot, TileInfo};
use crate::tile::layout::BLOCK_BYTES;
use crate::tile::places::room;
use crate::tile::plan::Usage;
use crate::tile::{LayoutId, TileType};
use crate::unit::{SlotTiles, Unit};

/// The FIFOs of a cluster with so many vector cores, which share a message by columns or by rows.
pub(super) struct SlotsOfFifos {
    pub(super) uses: FifoUses,
    pub(super) cores: usize,
    pub(super) by_cols: bool,
}

impl SlotsOfFifos {
    /// Memory for the slots of each FIFO.
    pub(super) fn memories(&self) -> Vec<Slots> {
        let memory = |fifo: &FifoUse| {
            let lie = match fifo.direction {
                Direction::VectorToCube if fifo.direct => Lie::Fractals,
                Direction::CubeToVector if fifo.direct && self.cores == 2 && self.by_cols => {
                    Lie::Halves
                }
                _ => Lie::Rows,
            };
            Slots::new(fifo.dtype, fifo.shape, fifo.slots, lie)
        };
        self.uses.iter().map(memory).collect()
    }

    /// Places the slots that lie in on-chip memory of a core, behind its plan: the cube core, or a vector core. Gives their tiles.
    pub(super) fn place(
        &self,
        (unit, cube): (&mut Unit, bool),
        memories: &[Slots],
        (plan, names): (&Usage, &[&str]),
    ) -> Vec<TileInfo> {
        let mut bytes = plan.bytes.map(|bytes| bytes.next_multiple_of(BLOCK_BYTES));
        let mut first = plan.slots();
        let (mut tiles, mut lie) = (Vec::new(), Vec::new());
        for (number, ((fifo, memory), name)) in (0..).zip(self.uses.iter().zip(memories).zip(names))
        {
            let to_cube = matches!(fifo.direction, Direction::VectorToCube);
            if !fifo.direct || to_cube != cube {
                unit.slots_of_fifos.push(SlotTiles::default());
                continue;
            }
            let (corner, shape) = share(unit, fifo.shape);
            lie.extend((0..fifo.slots).map(|slot| memory.tile(slot, corner)));
            let ty = TileType {
                space: fifo.space(),
                dtype: fifo.dtype,
                rows: shape.0 as u32,
                cols: shape.1 as u32,
                layout: if to_cube { LayoutId::Nz } else { LayoutId::Nd },
            };
            let addr = &mut bytes[fifo.space().index()];
            let of_core = SlotTiles {
                first: first as u16,
                addr: *addr as u32,
                bytes: fifo.share_bytes(self.cores) as u32,
            };
            tiles.extend((0..fifo.slots as u32).map(|slot| TileInfo {
                filled: true,
                slot_of: Some(FifoSlot { fifo: number, slot }),
                ..TileInfo::new(format!("{name}[{slot}]"), of_core.addr + slot * of_core.bytes, ty)
            }));
            *addr += fifo.share_bytes(self.cores) * fifo.slots;
            first += fifo.slots;
            unit.slots_of_fifos.push(of_core);
        }
        if !lie.is_empty() {
            unit.memory = Memory::new(room(bytes), plan.slots());
            unit.memory.add_slots(lie.into_iter());
        }
        tiles
    }
}

/// Where a core's share of a message begins, and its rows and columns.
fn share(unit: &Unit, (rows, cols): (usize, usize)) -> ((usize, usize), (usize, usize)) {
    match unit.half {
        None => ((0, 0), (rows, cols)),
        Some(half) if half.by_cols => ((0, cols / 2 * usize::from(half.second)), (rows, cols / 2)),
        Some(half) => ((rows / 2 * usize::from(half.second), 0), (rows / 2, cols)),
    }
}
