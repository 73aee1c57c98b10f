//! Launches of several functions: the sides of a cluster, each on its core; the phases of a kernel, with a meeting between two.

use super::File;
use super::launch::Launch;
use super::layout::Page;
use super::parameters::Parameters;
use super::part::Part;
use crate::emit::found::Found;
use crate::op::Pipe;

/// The cores that take part in something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cores {
    Cube,
    Vector,
    /// As one, which has the pipes of both.
    Both,
}

impl Cores {
    /// Those that have the pipes which a part uses.
    fn of(found: &Found) -> Self {
        let uses =
            |pipes: &[Pipe]| found.words.shapes.iter().any(|shape| pipes.contains(&shape.pipe));
        let cube = uses(&[Pipe::M, Pipe::Mte1, Pipe::Fix]);
        let vector = uses(&[Pipe::V, Pipe::Mte3]);
        match (cube, vector) {
            (true, false) => Cores::Cube,
            (true, true) => Cores::Both,
            (false, _) => Cores::Vector,
        }
    }

    /// Those of all parts.
    fn all(each: &[Cores]) -> Self {
        match each.first() {
            Some(&first) if each.iter().all(|cores| *cores == first) => first,
            _ => Cores::Both,
        }
    }

    /// Writes what is compiled for them alone.
    fn guarded(self, file: &mut Page, write: impl FnOnce(&mut Page)) {
        match self {
            Cores::Cube => file.directive("#if defined(__DAV_CUBE__)"),
            Cores::Vector => file.directive("#if defined(__DAV_VEC__)"),
            Cores::Both => return write(file),
        }
        write(file);
        file.directive("#endif");
    }

    /// The type of a meeting of them.
    fn meeting(self) -> &'static str {
        match self {
            Cores::Cube => "SyncCoreType::AICOnly",
            Cores::Vector => "SyncCoreType::AIVOnly",
            Cores::Both => "SyncCoreType::Mix",
        }
    }
}

impl File<'_> {
    /// A function for each part, and the one that calls them.
    pub(super) fn cores(
        &self,
        founds: &[&Found],
        parts: &[Part],
        parameters: &Parameters<'_>,
        file: &mut Page,
    ) {
        let each: Vec<Cores> = match self.launch {
            Launch::Cluster(_) => vec![Cores::Cube, Cores::Vector],
            _ => founds.iter().map(|found| Cores::of(found)).collect(),
        };
        let all = Cores::all(&each);
        // Where all are of one kind, the kernel is compiled for that.
        let guard = |cores: Cores| if all == Cores::Both { cores } else { Cores::Both };
        parameters.fifos(self.chip, file);
        file.blank();
        let mut calls = Vec::new();
        for (number, (part, cores)) in parts.iter().zip(&each).enumerate() {
            let name = format!("{}_{}", self.name, self.part_name(number));
            let mut whole = part.constants.clone();
            whole.blank();
            whole.append(part.body.clone());
            let [typed, passed] = parameters.mentioned(&whole);
            guard(*cores).guarded(file, |file| {
                file.listed(&format!("AICORE inline void {name}"), &typed, "");
                file.line("{");
                file.indented(|file| file.append(whole));
                file.line("}");
            });
            file.blank();
            calls.push((name, passed));
        }
        let flags = self.has_flags().then(|| "__gm__ uint64_t* ffts".to_owned());
        let given: Vec<String> = flags.into_iter().chain(parameters.each(true)).collect();
        file.listed(&self.head_of_kernel(), &given, "");
        file.line("{");
        file.indented(|file| {
            if self.has_flags() {
                file.line("set_ffts_base_addr((uint64_t)ffts);");
            }
            let is_phases = matches!(self.launch, Launch::Phases(..));
            for (number, ((name, passed), cores)) in calls.iter().zip(&each).enumerate() {
                if is_phases && number > 0 {
                    file.line(&format!("SYNCALL<{}>();", all.meeting()));
                    file.commented(
                        "dcci((__gm__ void*)0, cache_line_t::ENTIRE_DATA_CACHE);",
                        "What the scalar pipe has read may be another thing now.",
                    );
                    file.line("dsb(DSB_DDR);");
                }
                guard(*cores).guarded(file, |file| {
                    // A block has one cube core, and so one vector core works on a phase of it; on a side of it, as many as were recorded.
                    let is_one = founds[number].plan.grid.cores == 1;
                    let one = is_one && all == Cores::Both && *cores == Cores::Vector;
                    let question = if one { "if (get_subblockid() == 0) " } else { "" };
                    file.listed(&format!("{question}{name}"), passed, ";");
                });
            }
        });
        file.line("}");
    }

    fn part_name(&self, number: usize) -> String {
        match self.launch {
            Launch::Phases(_, names) => names
                .get(number)
                .map_or_else(|| format!("phase{number}"), |name| (*name).to_owned()),
            _ => ["cube", "vector"][number].to_owned(),
        }
    }
}
