//! Where the tiles of a plan lie: one behind the other in each space, but for the scales of MX factors, which the device looks for at the
//! address of their factor divided by 16.

use super::{DtypeId, Space, TileType};

/// Gives out addresses.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Where the next tile of a space goes.
    next: [u32; Space::COUNT],
    /// Where scales have to lie that no tile was placed for yet.
    awaited: Vec<Scales>,
}

/// The scales of a factor.
#[derive(Clone, Copy, Debug)]
struct Scales {
    space: Space,
    shape: (usize, usize),
    addr: u32,
}

/// How many times smaller the address of scales is than that of their factor.
pub(crate) const SCALES_BELOW: u32 = 16;

impl Places {
    /// The address of the next tile, which takes so many bytes of its space.
    pub(super) fn take(&mut self, ty: &TileType, bytes: u32) -> u32 {
        let at = ty.space.index();
        let awaited = |scales: &Scales| (scales.space, scales.shape) == (ty.space, ty.shape());
        if matches!(ty.space, Space::ScaleLeft | Space::ScaleRight)
            && let Some(number) = self.awaited.iter().position(awaited)
        {
            let addr = self.awaited.remove(number).addr;
            self.next[at] = self.next[at].max(addr + bytes);
            return addr;
        }
        let addr = self.next[at];
        self.next[at] += bytes;
        self.awaited.extend(scales_of(ty, addr));
        addr
    }

    /// Where the next tiles go.
    pub(crate) fn start(&self) -> [u32; Space::COUNT] {
        self.next
    }

    /// Goes back to `start`, for what lies in the same place; gives where the next tiles went.
    pub(crate) fn again(&mut self, start: [u32; Space::COUNT]) -> [u32; Space::COUNT] {
        std::mem::replace(&mut self.next, start)
    }

    /// Goes behind `end` as well.
    pub(crate) fn behind(&mut self, end: [u32; Space::COUNT]) {
        for (next, end) in self.next.iter_mut().zip(end) {
            *next = std::cmp::max(*next, end);
        }
    }
}

/// The bytes of each space where tiles take so many: scales lie as far apart as their factors.
pub(crate) const fn room(mut bytes: [usize; Space::COUNT]) -> [usize; Space::COUNT] {
    let below = SCALES_BELOW as usize;
    let [left, right] = [Space::ScaleLeft.index(), Space::ScaleRight.index()];
    if bytes[left] > 0 {
        bytes[left] += bytes[Space::Left.index()].div_ceil(below);
    }
    if bytes[right] > 0 {
        bytes[right] += bytes[Space::Right.index()].div_ceil(below);
    }
    bytes
}

/// The scales of a tile at `addr`, if it may be a factor of an MX product.
fn scales_of(ty: &TileType, addr: u32) -> Option<Scales> {
    let numbers = match ty.dtype {
        DtypeId::F8E4M3 | DtypeId::F8E5M2 => 1,
        DtypeId::F4E2M1x2 | DtypeId::F4E1M2x2 => 2,
        _ => return None,
    };
    let (rows, cols) = ty.shape();
    let groups = |along_k: usize| along_k * numbers / 32;
    let (space, shape) = match ty.space {
        Space::Left => (Space::ScaleLeft, (rows, groups(cols))),
        Space::Right => (Space::ScaleRight, (groups(rows), cols)),
        _ => return None,
    };
    Some(Scales { space, shape, addr: addr / SCALES_BELOW })
}
