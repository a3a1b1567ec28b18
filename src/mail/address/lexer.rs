//! Tokens of structured fields (RFC 5322 section 3.2), with the places they stand at.

use std::ops::Range;

/// A token that is not a comment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) place: Range<usize>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Atoms and the dots between them.
    Atom(Vec<u8>),
    /// What quotes enclosed, without backslashes.
    Quoted(Vec<u8>),
    /// A domain literal with its brackets.
    Literal(Vec<u8>),
    /// Any other character.
    Special(u8),
}

/// What parentheses enclosed, without backslashes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Comment {
    pub(crate) text: Vec<u8>,
    pub(crate) place: Range<usize>,
}

/// Why there are no tokens, and near where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) why: &'static str,
    pub(crate) at: usize,
}

/// Tokens and comments of a field's body. Line ends are white space where white space follows them, else an error, as
/// every other control character is.
pub(crate) fn tokens(text: &[u8]) -> Result<(Vec<Token>, Vec<Comment>), Wrong> {
    let mut lexer = Lexer { text, at: 0 };
    let (mut tokens, mut comments) = (Vec::new(), Vec::new());
    loop {
        lexer.skip_blanks()?;
        let start = lexer.at;
        let Some(octet) = lexer.peek() else { return Ok((tokens, comments)) };
        let kind = match octet {
            b'(' => {
                let text = lexer.comment()?;
                comments.push(Comment { text, place: start..lexer.at });
                continue;
            }
            b'"' => Kind::Quoted(lexer.quoted()?),
            b'[' => Kind::Literal(lexer.literal()?),
            octet if is_atom_octet(octet) => Kind::Atom(lexer.atom()),
            octet => {
                lexer.at += 1;
                Kind::Special(octet)
            }
        };
        tokens.push(Token { kind, place: start..lexer.at });
    }
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) -> Result<(), Wrong> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\r' | b'\n') => self.skip_fold()?,
                Some(octet) if octet.is_ascii_control() => return Err(self.control()),
                _ => return Ok(()),
            }
        }
    }

    fn skip_fold(&mut self) -> Result<(), Wrong> {
        let length = match self.text.get(self.at..) {
            Some([b'\r', b'\n', b' ' | b'\t', ..]) => 2,
            Some([b'\n', b' ' | b'\t', ..]) => 1,
            _ => return Err(self.control()),
        };
        self.at += length;
        Ok(())
    }

    fn atom(&mut self) -> Vec<u8> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|octet| !is_atom_octet(*octet)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default().to_vec()
    }

    fn quoted(&mut self) -> Result<Vec<u8>, Wrong> {
        let start = self.at;
        self.at += 1;
        let mut value = Vec::new();
        loop {
            match self.character("a quoted string has no end", start)? {
                (b'"', false) => return Ok(value),
                (octet, _) => value.push(octet),
            }
        }
    }

    fn comment(&mut self) -> Result<Vec<u8>, Wrong> {
        let start = self.at;
        self.at += 1;
        let mut value = Vec::new();
        let mut depth = 1usize;
        loop {
            let (octet, escaped) = self.character("a comment has no end", start)?;
            match octet {
                b'(' if !escaped => depth += 1,
                b')' if !escaped => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(value);
            }
            value.push(octet);
        }
    }

    fn literal(&mut self) -> Result<Vec<u8>, Wrong> {
        let start = self.at;
        self.at += 1;
        let mut value = vec![b'['];
        loop {
            match self.character("an address literal has no end", start)? {
                (b']', false) => {
                    value.push(b']');
                    return Ok(value);
                }
                (octet, false) => value.push(octet),
                (_, true) => return Err(Wrong { why: "an address literal has a backslash in it", at: start }),
            }
        }
    }

    /// The next character inside delimiters, and whether a backslash stood before it.
    fn character(&mut self, unclosed: &'static str, start: usize) -> Result<(u8, bool), Wrong> {
        while matches!(self.peek(), Some(b'\r' | b'\n')) {
            self.skip_fold()?;
        }
        let escaped = self.peek() == Some(b'\\');
        if escaped {
            self.at += 1;
        }
        match self.peek() {
            None => Err(Wrong { why: unclosed, at: start }),
            Some(octet) if octet.is_ascii_control() && octet != b'\t' => Err(self.control()),
            Some(octet) => {
                self.at += 1;
                Ok((octet, escaped))
            }
        }
    }

    fn control(&self) -> Wrong {
        let why = match self.peek() {
            Some(b'\r' | b'\n') => "there is a line end in a list of mail addresses",
            _ => "there is a control character in a list of mail addresses",
        };
        Wrong { why, at: self.at }
    }
}

fn is_atom_octet(octet: u8) -> bool {
    !octet.is_ascii_control() && !b" ()<>[]:;@\\,\"".contains(&octet)
}
