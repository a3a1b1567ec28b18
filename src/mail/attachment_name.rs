//! Names under which parts of a message can be written into a directory, whatever the sender called them.

use std::collections::{HashMap, HashSet};

use super::sort::collation;
use crate::text::is_unsafe;

/// The longest name, in octets: file systems allow 255, and something may be added.
const LONGEST: usize = 200;
/// What is longer behind the last dot is no extension, in octets.
const LONGEST_EXTENSION: usize = 24;

/// The name, decoded, as one that is safe in any directory on any system; `None` if nothing is left of it.
///
/// It is the last component of a path and no path itself. Controls and invisible characters go, so that the extension
/// shown is the one it has; what Windows forbids becomes `_`; dots, dashes and spaces at the front go, and dots and
/// spaces at the end; a device's name gets a `_` in front. At most 200 octets are left, the extension among them.
pub fn safe(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).find(|component| !component.trim().is_empty()).unwrap_or_default();
    let mut clean = String::with_capacity(name.len().min(4 * LONGEST));
    for c in name.chars() {
        match c {
            // A line end or a tab between words was white space.
            c if c.is_whitespace() && !clean.ends_with(' ') => clean.push(' '),
            c if c.is_whitespace() || is_unsafe(c) || is_invisible(c) => {}
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => clean.push('_'),
            c => clean.push(c),
        }
    }
    let trimmed = clean.trim_start_matches(['.', '-', ' ']).trim_end_matches(['.', ' ']);
    if trimmed.is_empty() {
        return None;
    }
    let name = if is_device(trimmed) { format!("_{trimmed}") } else { trimmed.to_owned() };
    Some(shortened(&name, ""))
}

/// Names given so far in one directory; no two differ in case or in the form of their accents only.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The number that the next name like this one gets.
    next: HashMap<String, u32>,
}

impl Names {
    /// Keeps a name from being given, such as that of a file that is there already.
    pub fn take(&mut self, name: &str) {
        self.taken.insert(collation(name));
    }

    /// A [`safe`] name that was not given before: the one wished for, else the `fallback`, with `-2` and so on before
    /// its extension if it was taken.
    pub fn give(&mut self, wish: Option<&str>, fallback: &str) -> String {
        let name = wish.and_then(safe).or_else(|| safe(fallback)).unwrap_or_else(|| "part".into());
        if self.taken.insert(collation(&name)) {
            return name;
        }
        let number = self.next.entry(collation(&name)).or_insert(2);
        loop {
            let numbered = shortened(&name, &format!("-{number}"));
            *number = number.saturating_add(1);
            // All numbers are never taken.
            if self.taken.insert(collation(&numbered)) || *number == u32::MAX {
                return numbered;
            }
        }
    }
}

/// The name with a suffix to its stem, cut where it must be.
fn shortened(name: &str, suffix: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= LONGEST_EXTENSION => (stem, Some(extension)),
        _ => (name, None),
    };
    let room = LONGEST.saturating_sub(suffix.len() + extension.map_or(0, |extension| extension.len() + 1));
    let end = (0..=room.min(stem.len())).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or_default();
    let stem = stem.get(..end).unwrap_or(stem);
    match extension {
        Some(extension) => format!("{stem}{suffix}.{extension}"),
        None => format!("{stem}{suffix}").trim_end_matches(['.', ' ']).to_owned(),
    }
}

/// Whether a name means a device on Windows, where what stands behind a dot does not count.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    number.is_some_and(|number| matches!(number.chars().collect::<Vec<_>>()[..], ['0'..='9' | '¹' | '²' | '³']))
}

/// Characters without a shape of their own that are not [unsafe](is_unsafe) on a terminal.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
    ) || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_names_stay() {
        for name in ["a.txt", "Grüße 2025.tar.gz", "日本語.pdf", "a b (1).doc", "no extension", "a'b;c&d$e`f.txt"]
        {
            assert_eq!(safe(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn names_stay_in_their_directory() {
        for (name, expected) in [
            ("/etc/passwd", Some("passwd")),
            ("../../.ssh/authorized_keys", Some("authorized_keys")),
            ("..\\..\\evil.exe", Some("evil.exe")),
            ("C:\\x\\y.txt", Some("y.txt")),
            ("C:evil.txt", Some("C_evil.txt")),
            ("a.txt:stream", Some("a.txt_stream")),
            ("dir/", Some("dir")),
            ("..", None),
            (".", None),
            ("/", None),
            ("", None),
            (" .-. ", None),
            (".bashrc", Some("bashrc")),
            ("-rf", Some("rf")),
            ("--help.txt.", Some("help.txt")),
            ("nul", Some("_nul")),
            ("Con.txt", Some("_Con.txt")),
            ("com1 .tar.gz", Some("_com1 .tar.gz")),
            ("lpt¹", Some("_lpt¹")),
            ("console.txt", Some("console.txt")),
            ("a\0b\x1b[31m\r\nc.txt", Some("ab[31m c.txt")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("a.pdf\u{2003} \u{200b}.exe", Some("a.pdf .exe")),
            ("what?<x>|\"*\".txt", Some("what__x_____.txt")),
        ] {
            assert_eq!(safe(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = safe(&format!("{}.docx", "ä".repeat(300))).unwrap();
        assert!(name.len() <= LONGEST && name.ends_with("ä.docx"), "{name}");
        assert_eq!(safe(&"x".repeat(300)).unwrap().len(), LONGEST);
        assert_eq!(safe(&format!("a.{}", "x".repeat(300))).unwrap().len(), LONGEST);
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        names.take("there.txt");
        assert_eq!(names.give(Some("THERE.txt"), "x"), "THERE-2.txt");
        assert_eq!(names.give(Some("a.txt"), "x"), "a.txt");
        assert_eq!(names.give(Some("A.TXT"), "x"), "A-2.TXT");
        assert_eq!(names.give(Some("a-2.txt"), "x"), "a-2-2.txt");
        assert_eq!(names.give(Some("a.txt"), "x"), "a-3.txt");
        assert_eq!(names.give(Some("\u{e4}"), "x"), "\u{e4}");
        assert_eq!(names.give(Some("a\u{308}"), "x"), "a\u{308}-2");
        assert_eq!(names.give(None, "part-1.2.html"), "part-1.2.html");
        assert_eq!(names.give(Some(".."), "part-1.2.html"), "part-1.2-2.html");
        assert_eq!(names.give(None, "/"), "part");
    }

    #[test]
    fn many_equal_names_take_no_time() {
        let mut names = Names::default();
        let last = (0..20_000).map(|_| names.give(Some("a.txt"), "x")).last().unwrap();
        assert_eq!(last, "a-20000.txt");
    }

    proptest! {
        #[test]
        fn every_name_is_safe(name in prop_oneof![any::<String>(), "[./\\\\a\u{202e}\\- :]{0,12}", "(con|nul|com1)[. ]{0,3}[a-z]{0,3}"]) {
            let Some(safe) = safe(&name) else { return Ok(()) };
            prop_assert!(!safe.is_empty() && safe.len() <= LONGEST);
            prop_assert!(!safe.contains(['/', '\\', ':', '"']) && !safe.chars().any(is_unsafe), "{:?}", safe);
            prop_assert!(!safe.starts_with(['.', '-', ' ']) && !safe.ends_with(['.', ' ']), "{:?}", safe);
            prop_assert!(!is_device(&safe));
            prop_assert_eq!(super::safe(&safe), Some(safe));
        }

        #[test]
        fn every_name_is_given_once(wishes in prop::collection::vec("[aA.ä]{0,3}(-2)?(\\.t)?", 0..40)) {
            let mut names = Names::default();
            let given: Vec<_> = wishes.iter().map(|wish| names.give(Some(wish), "part-1")).collect();
            let distinct: HashSet<_> = given.iter().map(|name| collation(name)).collect();
            prop_assert_eq!(distinct.len(), given.len());
        }
    }
}
