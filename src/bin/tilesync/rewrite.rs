//! `kernel<<<blocks, l2, stream>>>(arguments)` becomes a call that any C++ compiler understands.
//!
//! It is done in preprocessed text, so that launches in headers and from macros are found, and no line moves.

/// The text with its launches rewritten; an error names the line of one that is not understood.
pub(crate) fn launches(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    for at in brackets(text) {
        if at < rest {
            continue;
        }
        let launch = Launch::parse(text, at).ok_or_else(|| {
            let line = text[..at].trim_end().rsplit('\n').next().unwrap_or_default();
            format!("a launch is not understood: `{}<<<`", line.trim())
        })?;
        out.push_str(&text[rest..launch.start]);
        let call = launch.call();
        let lines = |text: &str| text.matches('\n').count();
        let lost = lines(&text[launch.start..launch.end]) - lines(&call);
        out.push_str(&call);
        out.extend(std::iter::repeat_n('\n', lost));
        rest = launch.end;
    }
    out.push_str(&text[rest..]);
    Ok(out)
}

/// Where `<<<` stands outside of strings, comments and directives.
fn brackets(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        at = match bytes[at] {
            b'"' if at > 0 && bytes[at - 1] == b'R' => past_raw(text, at),
            quote @ (b'"' | b'\'') => past_quoted(bytes, at, quote),
            b'#' if at == 0 || bytes[at - 1] == b'\n' => {
                text[at..].find('\n').map_or(bytes.len(), |length| at + length)
            }
            b'<' if text[at..].starts_with("<<<") => {
                found.push(at);
                at + 3
            }
            _ => at + 1,
        };
    }
    found
}

/// Behind a string or a character; a quote between digits, as in `1'000`, is none.
fn past_quoted(bytes: &[u8], at: usize, quote: u8) -> usize {
    if quote == b'\'' && at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return at + 1;
    }
    let mut at = at + 1;
    while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn past_raw(text: &str, at: usize) -> usize {
    let end = text[at + 1..].find('(').map(|length| {
        let close = format!("){}\"", &text[at + 1..at + 1 + length]);
        text[at..].find(&close).map_or(text.len(), |length| at + length + close.len())
    });
    end.unwrap_or(text.len())
}

/// The parts of a launch.
struct Launch<'t> {
    kernel: &'t str,
    grid: &'t str,
    arguments: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Launch<'t> {
    fn parse(text: &'t str, at: usize) -> Option<Self> {
        let start = kernel(text, at)?;
        let close = at + 3 + balanced(&text[at + 3..], ">>>")?;
        let after = &text[close + 3..];
        let open = close + 3 + after.len() - after.trim_start().len();
        let arguments = text[open..].strip_prefix('(')?;
        let length = balanced(arguments, ")")?;
        Some(Launch {
            kernel: text[start..at].trim(),
            grid: text[at + 3..close].trim(),
            arguments: &arguments[..length],
            start,
            end: open + 1 + length + 1,
        })
    }

    /// The call. It has no line that the launch has not.
    fn call(&self) -> String {
        let name = self.kernel.split('<').next().unwrap_or_default().trim();
        let comma = if self.arguments.trim().is_empty() { "" } else { ", " };
        let (kernel, grid, arguments) = (self.kernel, self.grid, self.arguments);
        format!(
            "::tilesync::launch(\"{name}\", {{{grid}}}, [&](auto&&... tilesync_a) {{ {kernel}(tilesync_a...); }}{comma}{arguments})"
        )
    }
}

/// Where the name before a launch starts: an identifier with its qualifiers and template arguments.
fn kernel(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let blank = |mut at: usize| {
        while at > 0 && bytes[at - 1].is_ascii_whitespace() {
            at -= 1;
        }
        at
    };
    let mut start = blank(at);
    if start > 0 && bytes[start - 1] == b'>' {
        let (mut angles, mut parentheses) = (0, 0);
        loop {
            start = start.checked_sub(1)?;
            match bytes[start] {
                b')' => parentheses += 1,
                b'(' => parentheses -= 1,
                b'>' if parentheses == 0 => angles += 1,
                b'<' if parentheses == 0 => angles -= 1,
                _ => {}
            }
            if angles == 0 {
                break;
            }
        }
        start = blank(start);
    }
    let end = start;
    while start > 0 {
        let letter = bytes[start - 1];
        if !(letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b':')) {
            break;
        }
        start -= 1;
    }
    (start < end).then_some(start)
}

/// Where `end` stands outside of parentheses and strings.
fn balanced(text: &str, end: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        if depth == 0 && text[at..].starts_with(end) {
            return Some(at);
        }
        at = match bytes[at] {
            quote @ (b'"' | b'\'') => past_quoted(bytes, at, quote),
            byte => {
                match byte {
                    b'(' | b'{' | b'[' => depth += 1,
                    b')' | b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at + 1
            }
        };
        while !text.is_char_boundary(at.min(text.len())) {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        launches(text).expect("understood")
    }

    #[test]
    fn a_launch_becomes_a_call() {
        assert_eq!(
            rewritten("f() { ns::k<T, (1 > 0), 2>\n <<<n(1, 2), nullptr, s>>>(a, b); }"),
            "f() { ::tilesync::launch(\"ns::k\", {n(1, 2), nullptr, s}, [&](auto&&... tilesync_a) { ns::k<T, (1 > 0), 2>(tilesync_a...); }, a, b)\n; }"
        );
        assert_eq!(
            rewritten("k<<<1>>>();"),
            "::tilesync::launch(\"k\", {1}, [&](auto&&... tilesync_a) { k(tilesync_a...); });"
        );
    }

    #[test]
    fn what_is_no_launch_stays() {
        let text = "# 1 \"a<<<b>>>(c)\"\nauto s = \"k<<<1>>>(2)\"; auto r = R\"x(<<<)x\"; auto c = '\"', d = 1'000 << 2;";
        assert_eq!(rewritten(text), text);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = launches("void f() {\n  k<<<1>>>;\n}").expect_err("no arguments");
        assert_eq!(error, "a launch is not understood: `k<<<`");
    }
}
