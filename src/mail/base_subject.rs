//! The subject without what replies and lists add to it (RFC 5256 section 2.1), by which messages are sorted and
//! threaded.

use super::encoded_word;

/// The base subject of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BaseSubject {
    /// The text that is left; comparisons of it ignore case.
    pub text: String,
    /// Whether something was removed that replies and forwarded messages have (RFC 5256 section 3).
    pub is_reply: bool,
}

impl BaseSubject {
    /// Of the body of a Subject field, with or without encoded-words. Time and memory are linear in its length.
    pub fn of(subject: &[u8]) -> Self {
        let decoded = encoded_word::decode(subject);
        let mut text = String::with_capacity(decoded.len());
        for c in decoded.chars() {
            match c {
                ' ' | '\t' | '\r' | '\n' if text.ends_with(' ') => {}
                ' ' | '\t' | '\r' | '\n' => text.push(' '),
                c => text.push(c),
            }
        }
        let mut rest = text.as_str();
        let mut is_reply = false;
        loop {
            rest = without_trailers(rest, &mut is_reply);
            rest = without_leaders(rest, &mut is_reply);
            // Step 6.
            let forwarded = strip_prefix(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']'));
            let Some(inner) = forwarded else { break };
            is_reply = true;
            rest = inner;
        }
        Self { text: rest.to_owned(), is_reply }
    }
}

/// Step 2.
fn without_trailers<'a>(mut text: &'a str, is_reply: &mut bool) -> &'a str {
    loop {
        text = text.trim_end_matches(' ');
        let Some(at) = text.len().checked_sub("(fwd)".len()) else { return text };
        match text.split_at_checked(at) {
            Some((rest, "(fwd)")) => text = rest,
            Some((rest, end)) if end.eq_ignore_ascii_case("(fwd)") => text = rest,
            _ => return text,
        }
        *is_reply = true;
    }
}

/// Steps 3 to 5. Nothing but `re:` can stand behind a row of blobs as a leader, so that the whole row is looked at once.
fn without_leaders<'a>(mut text: &'a str, is_reply: &mut bool) -> &'a str {
    loop {
        text = text.trim_start_matches(' ');
        let mut rest = text;
        let mut last_blob = text;
        while let Some(after) = without_blob(rest) {
            last_blob = rest;
            rest = after;
        }
        match without_refwd(rest) {
            Some(after) => {
                *is_reply = true;
                text = after;
            }
            // A blob that would leave nothing is the base.
            None => return if rest.is_empty() { last_blob } else { rest },
        }
    }
}

/// `subj-refwd`.
fn without_refwd(text: &str) -> Option<&str> {
    let text = ["re", "fwd", "fw"]
        .iter()
        .find_map(|word| strip_prefix(text, word))
        .map(|text| text.trim_start_matches(' '))?;
    without_blob(text).unwrap_or(text).strip_prefix(':')
}

/// `subj-blob`.
fn without_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = memchr::memchr2(b'[', b']', inner.as_bytes())?;
    inner.get(end..)?.strip_prefix(']').map(|rest| rest.trim_start_matches(' '))
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bases_of_subjects() {
        for (subject, text, is_reply) in [
            ("Hello", "Hello", false),
            ("", "", false),
            ("  a \t b  ", "a b", false),
            ("Re: a", "a", true),
            ("RE[2] : Fwd: fw:a", "a", true),
            ("re:", "", true),
            ("Re: ", "", true),
            ("Result: a", "Result: a", false),
            ("Re a", "Re a", false),
            ("[list] a", "a", false),
            ("[list][x] Re: [list] a", "a", true),
            ("[a] [b]", "[b]", false),
            ("[a]", "[a]", false),
            ("Re: [a]", "[a]", true),
            ("[a", "[a", false),
            ("a (fwd) (FWD) ", "a", true),
            ("(fwd)", "", true),
            ("[fwd: a]", "a", true),
            ("[Fwd: [Fwd: Re: a (fwd)]]", "a", true),
            ("[fwd: a] b", "b", false),
            ("Re: [fwd: Re: [x] a]", "a", true),
            ("a [b]", "a [b]", false),
            ("=?utf-8?q?Re:_=C3=A4?=", "ä", true),
            ("AW: a", "AW: a", false),
            ("ä", "ä", false),
        ] {
            assert_eq!(BaseSubject::of(subject.as_bytes()), BaseSubject { text: text.into(), is_reply }, "{subject}");
        }
    }

    #[test]
    fn long_rows_take_no_time() {
        for subject in ["[a]", "[", "re:", "[fwd:", "(fwd)", " [x] re[", "[fwd: [a]"] {
            let subject = subject.repeat(50_000);
            BaseSubject::of(subject.as_bytes());
            BaseSubject::of(format!("{subject}{}", "]".repeat(50_000)).as_bytes());
        }
    }

    proptest! {
        #[test]
        fn a_base_is_its_own_base(subject in "(re|Re|fwd| |:|\\[a\\]|\\[|\\]|\\(fwd\\)|\\[fwd:|ä){0,12}") {
            let base = BaseSubject::of(subject.as_bytes());
            prop_assert_eq!(BaseSubject::of(base.text.as_bytes()), BaseSubject { text: base.text, is_reply: false });
        }

        #[test]
        fn anything_has_one(subject in prop::collection::vec(any::<u8>(), 0..60)) {
            BaseSubject::of(&subject);
        }
    }
}
