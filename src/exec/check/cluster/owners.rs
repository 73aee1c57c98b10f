//! Cross-core flags that two protocols use, or that do not exist.

use std::collections::BTreeMap;

use super::counts::{Owner, Uses};
use super::network::Network;
use super::told::{At, Told};
use crate::chip::ChipId;
use crate::exec::check::code::Code;
use crate::exec::check::finding::written;
use crate::program::{Cross, InstrKind, Participants};

/// Ids that no core has.
pub(super) fn ranges(network: &Network<'_>, told: &mut Told<'_, '_>) {
    for (core, member) in network.cores.iter().enumerate() {
        let few = member.core.is_vector() || member.program.chip == ChipId::A2A3;
        let most = if few { 16 } else { 32 };
        for (index, instr) in (0..).zip(&member.program.instrs) {
            let InstrKind::Cross(Cross::Set { id, .. } | Cross::Wait { id }) = instr.kind else {
                continue;
            };
            if id >= most {
                let core_text = network.core_text(member.block, member.core);
                told.add(
                    Code::IdOutOfRange,
                    format!(
                        "cross-core flag {id} does not exist: {core_text} has flags 0 to {}",
                        most - 1
                    ),
                    [((core, index), "no such id".to_owned())],
                    "reuse an id whose flag is consumed",
                );
            }
        }
    }
}

/// One id for two purposes.
pub(super) fn report(network: &Network<'_>, uses: &[Uses], told: &mut Told<'_, '_>) {
    let meets: Vec<Option<(At, Participants)>> =
        (0..network.cores.len()).map(|core| meets(network, core)).collect();
    for (counter, uses) in network.counters.iter().zip(uses) {
        let mut users: BTreeMap<Owner, At> = BTreeMap::new();
        let takes = uses.takes.iter().map(|&(at, _, owner)| (at, owner));
        for (at, owner) in uses.raises.iter().copied().chain(takes) {
            users.entry(owner).or_insert(at);
        }
        if let Some((at, of)) = meets[counter.core]
            && of.flag_ids().contains(&counter.id)
        {
            users.insert(Owner::SyncAll, at);
        }
        let mut users = users.into_iter();
        let (Some((one, first)), Some((two, second))) = (users.next(), users.next()) else {
            continue;
        };
        let member = &network.cores[counter.core];
        let fifo =
            |number: u32| member.program.fifos.get(number as usize).map_or("?", |fifo| &fifo.name);
        let name = |owner: Owner| match owner {
            Owner::Ready(number) => format!("the ready flag of FIFO {}", fifo(number)),
            Owner::Free(number) => format!("the free flag of FIFO {}", fifo(number)),
            Owner::Flag => "a flag of the kernel's own".to_owned(),
            Owner::SyncAll => "a flag of `SYNCALL`".to_owned(),
        };
        let core = network.core_text(member.block, member.core);
        told.add(
            Code::FlagCollision,
            format!("flag {} of {core} is {}, and {}", counter.id, name(one), name(two)),
            [(first, format!("{}, here", name(one))), (second, format!("{}, here", name(two)))],
            "give one of the two another id: there are 16, less 11 to 14 where `SYNCALL` is called, and less two a FIFO",
        );
    }
}

fn meets(network: &Network<'_>, core: usize) -> Option<(At, Participants)> {
    let mut instrs = (0..).zip(&network.cores[core].program.instrs);
    instrs.find_map(|(index, instr)| match instr.kind {
        InstrKind::Cross(Cross::SyncAll(of)) => Some(((core, index), of)),
        _ => None,
    })
}

/// Two pipes raise one counter, or take it down, in no fixed order.
pub(super) fn mixed(network: &Network<'_>, mixed: &[(usize, At, At)], told: &mut Told<'_, '_>) {
    for &(counter, one, two) in mixed {
        let text = |(core, index): At| written(network.cores[core].program, index);
        told.add(
            Code::FlagCollision,
            format!(
                "two pipes use {} in no fixed order: which wait belongs to which set?",
                network.counter_text(counter)
            ),
            [
                (one, format!("`{}` here", text(one))),
                (two, format!("`{}` here, and it may come first", text(two))),
            ],
            "give one of the two another id",
        );
    }
}
