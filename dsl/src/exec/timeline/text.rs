//! Text inside of other text.

use std::fmt::Write;

/// A string of JSON, which may stand inside of a script.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // `</script>` would end the script, whatever it stands in.
            '<' | '>' | '&' | '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

/// Text of XML.
pub(super) fn xml(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, char| {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no such characters.
            '\u{0}'..='\u{1f}' => out.push(' '),
            _ => out.push(char),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "</script>\"\\\n<b>&";
        assert_eq!(json(hostile), r#""\u003c/script\u003e\"\\\u000a\u003cb\u003e\u0026""#);
        assert_eq!(xml(hostile), "&lt;/script&gt;&quot;\\ &lt;b&gt;&amp;");
    }
}
