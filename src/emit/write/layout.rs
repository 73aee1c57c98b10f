//! Lines of the C++: indentation, blank lines, and comments that stand under each other.

/// Columns behind which a comment does not move to the right any more.
const WIDEST: usize = 88;
/// Columns that the list of a function's arguments takes at most.
const LONGEST: usize = 120;

/// Lines that are written one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
    indent: usize,
}

#[derive(Clone, Debug)]
struct Line {
    indent: usize,
    code: String,
    comment: String,
}

impl Page {
    pub(super) fn line(&mut self, code: &str) {
        self.commented(code, "");
    }

    pub(super) fn commented(&mut self, code: &str, comment: &str) {
        let (code, comment) = (code.to_owned(), comment.to_owned());
        self.lines.push(Line { indent: self.indent, code, comment });
    }

    /// `head(items)end`, over several lines where one is too long.
    pub(super) fn listed(&mut self, head: &str, items: &[String], end: &str) {
        let whole = format!("{head}({}){end}", items.join(", "));
        if 4 * self.indent + whole.chars().count() <= LONGEST {
            return self.line(&whole);
        }
        self.line(&format!("{head}("));
        self.indent += 1;
        let mut line = String::new();
        for (number, item) in items.iter().enumerate() {
            let item =
                if number + 1 < items.len() { format!("{item},") } else { format!("{item}){end}") };
            if !line.is_empty() && 4 * self.indent + line.len() + 1 + item.len() > LONGEST {
                self.line(&std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += &item;
        }
        self.line(&line);
        self.indent -= 1;
    }

    /// A line for the preprocessor, which is not indented.
    pub(super) fn directive(&mut self, code: &str) {
        self.lines.push(Line { indent: 0, code: code.to_owned(), comment: String::new() });
    }

    /// A blank line, where there is none and nothing begins.
    pub(super) fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.code.is_empty() && !line.code.ends_with('{'))
        {
            self.lines.push(Line { indent: 0, code: String::new(), comment: String::new() });
        }
    }

    /// No blank line stands before what comes next.
    fn trim(&mut self) {
        while self.lines.last().is_some_and(|line| line.code.is_empty()) {
            self.lines.pop();
        }
    }

    pub(super) fn open(&mut self, code: &str) {
        self.line(&format!("{code} {{"));
        self.indent += 1;
    }

    pub(super) fn close(&mut self, code: &str) {
        self.trim();
        self.indent -= 1;
        self.line(code);
    }

    /// Closes what was opened last; an `if` over one line takes no braces.
    pub(super) fn close_short(&mut self) {
        self.trim();
        if let [.., before, open, one] = &mut self.lines[..]
            && open.code.starts_with("if (")
            && open.code.ends_with('{')
            && !one.code.ends_with(['{', '}'])
            && !before.code.starts_with("} else")
        {
            let question = open.code.trim_end_matches('{').to_owned();
            one.code = question + &one.code;
            one.indent = open.indent;
            let one = one.clone();
            self.lines.truncate(self.lines.len() - 2);
            self.lines.push(one);
            self.indent -= 1;
        } else {
            self.close("}");
        }
    }

    /// Closes an `else`, where `question` holds. The barrier with which both branches begin stands before them.
    pub(super) fn close_else(&mut self, question: &str) {
        self.trim();
        let begins =
            |line: &Line, with: &str| line.indent + 1 == self.indent && line.code.starts_with(with);
        let other = self.lines.iter().rposition(|line| begins(line, "} else {"));
        let open = self.lines.iter().rposition(|line| begins(line, "if ("));
        if let Some((open, other)) = open.zip(other)
            && let [one, two] = [open, other].map(|at| self.lines.get(at + 1))
            && let Some(barrier) = one.filter(|one| one.code.starts_with("pipe_barrier("))
            && two.is_some_and(|two| two.code == barrier.code)
        {
            let barrier = Line { indent: self.indent - 1, ..barrier.clone() };
            self.lines.remove(other + 1);
            self.lines.remove(open + 1);
            self.lines.insert(open, barrier);
            if open + 2 == other {
                // Nothing else was in the first branch.
                self.lines.remove(open + 1);
                self.lines[open + 1].code = format!("if ({question}) {{");
                return self.close_short();
            }
        }
        self.close("}");
    }

    /// Goes on inside of what the last line has opened.
    pub(super) fn reopen(&mut self) {
        self.indent += 1;
    }

    pub(super) fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 1;
        write(self);
        self.trim();
        self.indent -= 1;
    }

    pub(super) fn append(&mut self, page: Page) {
        let indent = self.indent;
        let lines = page.lines.into_iter();
        self.lines.extend(lines.map(|line| Line { indent: line.indent + indent, ..line }));
    }

    /// Whether a name is in the code.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.lines.iter().any(|line| line.code.split(|c| !is_part(c)).any(|word| word == name))
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for paragraph in self.lines.chunk_by(|one, other| {
            !one.code.is_empty() && !other.code.is_empty() && one.indent == other.indent
        }) {
            let width = |line: &Line| 4 * line.indent + line.code.chars().count();
            let commented = paragraph.iter().filter(|line| !line.comment.is_empty());
            let column = commented.map(width).filter(|width| *width < WIDEST).max().unwrap_or(0);
            for line in paragraph {
                let mut written = " ".repeat(4 * line.indent) + &line.code;
                if !line.comment.is_empty() {
                    let missing = column.saturating_sub(written.chars().count());
                    written += &format!("{} // {}", " ".repeat(missing), line.comment);
                }
                text += written.trim_end();
                text.push('\n');
            }
        }
        text
    }
}

/// `some_name` as `SomeName`.
pub(super) fn camel(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    name.split('_').map(part).collect()
}
