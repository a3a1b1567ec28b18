//! Mailboxes and groups from tokens, with the places that a change of the text needs.

use std::ops::Range;

use super::lexer::{Comment, Kind, Token, Wrong, tokens};
use crate::addr_spec::AddrSpec;
use crate::error::Result;

/// A read list.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) members: Vec<Member>,
    /// The names of groups.
    pub(crate) groups: Vec<Range<usize>>,
    pub(crate) comments: Vec<Comment>,
    /// Commas and semicolons between members.
    pub(crate) separators: Vec<usize>,
}

/// A mailbox and where its parts stand.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Option<String>,
    pub(crate) address: AddrSpec,
    /// The name, if it is not a comment; nothing if there is none.
    pub(crate) phrase: Range<usize>,
    pub(crate) local: Range<usize>,
    pub(crate) domain: Option<Range<usize>>,
}

impl List {
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        let mut parser = match tokens(text) {
            Ok((tokens, comments)) => {
                Parser { text, tokens, at: 0, list: Self { comments, ..Self::default() }, next_comment: 0 }
            }
            Err(wrong) => return Err(wrong_in(text, wrong)),
        };
        parser.list()?;
        Ok(parser.list)
    }
}

struct Parser<'a> {
    text: &'a [u8],
    tokens: Vec<Token>,
    at: usize,
    list: List,
    /// The first comment not known to stand before the current token.
    next_comment: usize,
}

impl Parser<'_> {
    fn list(&mut self) -> Result<()> {
        let mut in_group = false;
        while let Some(token) = self.tokens.get(self.at) {
            match token.kind {
                Kind::Special(b',') => self.separate(),
                Kind::Special(b';') => {
                    in_group = false;
                    self.separate();
                }
                _ => in_group |= self.member(in_group)?,
            }
        }
        Ok(())
    }

    fn separate(&mut self) {
        self.list.separators.extend(self.tokens.get(self.at).map(|token| token.place.start));
        self.at += 1;
    }

    /// Reads a mailbox, or the name of a group: then it is true.
    fn member(&mut self, in_group: bool) -> Result<bool> {
        let start = self.at;
        let words = self.words();
        match self.special() {
            Some(b':') if !in_group && !words.is_empty() => {
                self.list.groups.push(self.place(words));
                self.at += 1;
                return Ok(true);
            }
            Some(b'<') => self.bracketed(words)?,
            Some(b'@') => self.bare(start, words)?,
            None | Some(b',' | b';') => {
                let local = self.local(words.clone())?;
                let place = self.place(words);
                self.push(start, place.start..place.start, &local, place, None)?;
            }
            Some(_) => return Err(self.wrong("this is not a mail address", start)),
        }
        match self.special() {
            None | Some(b',' | b';') if self.at >= self.tokens.len() || self.special().is_some() => Ok(false),
            _ => Err(self.wrong("there is text behind a mail address", start)),
        }
    }

    /// `local@domain`, or that as the name of what follows in brackets.
    fn bare(&mut self, start: usize, words: Range<usize>) -> Result<()> {
        self.at += 1;
        let domain = self.domain(start)?;
        if self.special() == Some(b'<') {
            return self.bracketed(start..self.at);
        }
        let local = self.local(words.clone())?;
        let place = self.place(words);
        self.push(start, place.start..place.start, &local, place, Some(domain))
    }

    /// A route, an address, and the bracket behind it.
    fn bracketed(&mut self, phrase: Range<usize>) -> Result<()> {
        let start = phrase.start;
        self.at += 1;
        self.route(start)?;
        let words = self.words();
        let local = self.local(words.clone())?;
        let domain = match self.special() {
            Some(b'@') => {
                self.at += 1;
                Some(self.domain(start)?)
            }
            _ => None,
        };
        if self.special() != Some(b'>') {
            return Err(self.wrong("the < of a mail address is not closed behind it", start));
        }
        self.at += 1;
        let (phrase, local_place) = (self.place(phrase), self.place(words));
        self.push(start, phrase, &local, local_place, domain)
    }

    /// `@a,@b:`, which nothing uses any more (RFC 5321 appendix C).
    fn route(&mut self, start: usize) -> Result<()> {
        while matches!(self.special(), Some(b'@' | b',')) {
            let is_domain = self.special() == Some(b'@');
            self.at += 1;
            if is_domain {
                self.domain(start)?;
                match self.special() {
                    Some(b',') => {}
                    Some(b':') => {
                        self.at += 1;
                        return Ok(());
                    }
                    _ => return Err(self.wrong("a source route has no end", start)),
                }
            }
        }
        Ok(())
    }

    /// What may be a name, or be refused as a local part.
    fn words(&mut self) -> Range<usize> {
        let start = self.at;
        while matches!(self.kind(), Some(Kind::Atom(_) | Kind::Quoted(_) | Kind::Literal(_))) {
            self.at += 1;
        }
        start..self.at
    }

    /// The words of a local part: between two of them there is a dot.
    fn local(&self, words: Range<usize>) -> Result<String> {
        let start = words.start;
        let mut local = Vec::new();
        let mut joined = true;
        for token in self.tokens.get(words).unwrap_or_default() {
            let (text, begins, ends) = match &token.kind {
                Kind::Atom(text) => (text, text.starts_with(b"."), text.ends_with(b".")),
                Kind::Quoted(text) => (text, false, false),
                Kind::Literal(_) | Kind::Special(_) => return Err(self.wrong("these words are no mail address", start)),
            };
            if !joined && !begins {
                return Err(self.wrong("these words are no mail address", start));
            }
            joined = ends;
            local.extend_from_slice(text);
        }
        String::from_utf8(local).map_err(|_| self.wrong("a mail address is not UTF-8", start))
    }

    fn domain(&mut self, start: usize) -> Result<(String, Range<usize>)> {
        let first = self.at;
        let mut domain = Vec::new();
        if let Some(Kind::Literal(literal)) = self.kind() {
            domain.extend_from_slice(literal);
            self.at += 1;
        } else {
            while let Some(Kind::Atom(atom)) = self.kind() {
                if !domain.is_empty() && !domain.ends_with(b".") && !atom.starts_with(b".") {
                    return Err(self.wrong("there is text behind a mail address", start));
                }
                domain.extend_from_slice(atom);
                self.at += 1;
            }
        }
        let place = self.place(first..self.at);
        match String::from_utf8(domain) {
            Ok(domain) => Ok((domain, place)),
            Err(_) => Err(self.wrong("a mail address is not UTF-8", start)),
        }
    }

    fn push(
        &mut self,
        start: usize,
        phrase: Range<usize>,
        local: &str,
        local_place: Range<usize>,
        domain: Option<(String, Range<usize>)>,
    ) -> Result<()> {
        if local.is_empty() {
            return Err(self.wrong("this is not a mail address", start));
        }
        let address = AddrSpec::new(local, domain.as_ref().map(|(domain, _)| domain.as_str()))?;
        let name = if phrase.is_empty() { self.comment_behind() } else { self.name(&phrase, start) };
        let domain = domain.map(|(_, place)| place);
        self.list.members.push(Member { name, address, phrase, local: local_place, domain });
        Ok(())
    }

    fn name(&self, phrase: &Range<usize>, start: usize) -> Option<String> {
        let tokens = self.tokens.get(start..).unwrap_or_default();
        let mut name = String::new();
        let mut last_end = None;
        for token in tokens.iter().take_while(|token| token.place.end <= phrase.end) {
            // Only an address that stands as a name has no blanks between its tokens.
            if last_end.is_some_and(|end| end < token.place.start) {
                name.push(' ');
            }
            last_end = Some(token.place.end);
            match &token.kind {
                Kind::Atom(text) | Kind::Quoted(text) | Kind::Literal(text) => name.push_str(&one_line(text)),
                Kind::Special(octet) => name.push(char::from(*octet)),
            }
        }
        Some(name).filter(|name| !name.is_empty())
    }

    /// The last comment between what was read and what comes next.
    fn comment_behind(&mut self) -> Option<String> {
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.place.end);
        let next = self.tokens.get(self.at).map_or(self.text.len(), |token| token.place.start);
        let comments = self.list.comments.get(self.next_comment..).unwrap_or_default();
        let skipped = comments.iter().take_while(|comment| comment.place.start < end).count();
        let behind = comments.get(skipped..).unwrap_or_default();
        let found = behind.iter().take_while(|comment| comment.place.start < next).last();
        self.next_comment += skipped;
        found.map(|comment| one_line(comment.text.trim_ascii())).filter(|name| !name.is_empty())
    }

    fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn special(&self) -> Option<u8> {
        match self.kind() {
            Some(Kind::Special(octet)) => Some(*octet),
            _ => None,
        }
    }

    /// Where these tokens stand; nothing, at the next token, if there are none.
    fn place(&self, tokens: Range<usize>) -> Range<usize> {
        match self.tokens.get(tokens.clone()) {
            Some([first, .., last]) => first.place.start..last.place.end,
            Some([only]) => only.place.clone(),
            _ => {
                let next = self.tokens.get(tokens.start).map_or(self.text.len(), |token| token.place.start);
                next..next
            }
        }
    }

    fn wrong(&self, why: &'static str, token: usize) -> crate::error::Error {
        let at = self.tokens.get(token).map_or(0, |token| token.place.start);
        wrong_in(self.text, Wrong { why, at })
    }
}

fn wrong_in(text: &[u8], Wrong { why, at }: Wrong) -> crate::error::Error {
    super::invalid(text.get(at..).unwrap_or_default(), why)
}

fn one_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
