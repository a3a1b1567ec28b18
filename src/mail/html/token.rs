//! HTML taken apart, piece by piece: what a browser would see as text and tags, whatever is wrong with it.

use super::entity;

/// Takes what was found.
pub(super) trait Sink {
    /// The next character of text.
    fn character(&mut self, c: char);
    /// A tag's beginning; the name is in lower case.
    fn start(&mut self, name: &str, attributes: &Attributes);
    /// A tag's end.
    fn end(&mut self, name: &str);
}

/// The attributes that mean something to us, references replaced; empty where missing.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) href: String,
    pub(super) alt: String,
}

/// More of a name, a URL or a description is not looked at, in octets.
const LONGEST_NAME: usize = 16;
const LONGEST_VALUE: usize = 2048;

/// Elements whose content is neither text nor tags, and nothing for people to read.
const RAW: [&str; 6] = ["script", "style", "title", "iframe", "noembed", "noframes"];

#[derive(Debug, Default)]
pub(super) struct Tokenizer {
    state: State,
    /// The tag that is being read.
    name: String,
    is_end: bool,
    attribute: String,
    value: String,
    attributes: Attributes,
    /// What follows `&`, or `</` in raw content.
    held: String,
    /// The element whose content is skipped.
    raw: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Text,
    Reference,
    /// Behind `<`.
    Open,
    /// Behind `</`.
    OpenEnd,
    Name,
    /// Between attributes.
    Inside,
    Attribute,
    /// Behind an attribute's name and white space.
    AfterAttribute,
    /// Behind `=`.
    BeforeValue,
    Value(Quote),
    /// Behind `<!`, and behind `<!-`.
    Markup,
    MarkupDash,
    /// In a comment, behind so many dashes.
    Comment(u8),
    /// Up to the next `>`.
    Bogus,
    /// In raw content: nothing, `<` or `</` and what is held.
    Raw,
    RawOpen,
    RawEnd,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Quote {
    Double,
    Single,
    None,
}

impl Tokenizer {
    pub(super) fn push(&mut self, html: &str, sink: &mut impl Sink) {
        html.chars().for_each(|c| self.character(c, sink));
    }

    /// The end of the document: what was held back is text.
    pub(super) fn finish(mut self, sink: &mut impl Sink) {
        match self.state {
            State::Reference => self.end_reference(sink),
            State::Open => sink.character('<'),
            _ => {}
        }
    }

    fn character(&mut self, c: char, sink: &mut impl Sink) {
        match self.state {
            State::Text => self.text(c, sink),
            State::Reference => match c {
                ';' => {
                    self.held.push(';');
                    self.end_reference(sink);
                }
                c if (c.is_ascii_alphanumeric() || c == '#') && self.held.len() < entity::LONGEST => self.held.push(c),
                c => {
                    self.end_reference(sink);
                    self.text(c, sink);
                }
            },
            State::Open => match c {
                '/' => self.state = State::OpenEnd,
                '!' => self.state = State::Markup,
                '?' => self.state = State::Bogus,
                c if c.is_ascii_alphabetic() => self.begin_tag(c, false),
                c => {
                    sink.character('<');
                    self.state = State::Text;
                    self.text(c, sink);
                }
            },
            State::OpenEnd => match c {
                '>' => self.state = State::Text,
                c if c.is_ascii_alphabetic() => self.begin_tag(c, true),
                _ => self.state = State::Bogus,
            },
            State::Markup if c == '-' => self.state = State::MarkupDash,
            // `<!-->` is a whole comment.
            State::MarkupDash if c == '-' => self.state = State::Comment(2),
            State::Markup | State::MarkupDash | State::Bogus => {
                self.state = if c == '>' { State::Text } else { State::Bogus };
            }
            State::Comment(dashes) => {
                self.state = match c {
                    '-' => State::Comment(dashes.saturating_add(1)),
                    '>' if dashes >= 2 => State::Text,
                    '!' if dashes >= 2 => State::Comment(dashes),
                    _ => State::Comment(0),
                }
            }
            State::Raw | State::RawOpen | State::RawEnd => self.raw(c),
            _ => self.tag(c, sink),
        }
    }

    fn text(&mut self, c: char, sink: &mut impl Sink) {
        match c {
            '<' => self.state = State::Open,
            '&' => {
                self.held.clear();
                self.state = State::Reference;
            }
            c => sink.character(c),
        }
    }

    /// What is no reference is text.
    fn end_reference(&mut self, sink: &mut impl Sink) {
        self.state = State::Text;
        match entity::character(self.held.strip_suffix(';').unwrap_or(&self.held)) {
            Some(c) => sink.character(c),
            None => {
                sink.character('&');
                self.held.chars().for_each(|c| sink.character(c));
            }
        }
    }

    fn begin_tag(&mut self, c: char, is_end: bool) {
        self.name.clear();
        self.attribute.clear();
        self.value.clear();
        self.attributes = Attributes::default();
        self.is_end = is_end;
        self.state = State::Name;
        push_lower(&mut self.name, c);
    }

    fn tag(&mut self, c: char, sink: &mut impl Sink) {
        let is_space = c.is_ascii_whitespace();
        match (self.state, c) {
            (State::Value(Quote::Double), '"') | (State::Value(Quote::Single), '\'') => self.end_attribute(),
            (State::Value(quote), c) if quote != Quote::None || !(is_space || c == '>') => {
                if self.value.len() < LONGEST_VALUE {
                    self.value.push(c);
                }
            }
            (_, '>') => {
                self.end_attribute();
                self.end_tag(sink);
            }
            (State::Name, c) if !is_space && c != '/' => push_lower(&mut self.name, c),
            (State::BeforeValue, '"') => self.state = State::Value(Quote::Double),
            (State::BeforeValue, '\'') => self.state = State::Value(Quote::Single),
            (State::BeforeValue, c) if !is_space => {
                self.value.push(c);
                self.state = State::Value(Quote::None);
            }
            (State::Attribute | State::AfterAttribute, '=') => self.state = State::BeforeValue,
            (State::Attribute, _) if is_space => self.state = State::AfterAttribute,
            (State::Attribute, c) if c != '/' => push_lower(&mut self.attribute, c),
            (State::AfterAttribute | State::BeforeValue, _) if is_space => {}
            (_, c) if is_space || c == '/' => self.end_attribute(),
            (_, c) => {
                self.end_attribute();
                push_lower(&mut self.attribute, c);
                self.state = State::Attribute;
            }
        }
    }

    fn end_attribute(&mut self) {
        self.state = State::Inside;
        let place = match self.attribute.as_str() {
            "href" => &mut self.attributes.href,
            "alt" => &mut self.attributes.alt,
            _ => {
                self.attribute.clear();
                self.value.clear();
                return;
            }
        };
        if place.is_empty() {
            *place = entity::unescaped(&self.value);
        }
        self.attribute.clear();
        self.value.clear();
    }

    fn end_tag(&mut self, sink: &mut impl Sink) {
        self.state = State::Text;
        if self.is_end {
            return sink.end(&self.name);
        }
        sink.start(&self.name, &self.attributes);
        self.raw = RAW.into_iter().find(|name| *name == self.name);
        if self.raw.is_some() {
            self.state = State::Raw;
        }
    }

    fn raw(&mut self, c: char) {
        self.state = match (self.state, c) {
            (_, '<') => State::RawOpen,
            (State::RawOpen, '/') => {
                self.held.clear();
                State::RawEnd
            }
            (State::RawEnd, c) if c.is_ascii_alphabetic() && self.held.len() < LONGEST_NAME => {
                self.held.push(c.to_ascii_lowercase());
                State::RawEnd
            }
            (State::RawEnd, c) if self.raw == Some(self.held.as_str()) && (c.is_ascii_whitespace() || c == '/') => {
                State::Bogus
            }
            (State::RawEnd, '>') if self.raw == Some(self.held.as_str()) => State::Text,
            _ => State::Raw,
        }
    }
}

/// Adds to a name, which is of no interest when it is too long.
fn push_lower(name: &mut String, c: char) {
    if name.len() < LONGEST_NAME {
        name.push(c.to_ascii_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(String);

    impl Sink for Seen {
        fn character(&mut self, c: char) {
            self.0.push(c);
        }

        fn start(&mut self, name: &str, attributes: &Attributes) {
            self.0 += &format!("{{{name}|{}|{}}}", attributes.href, attributes.alt);
        }

        fn end(&mut self, name: &str) {
            self.0 += &format!("{{/{name}}}");
        }
    }

    fn seen(html: &str) -> String {
        let mut seen = Seen::default();
        let mut tokenizer = Tokenizer::default();
        tokenizer.push(html, &mut seen);
        tokenizer.finish(&mut seen);
        seen.0
    }

    #[test]
    fn tags_and_attributes() {
        assert_eq!(seen("<A HREF='x&amp;y' Alt = z/>t</a >"), "{a|x&y|z/}t{/a}");
        assert_eq!(seen("<a class=\"a>b\" href=http://x/y?z=1 disabled>"), "{a|http://x/y?z=1|}");
        assert_eq!(seen("<br/><img alt href=a alt=\"b\"href='c'>"), "{br||}{img|a|b}");
        assert_eq!(seen("<a\nhref\n=\n\"x\"\n>"), "{a|x|}");
        assert_eq!(seen("1 < 2 <3 <> a<b"), "1 < 2 <3 <> a");
        assert_eq!(seen("</><//x>a</1>b<"), "ab<");
    }

    #[test]
    fn what_is_not_shown() {
        assert_eq!(seen("a<!-- b > -- c -->d<!-->e<!--->f<!-- --!>g"), "adefg");
        assert_eq!(seen("a<!DOCTYPE html><?xml x?>b<![if !x]>c<!->d"), "abcd");
        assert_eq!(seen("<!--[if mso]><p>x<![endif]-->a<!--[if !mso]><!-->b<!--<![endif]-->"), "ab");
        assert_eq!(seen("<style>a</b></styles>c</STYLE >d"), "{style||}d");
        assert_eq!(seen("<script>if (a</script x>b"), "{script||}b");
        assert_eq!(seen("<script><!-- <</script>b"), "{script||}b");
        assert_eq!(seen("<title>never ends"), "{title||}");
    }

    #[test]
    fn references_in_text() {
        assert_eq!(seen("&lt;b&gt; &amp &nope; &#x41;&#66 &&auml;&"), "<b> & &nope; AB &ä&");
        assert_eq!(seen("a&verylongnamethatisnone;"), "a&verylongnamethatisnone;");
    }
}
