//! Text into the language of man(7).

/// Text as it stands, to be typed by somebody: hyphens are hyphens of the keyboard.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '~' => out.push_str("\\(ti"),
            '^' => out.push_str("\\(ha"),
            '`' => out.push_str("\\(ga"),
            '"' => out.push_str("\\(dq"),
            c => out.push(c),
        }
    }
    out
}

/// Bold: what is to be typed.
pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", literal(text))
}

/// A placeholder such as `NAME|URL` or `sha256:HEX`: capitals stand for something, the rest is typed.
pub(super) fn placeholder(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let separator = piece.get(word.len()..).unwrap_or_default();
        if !word.is_empty() {
            match word.chars().all(|c| c.is_ascii_uppercase()) {
                true => out.push_str(&format!("\\fI{}\\fR", literal(word))),
                false => out.push_str(&bold(word)),
            }
        }
        out.push_str(&literal(separator));
    }
    out
}

/// A paragraph of help text, a sentence a line. What is quoted in it, and options, variables, URLs and paths become bold.
pub(super) fn prose(paragraph: &str) -> String {
    let mut out = String::new();
    for (at, span) in paragraph.split('"').enumerate() {
        match at % 2 {
            1 => out.push_str(&bold(span)),
            _ => out.push_str(&words(span)),
        }
    }
    let out = out.replace(". ", ".\n");
    let ended = out.trim_end().ends_with(['.', ':', '?']);
    if ended { out } else { out + "." }
}

fn words(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

fn word(text: &str) -> String {
    let core = text.trim_start_matches('(').trim_end_matches([' ', '\n', '.', ',', ';', ':', ')']);
    let option = core.strip_prefix('-').is_some_and(|rest| !rest.is_empty() || core == "-") || core == "-";
    if !option && !core.starts_with(['$', '/', '~']) && !core.contains("://") {
        // A hyphen within a word is a hyphen.
        return literal(text).replace("\\-", "-").replace('\n', " ");
    }
    let (before, rest) = text.split_once(core).unwrap_or_default();
    format!("{before}{}{}", bold(core), rest.replace('\n', " "))
}

#[test]
fn prose_marks_what_is_typed() {
    assert_eq!(
        prose("See \"popfetch list\" (or --netrc). With \"plain\", $HOME/x-y is a well-known one"),
        "See \\fBpopfetch list\\fR (or \\fB\\-\\-netrc\\fR).\nWith \\fBplain\\fR, \\fB$HOME/x\\-y\\fR is a well-known one."
    );
    assert_eq!(placeholder("NAME|URL"), "\\fINAME\\fR|\\fIURL\\fR");
    assert_eq!(placeholder("sha256:HEX"), "\\fBsha256\\fR:\\fIHEX\\fR");
}
