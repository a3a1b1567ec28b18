//! Media types of attachments, and the names they are saved under.

use std::path::Path;

use crate::error::{Error, Result};
use crate::mail::parameter::is_token;
use crate::text::{is_unsafe, sanitize_capped};

/// What nothing is known of.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Octets of the longest name: what file systems take.
const LONGEST_NAME: usize = 255;

/// A media type that the caller gives, as `type/subtype` in lower case and parameters with values without quotes.
pub(super) struct MediaType {
    pub(super) essence: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl MediaType {
    /// `text` as in `text/csv; charset=utf-8`.
    pub(super) fn parse(option: &str, text: &str) -> Result<Self> {
        super::header::no_controls(option, text)?;
        let invalid =
            || Error::InvalidInput(format!("{option}: '{}' is not a media type", sanitize_capped(text.as_bytes(), 80)));
        let mut pieces = text.split(';').map(str::trim);
        let essence = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let (main, sub) = essence.split_once('/').ok_or_else(invalid)?;
        if !is_token(main) || !is_token(sub) {
            return Err(invalid());
        }
        if main == "multipart" {
            let why = "an attachment has a single part; use several --attach";
            return Err(Error::InvalidInput(format!("{option}: {essence}: {why}")));
        }
        let mut parameters = Vec::new();
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').ok_or_else(invalid)?;
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            let valid = is_token(name) && !value.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
            if !valid {
                return Err(invalid());
            }
            parameters.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Ok(Self { essence, parameters })
    }

    /// What the name's extension says.
    pub(super) fn guess(name: &str) -> Self {
        let extension = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let known = EXTENSIONS.iter().find(|(_, extensions)| extensions.split(' ').any(|known| known == extension));
        let essence = known.filter(|_| !extension.is_empty()).map_or(UNKNOWN, |(essence, _)| essence);
        Self { essence: essence.into(), parameters: Vec::new() }
    }
}

/// The name that a caller gives, without folders.
pub(super) fn given_name(option: &str, name: &str) -> Result<String> {
    super::header::no_controls(option, name)?;
    Ok(clean(name))
}

/// The name of a file: without folders, and with `_` for what could mislead whoever saves it.
pub(super) fn own_name(path: &Path) -> String {
    clean(&path.file_name().unwrap_or_default().to_string_lossy())
}

fn clean(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let mut clean: String =
        name.chars().map(|c| if is_unsafe(c) || c == char::REPLACEMENT_CHARACTER { '_' } else { c }).collect();
    if matches!(clean.as_str(), "" | "." | "..") {
        return "attachment".into();
    }
    if clean.len() > LONGEST_NAME {
        // The extension says what it is, so it stays.
        let extension = clean.rsplit_once('.').map(|(_, extension)| format!(".{extension}"));
        let extension = extension.filter(|extension| extension.len() <= 20).unwrap_or_default();
        let room = LONGEST_NAME - extension.len();
        clean = clean.char_indices().take_while(|(at, c)| at + c.len_utf8() <= room).map(|(_, c)| c).collect();
        clean.push_str(&extension);
    }
    clean
}

/// What people attach, by extension.
const EXTENSIONS: [(&str, &str); 51] = [
    ("application/epub+zip", "epub"),
    ("application/gzip", "gz tgz"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/ogg", "ogx"),
    ("application/pdf", "pdf"),
    ("application/pgp-keys", "key"),
    ("application/pgp-signature", "asc sig"),
    ("application/pkcs7-signature", "p7s"),
    ("application/postscript", "ps eps"),
    ("application/rtf", "rtf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/x-7z-compressed", "7z"),
    ("application/x-bzip2", "bz2"),
    ("application/x-tar", "tar"),
    ("application/x-xz", "xz"),
    ("application/xml", "xml"),
    ("application/yaml", "yaml yml"),
    ("application/zip", "zip"),
    ("application/zstd", "zst"),
    ("audio/flac", "flac"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg oga opus"),
    ("audio/mp4", "m4a"),
    ("audio/wav", "wav"),
    ("image/avif", "avif"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("image/jpeg", "jpg jpeg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif tiff"),
    ("image/webp", "webp"),
    ("image/vnd.microsoft.icon", "ico"),
    ("message/rfc822", "eml"),
    ("text/calendar", "ics"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/html", "html htm"),
    ("text/markdown", "md"),
    ("text/plain", "txt log text conf cfg ini diff patch sh py rs c h pl rb toml"),
    ("text/vcard", "vcf"),
    ("video/mp4", "mp4 m4v"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_guessed_by_extension() {
        for (name, essence) in [
            ("a.PDF", "application/pdf"),
            ("a.tar.gz", "application/gzip"),
            ("letter.eml", "message/rfc822"),
            ("a.txt", "text/plain"),
            ("Makefile", UNKNOWN),
            ("a.unknown", UNKNOWN),
            ("a.", UNKNOWN),
            (".txt", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(MediaType::guess(name).essence, essence, "{name}");
        }
    }

    #[test]
    fn given_types_are_checked() {
        let found = MediaType::parse("--attach", "Text/CSV; charset=utf-8;header=\"pre sent\"").unwrap();
        assert_eq!(found.essence, "text/csv");
        assert_eq!(found.parameters, [("charset".into(), "utf-8".into()), ("header".into(), "pre sent".into())]);
        for bad in [
            "",
            "text",
            "/",
            "text/",
            "te xt/plain",
            "text/plain\r\nX: y",
            "text/plain; x",
            "a/b; x=\"\r\"",
            "multipart/mixed",
            "a/b/c",
            "ü/x",
        ] {
            let error = MediaType::parse("--attach", bad).err().unwrap().to_string();
            assert!(error.starts_with("--attach: ") && !error.contains(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn names_cannot_lead_astray() {
        for (name, clean) in [
            ("/etc/passwd", "passwd"),
            ("../../x", "x"),
            ("C:\\a\\b.txt", "b.txt"),
            ("..", "attachment"),
            ("a/", "attachment"),
            ("gpj.\u{202e}exe", "gpj._exe"),
            (" a b ", "a b"),
        ] {
            assert_eq!(given_name("--attach", name).unwrap(), clean);
        }
        let long = given_name("--attach", &format!("{}.txt", "ü".repeat(200))).unwrap();
        assert!(long.len() <= 255 && long.ends_with("ü.txt"));
        assert!(matches!(given_name("--attach", "a\r\nb"), Err(Error::InvalidInput(_))));
        assert_eq!(own_name(Path::new("/tmp/a\nb\u{1b}c")), "a_b_c");
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(own_name(Path::new(std::ffi::OsStr::from_bytes(b"/x/\xff.txt"))), "_.txt");
    }
}
