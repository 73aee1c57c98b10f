//! Questions of the C++: what an `if` asks.

/// A question about the block or about rounds of loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Yes,
    No,
    /// As it is asked, and as the opposite is asked.
    Is {
        yes: String,
        no: String,
    },
    All(Vec<Question>),
    Any(Vec<Question>),
}

impl Question {
    pub(super) fn not(&self) -> Self {
        match self {
            Question::Yes => Question::No,
            Question::No => Question::Yes,
            Question::Is { yes, no } => Question::Is { yes: no.clone(), no: yes.clone() },
            Question::All(each) => Question::Any(each.iter().map(Question::not).collect()),
            Question::Any(each) => Question::All(each.iter().map(Question::not).collect()),
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Question::No, _) | (_, Question::No) => Question::No,
            (Question::Yes, other) | (other, Question::Yes) => other,
            (one, other) if one == other => one,
            (one, other) if one == other.not() => Question::No,
            (one, other) => {
                let parts = |question| match question {
                    Question::All(each) => each,
                    single => vec![single],
                };
                let mut all = parts(one);
                parts(other).into_iter().for_each(|part| {
                    if !all.contains(&part) {
                        all.push(part);
                    }
                });
                Question::All(all)
            }
        }
    }

    fn or(&self, other: &Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// `yes` where it holds, `no` elsewhere.
    pub(super) fn choose(self, yes: Self, no: Self) -> Self {
        match (&yes, &no) {
            _ if yes == no => yes,
            (Question::Yes, _) => self.or(&no),
            (_, Question::No) => self.and(yes),
            (Question::No, _) => self.not().and(no),
            (_, Question::Yes) => self.not().or(&yes),
            _ => self.clone().and(yes).or(&self.not().and(no)),
        }
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        let joined = |each: &[Question], with: &str| {
            let part = |question: &Question| match question {
                Question::All(_) | Question::Any(_) => format!("({})", question.text()),
                _ => question.text(),
            };
            each.iter().map(part).collect::<Vec<_>>().join(with)
        };
        match self {
            Question::Yes => "true".to_owned(),
            Question::No => "false".to_owned(),
            Question::Is { yes, .. } => yes.clone(),
            Question::All(each) => joined(each, " && "),
            Question::Any(each) => joined(each, " || "),
        }
    }
}
