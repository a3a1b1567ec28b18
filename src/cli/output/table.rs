//! Text for people: sizes, columns, what is left out of what is too long.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Octets in at most five characters: `999`, `1.2K`, `34M`, `1.0G`.
pub(super) fn octets(count: u64) -> String {
    let mut value = count as f64;
    if count < 1000 {
        return count.to_string();
    }
    for unit in ["K", "M", "G", "T", "P", "E"] {
        value /= 1024.0;
        if value < 9.95 {
            return format!("{value:.1}{unit}");
        }
        if value < 999.5 || unit == "E" {
            return format!("{value:.0}{unit}");
        }
    }
    count.to_string()
}

/// How many columns of a terminal harmless text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text padded to so many columns, or cut to them with `…` as its end.
pub(super) fn fit(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let padding = columns.saturating_sub(width(&cut));
    cut + &" ".repeat(padding)
}

/// The text, cut to so many columns with `…` as its end if it is longer.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = head(text, columns.saturating_sub(1)).to_owned();
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The text with `…` in place of its middle if it takes more columns: both ends of a unique-id tell it from others.
pub(super) fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let front = head(text, kept.div_ceil(2));
    let mut back = text.len();
    let mut taken = width(front);
    for (at, c) in text.char_indices().rev() {
        taken += c.width().unwrap_or(0);
        if taken > kept {
            break;
        }
        back = at;
    }
    format!("{front}…{}", text.get(back..).unwrap_or_default())
}

/// The longest beginning that takes at most so many columns.
fn head(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > columns {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0K"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (10 * 1024, "10K"),
            (1023 * 1024, "1.0M"),
            (5 << 30, "5.0G"),
            (u64::MAX, "16E"),
        ] {
            assert_eq!(octets(count), text);
        }
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(fit("日本語", 8), "日本語  ");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(width(&fit("日本語", 4)), 4);
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("abcd", 0), "");
        assert_eq!(cut_middle("abcdefghij", 5), "ab…ij");
        assert_eq!(cut_middle("日本語日本語", 6), "日…語");
        assert_eq!(cut_middle("abc", 3), "abc");
    }
}
