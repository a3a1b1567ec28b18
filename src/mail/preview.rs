//! How a message's text begins, in one line: what RFC 8970 has servers make, made here.

use super::html;

/// How many characters a preview has at most (RFC 8970 section 3.3).
pub const LENGTH: usize = 200;

/// How many a server may give.
const LONGEST: usize = 256;

/// The beginning of a plain text. What it quotes is left out unless there is nothing else, and so is its signature.
///
/// Control characters count as white space, so that the line can be shown.
pub fn of_text(text: &str) -> String {
    let said = || text.lines().take_while(|line| *line != "-- ");
    let own = one_line(said().filter(|line| !line.trim_start().starts_with('>')), LENGTH);
    match own.is_empty() {
        true => one_line(said().map(|line| line.trim_start().trim_start_matches(['>', ' '])), LENGTH),
        false => own,
    }
}

/// The beginning of what an HTML document says. It may be cut off anywhere.
pub fn of_html(document: &str) -> String {
    of_text(&html::beginning(document))
}

/// What a server made, of which it need not be believed that it is short and one line.
pub fn of_server(octets: &[u8]) -> String {
    let octets = octets.get(..octets.len().min(4 * LONGEST)).unwrap_or_default();
    one_line([String::from_utf8_lossy(octets).as_ref()].into_iter(), LONGEST)
}

/// Words with a space between them, as far as there is room.
fn one_line<'t>(lines: impl Iterator<Item = &'t str>, most: usize) -> String {
    let mut line = String::new();
    let mut left = most;
    for word in lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || c.is_control())) {
        let mut is_begun = false;
        for c in word.chars().filter(|c| !is_filler(*c)) {
            let needed = if is_begun || line.is_empty() { 1 } else { 2 };
            if left < needed {
                return line;
            }
            if needed == 2 {
                line.push(' ');
            }
            line.push(c);
            is_begun = true;
            left -= needed;
        }
    }
    line
}

/// Nothing to see: what newsletters fill their previews with.
fn is_filler(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_line() {
        assert_eq!(of_text("Hello\r\nthere  you\tall\n\n> quoted\nmore\n-- \nme"), "Hello there you all more");
        assert_eq!(of_text("> only\n >> this\n"), "only this");
        assert_eq!(of_text("a\u{1b}[m\u{7}b"), "a [m b");
        assert_eq!(of_text("\u{feff}a \u{34f} \u{200b}b\u{ad}c"), "a bc");
        for nothing in ["", " \r\n\t", "> \n>\n", "-- \nme", "\u{200b}\u{feff}"] {
            assert_eq!(of_text(nothing), "");
        }
    }

    #[test]
    fn a_line_is_short() {
        let long = "süß ".repeat(100);
        let line = of_text(&long);
        assert_eq!(line.chars().count(), LENGTH - 1, "no space at the end");
        assert!(line.ends_with("süß"), "{line}");
        assert_eq!(of_text(&"x".repeat(1000)).len(), LENGTH);
        assert_eq!(of_server("ü\r\n".repeat(1000).as_bytes()).chars().count(), LONGEST - 1);
        assert_eq!(of_server(b"> a\xff \x1b[m\r\nb"), "> a\u{fffd} [m b");
    }

    #[test]
    fn a_document_may_be_cut_off() {
        let document =
            "<html><style>p {}</style><p>Hello <a href=\"https://example.org/\">there</a>, G&uuml;n</p><p>x</p>";
        assert_eq!(of_html(document), "Hello there, Gün x");
        for at in 0..document.len() {
            let line = of_html(&document[..at]);
            assert!("Hello there, Gün x".starts_with(&line), "{at}: {line}");
        }
    }
}
