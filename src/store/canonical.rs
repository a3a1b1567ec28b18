//! Messages as mail protocols want them: every line ends with CRLF, and there is no other CR or LF.

/// Rewrites chunks cut anywhere. A lone LF is the line end that it is everywhere else on this side; a stray CR, which some
/// servers take for a line end and others do not, becomes a blank, so that both see the same lines and none of them the end
/// of the message where the other sees text. A last line without an end gets one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Canonical {
    held_cr: bool,
    in_line: bool,
}

impl Canonical {
    pub(crate) fn new() -> Self {
        Self { held_cr: false, in_line: false }
    }

    /// Appends what the next octets come to.
    pub(crate) fn push(&mut self, mut chunk: &[u8], out: &mut Vec<u8>) {
        out.reserve(chunk.len());
        while let Some((&first, behind)) = chunk.split_first() {
            if self.held_cr {
                self.held_cr = false;
                if first == b'\n' {
                    self.end_line(out);
                    chunk = behind;
                    continue;
                }
                self.text(b" ", out);
            }
            let end = memchr::memchr2(b'\r', b'\n', chunk).unwrap_or(chunk.len());
            let (text, rest) = chunk.split_at(end);
            self.text(text, out);
            chunk = match rest.split_first() {
                Some((b'\r', behind)) => {
                    self.held_cr = true;
                    behind
                }
                Some((_, behind)) => {
                    self.end_line(out);
                    behind
                }
                None => rest,
            };
        }
    }

    /// Appends what is due at the end of the message.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.held_cr) {
            self.text(b" ", out);
        }
        if self.in_line {
            self.end_line(out);
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(text);
        self.in_line |= !text.is_empty();
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n");
        self.in_line = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let (mut canonical, mut out) = (Canonical::new(), Vec::new());
        chunks.into_iter().for_each(|chunk| canonical.push(chunk, &mut out));
        canonical.finish(&mut out);
        out
    }

    #[test]
    fn line_ends() {
        for (given, expected) in [
            ("", ""),
            ("a: 1\r\n\r\nb\r\n", "a: 1\r\n\r\nb\r\n"),
            ("a\nb\n", "a\r\nb\r\n"),
            ("a", "a\r\n"),
            ("a\rb\r\n", "a b\r\n"),
            ("a\r\r\n", "a \r\n"),
            ("a\r", "a \r\n"),
            ("\n\n", "\r\n\r\n"),
            ("a\n.\r\nb\r.\rc\r\n", "a\r\n.\r\nb . c\r\n"),
        ] {
            assert_eq!(String::from_utf8(canonical([given.as_bytes()])).unwrap(), expected, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter_and_no_stray_octet_is_left(
            text in "[a.\r\n]{0,40}", cuts in prop::collection::vec(0usize..5, 0..20)
        ) {
            let whole = canonical([text.as_bytes()]);
            let mut chunks = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (chunk, behind) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = behind;
            }
            chunks.push(rest);
            prop_assert_eq!(&canonical(chunks), &whole);
            let without = String::from_utf8(whole.clone()).unwrap().replace("\r\n", "");
            prop_assert!(!without.contains(['\r', '\n']));
            prop_assert!(whole.is_empty() || whole.ends_with(b"\r\n"));
            // It is done once: a message that is right stays as it is.
            prop_assert_eq!(&canonical([whole.as_slice()]), &whole);
        }
    }
}
