//! A command as it is typed: lines, with literals in between.

use super::editor::{Editor, Input, Keep};
use crate::error::{Error, Result};
use crate::imap::Piece;

/// The largest literal that is typed, in octets; larger ones are for `imapctl append`.
const MAX_LITERAL: usize = 16 * 1024 * 1024;

/// What was typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Typed {
    /// A command, which is never empty; what was typed of a literal on several lines has CRLF between them.
    Command(Vec<Piece>),
    /// Nothing, or something that was given up.
    Nothing,
    /// There is no more.
    End,
}

/// Reads a command. A line that ends in `{n}` is followed by n octets of a literal, and the rest of the command behind them.
///
/// Fails with [`Error::InvalidInput`] if the input ends within a literal or if that is too large.
/// `mailboxes` are asked for when somebody wants one completed.
pub(super) fn command(editor: &mut Editor, prompt: &str, mailboxes: &mut dyn FnMut() -> Vec<String>) -> Result<Typed> {
    collect(&mut |more| match more {
        false => editor.read(prompt, Keep::History, mailboxes),
        true => editor.read("", Keep::Nothing, mailboxes),
    })
}

/// `read` is told whether a literal's octets are wanted.
fn collect(read: &mut dyn FnMut(bool) -> Result<Input>) -> Result<Typed> {
    let mut line = match read(false)? {
        Input::Line(line) if line.trim().is_empty() => return Ok(Typed::Nothing),
        Input::Line(line) => line,
        Input::Dropped => return Ok(Typed::Nothing),
        Input::End => return Ok(Typed::End),
    };
    let mut parts = Vec::new();
    while let Some((text, octets)) = announced(&line) {
        if octets > MAX_LITERAL {
            return Err(Error::InvalidInput(format!("a literal of {octets} octets is too large to be typed")));
        }
        parts.push(Piece::Text(text.to_owned()));
        let mut literal = Vec::new();
        let rest = loop {
            let line = match read(true)? {
                Input::Line(line) => line,
                Input::Dropped => return Ok(Typed::Nothing),
                Input::End => return Err(Error::InvalidInput("the input ended within a literal".into())),
            };
            let wanted = octets.saturating_sub(literal.len());
            // A literal may end within a character; it cannot be typed so.
            if let Some((own, rest)) = line.split_at_checked(wanted) {
                literal.extend_from_slice(own.as_bytes());
                break rest.to_owned();
            }
            if wanted < line.len() {
                return Err(Error::InvalidInput("the literal ends within a character".into()));
            }
            literal.extend_from_slice(line.as_bytes());
            literal.extend_from_slice(b"\r\n");
            if literal.len() >= octets {
                // The line end counts, and may be all that was missing.
                literal.truncate(octets);
                match read(true)? {
                    Input::Line(rest) => break rest,
                    Input::Dropped => return Ok(Typed::Nothing),
                    Input::End => break String::new(),
                }
            }
        };
        parts.push(Piece::Literal(literal));
        line = rest;
    }
    if !line.is_empty() {
        parts.push(Piece::Text(line));
    }
    Ok(Typed::Command(parts))
}

/// The text in front of `{n}` or `{n+}` at a line's end, and n.
fn announced(line: &str) -> Option<(&str, usize)> {
    let (text, digits) = line.strip_suffix('}')?.rsplit_once('{')?;
    let digits = digits.strip_suffix('+').unwrap_or(digits);
    let octets = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some((text, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(lines: &[&str]) -> Result<Typed> {
        let mut lines = lines.iter();
        collect(&mut |_| match lines.next() {
            Some(&"^C") => Ok(Input::Dropped),
            Some(line) => Ok(Input::Line((*line).to_owned())),
            None => Ok(Input::End),
        })
    }

    fn parts(lines: &[&str]) -> Vec<Piece> {
        match typed(lines).unwrap() {
            Typed::Command(parts) => parts,
            other => panic!("{other:?}"),
        }
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn literal(octets: &str) -> Piece {
        Piece::Literal(octets.into())
    }

    #[test]
    fn literals_are_counted_in_octets() {
        assert_eq!(parts(&["NOOP"]), [text("NOOP")]);
        assert_eq!(parts(&["SEARCH {5}", "aä b (x)"]), [text("SEARCH "), literal("aä b"), text(" (x)")]);
        assert_eq!(parts(&["LIST {0}", " {1+}", "*"]), [text("LIST "), literal(""), text(" "), literal("*"),]);
        assert_eq!(
            parts(&["APPEND x {8}", "a", "", "b", ")"]),
            [text("APPEND x "), literal("a\r\n\r\nb\r\n"), text(")")]
        );
        assert_eq!(parts(&["X {3}", "a"]), [text("X "), literal("a\r\n")]);
        // No announcements.
        assert_eq!(parts(&["X {a}"]), [text("X {a}")]);
        assert_eq!(parts(&["X {}"]), [text("X {}")]);
        assert_eq!(parts(&["X {99999999999999999999999}"]), [text("X {99999999999999999999999}")]);
    }

    #[test]
    fn what_is_given_up_or_cut_off_is_no_command() {
        assert_eq!(typed(&[]).unwrap(), Typed::End);
        for lines in [&["  "][..], &["^C"], &["X {3}", "^C"], &["X {3}", "a", "^C"]] {
            assert_eq!(typed(lines).unwrap(), Typed::Nothing, "{lines:?}");
        }
        for lines in [&["X {3}"][..], &["X {9}", "a"], &["X {1}", "ä"], &["X {99999999999}", "a"]] {
            assert!(matches!(typed(lines), Err(Error::InvalidInput(_))), "{lines:?}");
        }
    }
}
