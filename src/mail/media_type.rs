//! What a `Content-Type` field says (RFC 2045 section 5.1).

/// A media type with its parameters.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct MediaType {
    /// `type/subtype` in lower case; empty if the field has none.
    pub(crate) essence: String,
    parameters: Vec<(String, Vec<u8>)>,
}

impl MediaType {
    /// Reads a field's body; what cannot be read is left out.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let mut scanner = Scanner { rest: body };
        let (main, slash, sub) = (scanner.token(), scanner.take(b'/'), scanner.token());
        let essence = if slash && !main.is_empty() && !sub.is_empty() {
            lower(&main) + "/" + &lower(&sub)
        } else {
            String::new()
        };
        let mut parameters = Vec::new();
        while scanner.until(b';') {
            let name = scanner.token();
            if !name.is_empty() && scanner.take(b'=') {
                parameters.push((lower(&name), scanner.value()));
            }
        }
        Self { essence, parameters }
    }

    /// The first parameter of that name, its quotes removed.
    pub(crate) fn parameter(&self, name: &str) -> Option<&[u8]> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Every parameter with its name in lower case, its quotes removed.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()))
    }

    /// The type before the slash.
    pub(crate) fn main(&self) -> &str {
        self.essence.split('/').next().unwrap_or_default()
    }

    /// How content of this type vouches for its octets, if it does (RFC 1847, RFC 8551).
    pub(crate) fn seal(&self) -> Option<&'static str> {
        Some(match self.essence.as_str() {
            "multipart/signed" => "multipart/signed",
            "multipart/encrypted" => "multipart/encrypted",
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => "application/pkcs7-mime",
            _ => return None,
        })
    }
}

/// Reads a structured field's body piece by piece.
pub(crate) struct Scanner<'a> {
    pub(crate) rest: &'a [u8],
}

impl Scanner<'_> {
    /// A token (RFC 2045 section 5.1), or nothing.
    pub(crate) fn token(&mut self) -> Vec<u8> {
        self.skip();
        let end = self.rest.iter().position(|octet| !is_token_octet(*octet)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token.to_vec()
    }

    /// Takes this octet if it comes next.
    pub(crate) fn take(&mut self, octet: u8) -> bool {
        self.skip();
        let found = self.rest.first() == Some(&octet);
        if found {
            self.advance();
        }
        found
    }

    /// A quoted string without its quotes, or what stands before the next white space or semicolon.
    pub(crate) fn value(&mut self) -> Vec<u8> {
        self.skip();
        if self.rest.first() == Some(&b'"') {
            return self.quoted();
        }
        let is_end = |octet: &u8| matches!(octet, b';' | b' ' | b'\t' | b'\r' | b'\n' | b'(');
        let end = self.rest.iter().position(is_end).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        value.to_vec()
    }

    /// Goes behind the next octet of this kind that is neither quoted nor commented.
    pub(crate) fn until(&mut self, octet: u8) -> bool {
        loop {
            self.skip();
            match self.rest.first() {
                None => return false,
                Some(b'"') => drop(self.quoted()),
                Some(found) => {
                    let found = *found == octet;
                    self.advance();
                    if found {
                        return true;
                    }
                }
            }
        }
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut value = Vec::new();
        self.advance();
        loop {
            match self.rest {
                [] => return value,
                [b'"', ..] => {
                    self.advance();
                    return value;
                }
                [b'\r' | b'\n', ..] => self.advance(),
                [b'\\', octet, rest @ ..] => {
                    value.push(*octet);
                    self.rest = rest;
                }
                [octet, rest @ ..] => {
                    value.push(*octet);
                    self.rest = rest;
                }
            }
        }
    }

    /// Goes behind white space and comments.
    fn skip(&mut self) {
        let mut depth = 0usize;
        loop {
            match (self.rest, depth) {
                ([b'\\', _, rest @ ..], 1..) => self.rest = rest,
                ([b'(', rest @ ..], _) => {
                    depth += 1;
                    self.rest = rest;
                }
                ([b')', rest @ ..], 1..) => {
                    depth -= 1;
                    self.rest = rest;
                }
                ([_, rest @ ..], 1..) | ([b' ' | b'\t' | b'\r' | b'\n', rest @ ..], 0) => self.rest = rest,
                _ => return,
            }
        }
    }

    fn advance(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }
}

fn is_token_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

fn lower(token: &[u8]) -> String {
    String::from_utf8_lossy(token).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn types_and_parameters_of_real_fields() {
        let plain = MediaType::parse(b" Text/Plain; charset=\"UTF-8\" (a; b=c); format = flowed;x");
        assert_eq!(plain.essence, "text/plain");
        assert_eq!(plain.main(), "text");
        assert_eq!(plain.parameter("charset"), Some(&b"UTF-8"[..]));
        assert_eq!(plain.parameter("format"), Some(&b"flowed"[..]));
        assert_eq!(plain.parameter("b"), None);

        let mixed = MediaType::parse(b"multipart/mixed;\r\n\tboundary=\"a \\\"b;c\"; type=x/y");
        assert_eq!(mixed.parameter("boundary"), Some(&b"a \"b;c"[..]));
        assert_eq!(mixed.parameter("type"), Some(&b"x/y"[..]));
        assert_eq!(MediaType::parse(b"multipart/mixed; boundary==_x=?;").parameter("boundary"), Some(&b"=_x=?"[..]));
        assert_eq!(MediaType::parse(b"text"), MediaType::default());
        assert_eq!(MediaType::parse(b"(unclosed ( text/plain"), MediaType::default());
    }

    proptest! {
        #[test]
        fn anything_is_read(body in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'('), Just(b')'), Just(b'\\'), Just(b';'), any::<u8>()], 0..60)) {
            MediaType::parse(&body);
        }
    }
}
