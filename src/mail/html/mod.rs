//! HTML as text that can be read in a terminal.
//!
//! Nothing is executed, fetched or remembered: scripts, styles, comments and titles are dropped, pictures are their
//! descriptions, and a link is followed by the number under which its address stands at the end, unless its text says
//! the same. Time and memory do not grow faster than the document, whatever is wrong with it; the text can be taken
//! away piece by piece.

mod entity;
mod layout;
mod token;

use self::layout::Layout;
use self::token::Tokenizer;

/// Makes text of a document that comes in pieces.
#[derive(Debug, Default)]
pub struct Html {
    tokenizer: Tokenizer,
    layout: Layout,
}

impl Html {
    /// Takes a piece of the document, and adds text; some may be held back.
    pub fn push(&mut self, html: &str, text: &mut String) {
        self.tokenizer.push(html, &mut self.layout);
        self.layout.take(text);
    }

    /// Adds what was held back, and the addresses of links.
    pub fn finish(mut self, text: &mut String) {
        self.tokenizer.finish(&mut self.layout);
        self.layout.finish(text);
    }
}

/// A whole document as text: lines that end with LF, not wrapped.
pub fn to_text(html: &str) -> String {
    let mut text = String::new();
    let mut reader = Html::default();
    reader.push(html, &mut text);
    reader.finish(&mut text);
    text
}

/// What a document says from its beginning on, without the numbers and addresses of its links. It may be cut off anywhere: what
/// is not whole is left out.
pub fn beginning(html: &str) -> String {
    let mut text = String::new();
    let mut reader = Html { layout: Layout::without_links(), ..Html::default() };
    reader.push(html, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paragraphs_and_lines() {
        assert_eq!(to_text("<p>Hello,\n  world</p><p>again<br>here"), "Hello, world\n\nagain\nhere\n");
        assert_eq!(to_text("<div><div>a</div></div><div>b<br></div>c"), "a\nb\nc\n");
        assert_eq!(to_text("a<br><br><br><br>b"), "a\n\nb\n");
        assert_eq!(to_text("<h1>T</h1>x<b>y</b> <i> z</i>"), "T\n\nxy z\n");
        assert_eq!(to_text("a&nbsp;&nbsp; &#8203;b\u{ad}c"), "a bc\n");
        assert_eq!(to_text("<p>&nbsp;&zwnj;&nbsp;&zwnj;</p>x"), "x\n");
        assert_eq!(to_text(" <html><head><title>t</title><style>p {}</style></head> "), "");
        assert_eq!(to_text("a<hr>b"), "a\n----------\nb\n");
        assert_eq!(to_text("<pre>\n a\n\n\n  b</pre>c"), " a\n\n\n  b\n\nc\n");
    }

    #[test]
    fn lists_quotations_and_tables() {
        assert_eq!(
            to_text("x<ul><li>a<li>b<ol><li>c<p>d</ol><li>e</ul>f"),
            "x\n\n* a\n* b\n  1. c\n\n    d\n* e\n\nf\n"
        );
        assert_eq!(to_text("<ul><li><p>a</p></li></ul>"), "* a\n");
        assert_eq!(
            to_text("a<blockquote><p>b<p>c<blockquote>d</blockquote></blockquote>e"),
            "a\n\n> b\n>\n> c\n>\n>> d\n\ne\n"
        );
        assert_eq!(to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>e"), "a b\nc d\ne\n");
    }

    #[test]
    fn links_and_pictures() {
        assert_eq!(
            to_text(
                "<a href=\"https://a.example/?x=1&amp;y=2\">Here</a>, <a href='https://b.example'><b>there</b></a>."
            ),
            "Here [1], there [2].\n\n[1] https://a.example/?x=1&y=2\n[2] https://b.example\n"
        );
        assert_eq!(
            to_text("<a href='https://a.example'>a</a> <a href='https://a.example'>b</a>"),
            "a [1] b [1]\n\n[1] https://a.example\n"
        );
        assert_eq!(
            to_text("<a href='https://a.example/'>a.example</a> <a href='mailto:x@y'>x@y</a>"),
            "a.example x@y\n"
        );
        // What the text says is not where it goes.
        assert_eq!(
            to_text("<a href='https://evil.example'>https://bank.example</a>"),
            "https://bank.example [1]\n\n[1] https://evil.example\n"
        );
        assert_eq!(to_text("<a href='javascript:x()'>a</a> <a href='#b'>b</a> <a name=c>c</a>"), "a b c\n");
        assert_eq!(to_text("<a href='http://x.example'><img src=y></a>"), "[1]\n\n[1] http://x.example\n");
        assert_eq!(to_text("a<img alt='a &lt;logo&gt;\n' src=x>b<img alt=' '>"), "a[a <logo>]b\n");
        assert_eq!(to_text("<a href='http://x.example/\n\x1b[1my'>a"), "a [1]\n\n[1] http://x.example/[1my\n");
    }

    #[test]
    fn bombs_take_no_time() {
        for piece in [
            "<",
            "<a",
            "<a href='",
            "&",
            "<!--",
            "<ul><li>",
            "<blockquote>a",
            "<a href=http://x>",
            "</ul>",
            "<style>",
            "<b ",
        ] {
            let text = to_text(&piece.repeat(100_000));
            assert!(text.len() < 3_000_000, "{piece}");
        }
        let links: String = (0..5_000).map(|number| format!("<a href=http://x/{number}>y</a>")).collect();
        assert_eq!(to_text(&links).matches("\n[").count(), 1000);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "<", ">", "a", " ", "\n", "ä", "</", "<!--", "-->", "<style>", "</style>", "<p>", "<br>", "<ul>", "</ul>", "<li>",
                "<pre>", "</pre>", "<a href=http://x>", "</a>", "&amp;", "&", "amp;", "<blockquote>", "</blockquote>", "'", "\"",
            ]), 0..40),
            size in 1usize..5,
        ) {
            let html = pieces.concat();
            let mut text = String::new();
            let mut reader = Html::default();
            html.chars().collect::<Vec<_>>().chunks(size).for_each(|piece| {
                reader.push(&piece.iter().collect::<String>(), &mut text);
            });
            reader.finish(&mut text);
            prop_assert_eq!(&text, &to_text(&html));
            prop_assert!(text.is_empty() || text.ends_with('\n'));
        }

        #[test]
        fn anything_is_read(html in any::<String>()) {
            to_text(&html);
        }

        #[test]
        fn text_stays(words in prop::collection::vec("[a-zä日]{1,8}", 1..20)) {
            let text = words.join(" ");
            prop_assert_eq!(to_text(&format!("<body><div>{text}</div>")), format!("{text}\n"));
        }
    }
}
