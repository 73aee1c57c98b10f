//! Gathers what is found about several cores; what is found of many blocks at the same lines is one finding.

use std::collections::HashMap;

use super::network::Network;
use crate::exec::check::code::Code;
use crate::exec::check::finding::{Finding, Site};
use crate::program::{Core, Line};

/// An instruction of a core.
pub(super) type At = (usize, u32);

pub(super) struct Told<'n, 'p> {
    pub(super) network: &'n Network<'p>,
    found: Vec<Finding>,
    known: HashMap<(Code, Vec<(Option<Core>, Line)>), usize>,
}

impl<'n, 'p> Told<'n, 'p> {
    pub(super) fn new(network: &'n Network<'p>) -> Self {
        Told { network, found: Vec::new(), known: HashMap::new() }
    }

    /// About instructions of several cores: what is wrong, each with a label, and the repair.
    pub(super) fn add(
        &mut self,
        code: Code,
        message: String,
        sites: impl IntoIterator<Item = (At, String)>,
        repair: impl Into<String>,
    ) {
        let network = self.network;
        let site = |((core, index), label): (At, String)| {
            let member = &network.cores[core];
            let core = Some((member.block, member.core));
            Site { core, ..Site::new(member.program, index, label) }
        };
        let sites = sites.into_iter().map(site).collect();
        let (level, notes, repair) = (code.level(), Vec::new(), repair.into());
        self.push(Finding { code, level, message, sites, notes, repair, times: 1 });
    }

    /// Takes over what was found of one core alone.
    pub(super) fn of_core(&mut self, core: usize, findings: Vec<Finding>) {
        let member = &self.network.cores[core];
        for mut finding in findings {
            for site in &mut finding.sites {
                site.core = Some((member.block, member.core));
            }
            self.push(finding);
        }
    }

    fn push(&mut self, finding: Finding) {
        let place = |site: &Site| (site.core.map(|(_, core)| core), site.at.clone());
        let key = (finding.code, finding.sites.iter().map(place).collect());
        match self.known.get(&key) {
            Some(&at) if !finding.sites.is_empty() => self.found[at].times += finding.times,
            _ => {
                self.known.insert(key, self.found.len());
                self.found.push(finding);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.found
    }
}
