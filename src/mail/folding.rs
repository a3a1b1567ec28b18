//! Header fields as they are written: folded at white space, never longer than a line may be.

use crate::error::{Error, Result};

/// Where lines are folded, in octets: RFC 2047 section 2 wants 76 where RFC 5322 section 2.1.1 wants 78.
const FOLD_AT: usize = 76;
/// The longest line without CRLF (RFC 5322 section 2.1.1).
pub(super) const LONGEST_LINE: usize = 998;

/// One header field in the making.
#[derive(Debug)]
pub(super) struct Folding {
    text: String,
    /// Octets on the current line.
    column: usize,
    longest: usize,
}

impl Folding {
    /// Begins with the name and its colon.
    pub(super) fn new(name: &str) -> Self {
        let text = format!("{name}:");
        Self { column: text.len(), longest: text.len(), text }
    }

    /// A space and the word, on a line of their own if they do not fit on this one.
    ///
    /// A first word that would not fit on a line of its own either stays beside the name: a first line with nothing
    /// but the name is legal, yet not everywhere understood.
    pub(super) fn word(&mut self, word: &str) {
        let is_first = self.text.ends_with(':') && self.column == self.text.len();
        let end = self.column + 1 + word.len();
        let stays = end <= FOLD_AT || (is_first && word.len() >= FOLD_AT && end <= LONGEST_LINE);
        if !stays {
            self.fold();
        }
        self.text.push(' ');
        self.text.push_str(word);
        self.grow(1 + word.len());
    }

    /// Continues the word before, without a place to fold between.
    pub(super) fn glued(&mut self, text: &str) {
        self.text.push_str(text);
        self.grow(text.len());
    }

    /// The octets that a word, behind its space, may have on this line.
    pub(super) fn room(&self) -> usize {
        FOLD_AT.saturating_sub(self.column + 1)
    }

    /// The octets that a word may have on a line of its own.
    pub(super) const fn whole_room() -> usize {
        FOLD_AT - 1
    }

    /// Begins a new line; the next word brings its white space.
    pub(super) fn fold(&mut self) {
        self.text.push_str("\r\n");
        self.column = 0;
    }

    /// The field with its CRLF.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if a word is too long for any line, or if something in it would end the field.
    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        let name = self.text.split(':').next().unwrap_or_default();
        if self.longest > LONGEST_LINE {
            return Err(Error::InvalidInput(format!("the {name} field has a word too long for a line of mail")));
        }
        // Every value was checked before; this is the lock on the door.
        let broken = self.text.split("\r\n").enumerate().any(|(number, line)| {
            line.contains(['\r', '\n', '\0']) || (number > 0 && (!line.starts_with(' ') || line.trim().is_empty()))
        });
        if broken {
            return Err(Error::InvalidInput(format!("the {name} field would hold a line end or NUL")));
        }
        self.text.push_str("\r\n");
        Ok(self.text.into_bytes())
    }

    fn grow(&mut self, octets: usize) {
        self.column += octets;
        self.longest = self.longest.max(self.column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(words: &[&str]) -> String {
        let mut field = Folding::new("Subject");
        words.iter().for_each(|word| field.word(word));
        String::from_utf8(field.finish().unwrap()).unwrap()
    }

    #[test]
    fn lines_are_folded_before_the_word_that_does_not_fit() {
        let word = "x".repeat(33);
        assert_eq!(folded(&[&word, &word]), format!("Subject: {word} {word}\r\n"));
        assert_eq!(folded(&[&word, &word, "y"]), format!("Subject: {word} {word}\r\n y\r\n"));
        assert_eq!(folded(&[]), "Subject:\r\n");
    }

    #[test]
    fn a_word_too_long_for_folding_stays_by_the_name_while_a_line_can_hold_it() {
        let word = "x".repeat(500);
        assert_eq!(folded(&[&word, "y"]), format!("Subject: {word}\r\n y\r\n"));
        let word = "x".repeat(995);
        assert_eq!(folded(&[&word, "y"]), format!("Subject:\r\n {word}\r\n y\r\n"));
        let mut field = Folding::new("Subject");
        field.word(&"x".repeat(998));
        assert!(matches!(field.finish(), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn no_second_field_can_come_out() {
        for bad in ["a\r\nBcc: x", "a\nb", "a\rb", "\0", "a\r\n\r\nb", "a\r\n"] {
            let mut field = Folding::new("Subject");
            field.word(bad);
            assert!(matches!(field.finish(), Err(Error::InvalidInput(_))), "{bad:?}");
        }
    }
}
