//! FIFOs whose two ends do not count alike.

use std::collections::BTreeMap;

use super::network::Network;
use super::told::{At, Told};
use crate::chip::ChipId;
use crate::exec::check::code::Code;
use crate::program::{Cross, Fifo, InstrKind};

/// What one core does with a FIFO.
#[derive(Default)]
struct End {
    allocs: Vec<At>,
    pushes: Vec<At>,
    pops: Vec<At>,
    frees: Vec<At>,
    drains: Vec<(At, u32)>,
}

pub(super) fn report(network: &Network<'_>, told: &mut Told<'_, '_>) {
    for block in 0..network.blocks() {
        let Some(member) = network.cores.iter().find(|member| member.block == block) else {
            continue;
        };
        for (number, fifo) in (0..).zip(member.program.fifos.iter()) {
            let fifo = OfBlock { network, fifo, ends: ends(network, block, number, fifo) };
            if !fifo.messages(told) && !fifo.slots(told) {
                fifo.credits(told);
            }
        }
    }
}

fn ends(network: &Network<'_>, block: usize, number: u32, fifo: &Fifo) -> BTreeMap<usize, End> {
    let mut ends = BTreeMap::new();
    for (core, member) in network.cores.iter().enumerate().filter(|(_, core)| core.block == block) {
        let mut end = End::default();
        for (index, instr) in (0..).zip(&member.program.instrs) {
            let at = (core, index);
            let InstrKind::Cross(cross) = instr.kind else { continue };
            let (list, of) = match cross {
                Cross::Alloc { fifo, .. } => (&mut end.allocs, fifo),
                Cross::Push { fifo, .. } => (&mut end.pushes, fifo),
                Cross::Pop { fifo, .. } => (&mut end.pops, fifo),
                Cross::Free { fifo, .. } => (&mut end.frees, fifo),
                Cross::Drain { fifo, credits } => {
                    if fifo == number {
                        end.drains.push((at, credits));
                    }
                    continue;
                }
                _ => continue,
            };
            if of == number {
                list.push(at);
            }
        }
        // Where a FIFO is not split, a5's second vector core has nothing to do with it.
        let idle = member.program.chip == ChipId::A5 && !fifo.split && member.core.sub_block() > 0;
        if !idle || !end.pushes.is_empty() || !end.pops.is_empty() {
            ends.insert(core, end);
        }
    }
    ends
}

struct OfBlock<'n, 'p> {
    network: &'n Network<'p>,
    fifo: &'n Fifo,
    /// By core.
    ends: BTreeMap<usize, End>,
}

impl OfBlock<'_, '_> {
    fn core(&self, core: usize) -> String {
        let member = &self.network.cores[core];
        self.network.core_text(member.block, member.core)
    }

    /// What each core at one end pushes, or pops.
    fn of_end(&self, producer: bool) -> impl Iterator<Item = (usize, &Vec<At>)> {
        let is_producer = |core: usize| self.fifo.is_producer(self.network.cores[core].core);
        let ends = self.ends.iter().filter(move |(core, _)| is_producer(**core) == producer);
        ends.map(move |(&core, end)| (core, if producer { &end.pushes } else { &end.pops }))
    }

    /// Pushes against pops. Whether there was anything to report.
    fn messages(&self, told: &mut Told<'_, '_>) -> bool {
        let all = || {
            self.of_end(true)
                .map(|end| (end, true))
                .chain(self.of_end(false).map(|end| (end, false)))
        };
        let (Some(few), Some(many)) = (
            all().min_by_key(|((_, messages), _)| messages.len()),
            all().max_by_key(|((_, messages), _)| messages.len()),
        ) else {
            return false;
        };
        let (((few, fewest), few_pushes), ((many, most), many_pushes)) = (few, many);
        let count = fewest.len();
        if count == most.len() {
            return false;
        }
        let verb = |pushes: bool| if pushes { "pushes" } else { "pops" };
        let last = fewest.last().map(|&last| (last, format!("the last of {count}")));
        told.add(
            Code::CountMismatch,
            format!(
                "{} {} {} messages through FIFO {}, and {} {} {count}",
                self.core(many),
                verb(many_pushes),
                most.len(),
                self.fifo.name,
                self.core(few),
                verb(few_pushes)
            ),
            [(most[count], format!("message {count} has no partner"))].into_iter().chain(last),
            "let both sides walk one list of steps: loops of one length, and one condition where a step is skipped",
        );
        true
    }

    /// Each slot that is taken is given on, or back. Whether there was anything to report.
    fn slots(&self, told: &mut Told<'_, '_>) -> bool {
        for (&core, end) in &self.ends {
            let halves = [
                (&end.allocs, &end.pushes, "TALLOC", "TPUSH"),
                (&end.pops, &end.frees, "TPOP", "TFREE"),
            ];
            for (one, two, take, give) in halves {
                if one.len() == two.len() {
                    continue;
                }
                let (more, count) =
                    if one.len() > two.len() { (one, two.len()) } else { (two, one.len()) };
                told.add(
                    Code::CountMismatch,
                    format!(
                        "{} has {} `{take}` and {} `{give}` of FIFO {}",
                        self.core(core),
                        one.len(),
                        two.len(),
                        self.fifo.name
                    ),
                    [(more[count], "this one has no partner".to_owned())],
                    format!("each `{take}` has one `{give}`"),
                );
                return true;
            }
        }
        false
    }

    /// What the consumers give back, less what the producer waits for before it takes a slot.
    fn left(&self, producer: &End) -> u64 {
        let fifo = self.fifo;
        let counted = |list: &[At], counts: fn(&Fifo, u32) -> bool| {
            let steps = list.iter().filter(|&&(core, index)| {
                match self.network.cores[core].program.instrs[index as usize].kind {
                    InstrKind::Cross(
                        Cross::Alloc { message, .. } | Cross::Free { message, .. },
                    ) => counts(fifo, message),
                    _ => false,
                }
            });
            steps.count() as u64
        };
        let consumers =
            self.ends.iter().filter(|(core, _)| !fifo.is_producer(self.network.cores[**core].core));
        let given = consumers.map(|(_, end)| counted(&end.frees, Fifo::gives_credit)).min();
        let waited = counted(&producer.allocs, Fifo::waits_for_credit);
        given.unwrap_or(0).saturating_sub(waited)
    }

    /// The credits that are left when all messages are freed, against those that the producer drains.
    fn credits(&self, told: &mut Told<'_, '_>) {
        for (&core, end) in &self.ends {
            let last = end
                .pushes
                .last()
                .map(|&last| (last, "the last push, and no drain after it".to_owned()));
            let drain =
                end.drains.last().map(|&(at, credits)| (at, format!("drains {credits} here")));
            let Some(site) = drain.or(last) else { continue };
            let drained = end.drains.iter().map(|&(_, credits)| u64::from(credits)).sum::<u64>();
            let left = self.left(end);
            let then = match drained.cmp(&left) {
                std::cmp::Ordering::Less => {
                    "the next kernel finds them, and overtakes its consumer"
                }
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Greater => "it waits for ever for what nobody gives",
            };
            let (name, core) = (&self.fifo.name, self.core(core));
            told.add(
                Code::CreditLeak,
                format!("FIFO {name} has {left} credits left when its last message is freed, and {core} drains {drained}: {then}"),
                [site],
                format!(
                    "drain {left}: what {} messages give back in groups of {}, less what `TALLOC` has waited for",
                    end.pushes.len(),
                    self.fifo.period
                ),
            );
        }
    }
}
