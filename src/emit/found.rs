//! What a launch issues, with loops and blocks found again; and the comparison of the two.

use super::EmitError;
use super::blocks::{Blocks, Grid, Plan};
use super::fields::Fields;
use super::loops::{Node, Structures};
use super::words::{Text, Words};
use super::write::Tensor;
use crate::exec::Kernel;
use crate::global::Args;
use crate::inner::{Looks, programs};

/// A launch, as it was issued and as it will be written.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) fields: Fields,
    pub(super) tensors: Vec<Tensor>,
    pub(super) words: Words,
    /// What each block issued.
    pub(super) texts: Vec<Text>,
    pub(super) structures: Structures,
    pub(super) plan: Plan,
    pub(super) grid: Grid,
}

impl Found {
    pub(super) fn of<K: Kernel>(
        kernel: &K,
        grid: usize,
        args: &<K::Args as Args>::Host<'_>,
    ) -> Result<Self, EmitError> {
        let (mut words, mut structures) = (Words::default(), Structures::default());
        let (mut fields, mut tensors) = (Fields::default(), Vec::new());
        let mut texts: Vec<Text> = Vec::new();
        programs(kernel, grid, args, Looks::Nothing, |block, program, slots| {
            if block == 0 {
                fields = Fields::of(&program);
                tensors = Tensor::all(slots, K::ARGS, <K::Args as Args>::COUNTS)?;
            }
            texts.push(words.read(&program, &fields)?);
            Ok::<_, EmitError>(())
        })?;
        let nodes: Vec<Vec<Node>> =
            texts.iter().map(|text| structures.nodes(text, &words)).collect();
        let blocks = Blocks::new(&structures, &nodes);
        let (plan, grid) = blocks.plan().ok_or_else(|| {
            let block = blocks.odd_one();
            let at = difference(&texts[0], &texts[block]);
            let word = texts[block].words.get(at).or(texts[block].words.last());
            let at = word.map_or(0, |word| word.shape);
            EmitError::Irregular { block, at: words.line(at).clone() }
        })?;
        Ok(Found { fields, tensors, words, texts, structures, plan, grid })
    }

    /// Expands what is written of each block, and compares it with what the block issued.
    pub(super) fn compare(&self) -> Result<(), EmitError> {
        (0..self.texts.len()).try_for_each(|block| self.compare_block(block))
    }

    fn compare_block(&self, block: usize) -> Result<(), EmitError> {
        let Found { words, structures, texts, plan, grid, .. } = self;
        let text = &texts[block];
        let mut rest = text.words.iter();
        let differs = |shape: Option<u32>| {
            let at = words.line(shape.unwrap_or_default()).clone();
            EmitError::Differs { block, at }
        };
        for Node { id, numbers } in plan.nodes(structures, *grid, block) {
            let mut odd = None;
            let same = structures.expand(id, &numbers, &mut |shape, numbers| {
                let same = rest
                    .next()
                    .is_some_and(|word| word.shape == shape && text.numbers(*word) == numbers);
                odd = Some(shape);
                same
            });
            if !same {
                return Err(differs(odd));
            }
        }
        match rest.next() {
            None => Ok(()),
            Some(word) => Err(differs(Some(word.shape))),
        }
    }
}

/// The first instruction at which two blocks differ in more than numbers.
fn difference(one: &Text, other: &Text) -> usize {
    let pairs = one.words.iter().zip(&other.words);
    pairs.take_while(|(one, other)| one.shape == other.shape).count()
}
