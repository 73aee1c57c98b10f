//! Meetings that not all cores come to.

use super::network::Network;
use super::told::{At, Told};
use crate::exec::check::code::Code;
use crate::exec::check::finding::written;
use crate::program::{Cross, InstrKind, Participants};

/// `SYNCALL`: every core as often as every other one, and all blocks there at once.
pub(super) fn report(network: &Network<'_>, told: &mut Told<'_, '_>) {
    for of in [Participants::All, Participants::Cubes, Participants::Vectors] {
        let cores: Vec<(usize, Vec<At>)> =
            network.participants(of).map(|core| (core, meetings(network, core, of))).collect();
        let few = cores.iter().min_by_key(|(_, meetings)| meetings.len());
        let many = cores.iter().max_by_key(|(_, meetings)| meetings.len());
        let (Some((few, fewest)), Some((many, most))) = (few, many) else { continue };
        let Some(&first) = most.first() else { continue };
        let core =
            |core: usize| network.core_text(network.cores[core].block, network.cores[core].core);
        if let Some(&alone) = most.get(fewest.len()) {
            let name = written(network.cores[alone.0].program, alone.1);
            let last = fewest.last().map(|&last| (last, format!("the last one of {}", core(*few))));
            told.add(
                Code::ParticipantMismatch,
                format!(
                    "{} comes to {} meetings (`{name}`), and {} to {}",
                    core(*many),
                    most.len(),
                    core(*few),
                    fewest.len()
                ),
                [(alone, "waits here for ever".to_owned())].into_iter().chain(last),
                "let every core call `SYNCALL` as often, outside of what only some of them run",
            );
        } else if network.resident() < network.blocks() {
            told.add(
                Code::ParticipantMismatch,
                format!(
                    "{} blocks meet, and {} run at a time: the others never start",
                    network.blocks(),
                    network.resident()
                ),
                [(first, "waits here for blocks that wait for this one to end".to_owned())],
                "launch at most as many blocks as run at a time, and let each do more of the work",
            );
        }
    }
}

fn meetings(network: &Network<'_>, core: usize, of: Participants) -> Vec<At> {
    let instrs = (0..).zip(&network.cores[core].program.instrs);
    let meets = instrs.filter(
        |(_, instr)| matches!(instr.kind, InstrKind::Cross(Cross::SyncAll(other)) if other == of),
    );
    meets.map(|(index, _)| (core, index)).collect()
}
