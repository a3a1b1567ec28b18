//! The parts of a message as IMAP numbers them (RFC 3501 section 6.4.5), found in the message itself: for servers whose
//! BODYSTRUCTURE cannot be read.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

use super::encoded_word;
use super::field::Header;
use super::media_type::MediaType;
use super::parameter_value;
use super::structure::{Nature, Structure, transfer_encoding};
use crate::error::Result;

/// A part of a message, and where it stands there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// What FETCH calls it: `1`, `2.1`; for a multipart that is a whole message, `TEXT` or `2.TEXT`.
    pub section: String,
    /// How many parts it is in.
    pub depth: usize,
    /// What it holds.
    pub kind: Kind,
    /// `type/subtype` in lower case; `text/plain` if nothing readable is said (RFC 2045 section 5.2).
    pub media_type: String,
    /// Parameters of its type: names in lower case, values without quotes, otherwise as they stand there.
    pub parameters: Vec<(String, Vec<u8>)>,
    /// `attachment`, `inline` or another disposition, in lower case (RFC 2183).
    pub disposition: Option<String>,
    /// The file name it goes by, decoded and not yet [safe](super::attachment_name::safe).
    pub name: Option<String>,
    /// The content transfer encoding in lower case; empty if none is named.
    pub encoding: String,
    /// Its Content-ID without angle brackets.
    pub id: Option<String>,
    /// Its Content-Description, decoded.
    pub description: Option<String>,
    /// Where its MIME header stands, with the empty line behind it, in octets from the beginning of the message.
    pub header: Range<u64>,
    /// Where its content stands, as encoded.
    pub content: Range<u64>,
}

/// What a part holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Content.
    Leaf,
    /// Other parts, which follow.
    Multipart,
    /// A message, whose parts follow.
    Message,
}

impl Part {
    /// The length of its content in octets, as encoded.
    pub fn size(&self) -> u64 {
        self.content.end.saturating_sub(self.content.start)
    }

    /// The first parameter of its type that has this name, which is in lower case.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// Whether people would call it an attachment.
    pub fn is_attachment(&self) -> bool {
        self.kind != Kind::Multipart
            && is_attachment(&self.media_type, self.disposition.as_deref(), self.name.as_deref())
    }
}

/// Whether people would call a part an attachment: it says so, or has a name and is not there to be shown as text; what
/// is shown inside another part is none.
pub fn is_attachment(media_type: &str, disposition: Option<&str>, name: Option<&str>) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    let disposition = disposition.map(str::to_ascii_lowercase);
    match (disposition.as_deref(), media_type.as_str()) {
        // Signatures and keys of mail programs, which all of them hide.
        (_, "application/pgp-signature" | "application/pkcs7-signature" | "application/x-pkcs7-signature") => false,
        (Some("attachment"), _) => true,
        (Some("inline"), media_type) => name.is_some() && !is_shown(media_type),
        (_, "message/rfc822" | "message/global") => true,
        (_, media_type) => name.is_some() && !is_shown(media_type),
    }
}

fn is_shown(media_type: &str) -> bool {
    matches!(media_type, "text/plain" | "text/html")
        || media_type.starts_with("image/")
        || media_type.starts_with("multipart/")
}

/// The parts of a message, each before those inside it. The message is read once and with bounded memory.
///
/// A multipart without any delimiter is one part of text.
///
/// # Errors
///
/// [`Error::InvalidInput`](crate::Error::InvalidInput) for more than 10,000 parts, for parts in parts more than 100 deep,
/// and for headers of more than 8 MiB; [`Error::Storage`](crate::Error::Storage) if the message cannot be read.
pub fn parts(message: &mut dyn Read) -> Result<Vec<Part>> {
    let structure = Structure::of_message(message)?;
    let mut places: Vec<Place> = Vec::with_capacity(structure.parts.len());
    let mut counts: HashMap<usize, u32> = HashMap::new();
    let mut found = Vec::with_capacity(structure.parts.len());
    for part in structure.parts {
        let above = part.parent.and_then(|parent| places.get(parent));
        let depth = above.map_or(0, |above| above.depth + 1);
        let within = above.map_or("", |above| above.inside.as_str());
        let is_multipart = part.nature == Nature::Multipart;
        // Text in place of the parts it announces.
        let is_empty =
            is_multipart && structure.glue.iter().any(|glue| glue.is_all && glue.place.start == part.content.start);
        let section = match (part.is_message, is_multipart && !is_empty) {
            (true, true) => dotted(within, "TEXT"),
            (true, false) => dotted(within, "1"),
            (false, _) => {
                let count = part.parent.map_or(0, |parent| {
                    let count = counts.entry(parent).or_default();
                    *count = count.saturating_add(1);
                    *count
                });
                dotted(within, &count.to_string())
            }
        };
        let inside = if part.is_message && is_multipart { within.to_owned() } else { section.clone() };
        places.push(Place { inside, depth });
        let kind = match part.nature {
            Nature::Multipart if !is_empty => Kind::Multipart,
            Nature::Message => Kind::Message,
            _ => Kind::Leaf,
        };
        let header_place = part.header_place.unwrap_or_default();
        found.push(described(&part.header, &part.media, kind, section, depth, header_place, part.content));
    }
    Ok(found)
}

/// Where a part's own parts are.
struct Place {
    /// What their numbers begin with.
    inside: String,
    depth: usize,
}

fn dotted(within: &str, last: &str) -> String {
    if within.is_empty() { last.into() } else { format!("{within}.{last}") }
}

fn described(
    header: &Header,
    media: &MediaType,
    kind: Kind,
    section: String,
    depth: usize,
    header_place: Range<u64>,
    content: Range<u64>,
) -> Part {
    // A disposition has the form of a media type without a slash.
    let disposition =
        header.get("Content-Disposition").map(|field| MediaType::parse(&[b"x/", field.body().trim_ascii()].concat()));
    let file_name =
        disposition.as_ref().and_then(|disposition| parameter_value::value(disposition.parameters(), "filename"));
    let name = file_name.or_else(|| parameter_value::value(media.parameters(), "name"));
    let is_text = media.essence.is_empty() || kind == Kind::Leaf && media.main() == "multipart";
    let id = header.get("Content-ID").map(|field| String::from_utf8_lossy(&field.unfolded()).into_owned());
    Part {
        section,
        depth,
        kind,
        media_type: if is_text { "text/plain".into() } else { media.essence.clone() },
        parameters: media
            .parameters()
            .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.to_vec()))
            .collect(),
        disposition: disposition
            .and_then(|disposition| disposition.essence.strip_prefix("x/").map(str::to_owned))
            .filter(|disposition| !disposition.is_empty()),
        name: name.filter(|name| !name.is_empty()),
        encoding: transfer_encoding(header),
        id: id.map(|id| id.trim_start_matches('<').trim_end_matches('>').to_owned()),
        description: header.get("Content-Description").map(|field| encoded_word::decode(&field.unfolded())),
        header: header_place,
        content,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(message: &str) -> Vec<Part> {
        parts(&mut message.as_bytes()).unwrap()
    }

    /// `section kind content`, a line for each part.
    fn listed(message: &str) -> Vec<String> {
        let content = |part: &Part| message[part.content.start as usize..part.content.end as usize].to_owned();
        let shown = |part: &Part| match part.kind {
            Kind::Leaf => format!("{} {} {:?}", part.section, part.media_type, content(part)),
            _ => format!("{} {} {}", part.section, part.media_type, part.depth),
        };
        of(message).iter().map(shown).collect()
    }

    #[test]
    fn a_message_of_one_part() {
        assert_eq!(listed("Subject: x\r\n\r\nhi\r\n"), ["1 text/plain \"hi\\r\\n\""]);
        assert_eq!(listed("Content-Type: image/png\r\n\r\nhi"), ["1 image/png \"hi\""]);
        assert_eq!(listed("Subject: x"), ["1 text/plain \"\""]);
        assert_eq!(listed(""), ["1 text/plain \"\""]);
        assert_eq!(listed("\r\nhi"), ["1 text/plain \"hi\""]);
    }

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 3501 section 6.4.5, with something in every part.
        let boundary = |name: &str| format!("Content-Type: multipart/mixed; boundary={name}\r\n");
        let message = format!(
            "{top}\r\n--a\r\n\r\n1\r\n--a\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n--a\r\n\
             Content-Type: message/rfc822\r\n\r\nSubject: 3\r\n{three}\r\n--b\r\n\r\n3.1\r\n--b\r\n\
             Content-Type: application/octet-stream\r\n\r\n3.2\r\n--b--\r\n--a\r\n{four}\r\n--c\r\nContent-Type: image/gif\r\n\r\n\
             4.1\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--d\r\n\r\n4.2.1\r\n--d\r\n\
             Content-Type: multipart/alternative; boundary=e\r\n\r\n--e\r\n\r\n4.2.2.1\r\n--e\r\nContent-Type: text/richtext\r\n\r\n\
             4.2.2.2\r\n--e--\r\n--d--\r\n--c--\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: 5\r\n\r\n5.1\r\n--a--\r\nend",
            top = boundary("a"),
            three = boundary("b"),
            four = boundary("c"),
            inner = boundary("d"),
        );
        assert_eq!(
            listed(&message),
            [
                "TEXT multipart/mixed 0",
                "1 text/plain \"1\"",
                "2 application/octet-stream \"2\"",
                "3 message/rfc822 1",
                "3.TEXT multipart/mixed 2",
                "3.1 text/plain \"3.1\"",
                "3.2 application/octet-stream \"3.2\"",
                "4 multipart/mixed 1",
                "4.1 image/gif \"4.1\"",
                "4.2 message/rfc822 2",
                "4.2.TEXT multipart/mixed 3",
                "4.2.1 text/plain \"4.2.1\"",
                "4.2.2 multipart/alternative 4",
                "4.2.2.1 text/plain \"4.2.2.1\"",
                "4.2.2.2 text/richtext \"4.2.2.2\"",
                "5 message/rfc822 1",
                "5.1 text/plain \"5.1\"",
            ]
        );
        // Line ends of one octet are as good.
        let message = message.replace("\r\n", "\n");
        assert!(listed(&message).contains(&"4.2.2.1 text/plain \"4.2.2.1\"".to_owned()));
    }

    #[test]
    fn messages_in_messages() {
        let message = "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nx";
        assert_eq!(listed(message), ["1 message/rfc822 0", "1.1 message/rfc822 1", "1.1.1 text/plain \"x\""]);
        let digest = "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: x\r\n\r\na\r\n--d--\r\n";
        assert_eq!(listed(digest), ["TEXT multipart/digest 0", "1 message/rfc822 1", "1.1 text/plain \"a\""]);
    }

    #[test]
    fn multiparts_that_are_none() {
        let text = "Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n";
        assert_eq!(listed(text), ["1 text/plain \"nothing\\r\\n\""]);
        assert_eq!(listed("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx"), ["1 text/plain \"--b\\r\\n\\r\\nx\""]);
        assert_eq!(listed("Content-Type: text\r\n\r\nx"), ["1 text/plain \"x\""]);
    }

    #[test]
    fn what_a_part_says_of_itself() {
        let message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                       Content-Type: application/pdf; name=\"other.pdf\"\r\n\
                       Content-Disposition: Attachment; filename*0*=utf-8''%C3%A4;\r\n filename*1=\".pdf\"\r\n\
                       Content-Transfer-Encoding: BASE64\r\nContent-ID: <i@d>\r\n\
                       Content-Description: =?utf-8?q?=C3=BC?=\r\n\r\nAAAA\r\n--b\r\n\
                       Content-Type: text/plain; charset=\"x\"; name==?utf-8?q?=C3=A4?=\r\n\r\n--b--";
        let parts = of(message);
        let pdf = &parts[1];
        assert_eq!(pdf.name.as_deref(), Some("ä.pdf"));
        assert_eq!(pdf.disposition.as_deref(), Some("attachment"));
        assert_eq!((pdf.encoding.as_str(), pdf.size()), ("base64", 4));
        assert_eq!((pdf.id.as_deref(), pdf.description.as_deref()), (Some("i@d"), Some("ü")));
        assert!(
            pdf.is_attachment() && message[pdf.header.start as usize..].starts_with("Content-Type: application/pdf")
        );
        assert!(message[..pdf.header.end as usize].ends_with("?=\r\n\r\n"));
        let text = &parts[2];
        assert_eq!((text.parameter("charset"), text.name.as_deref()), (Some(&b"x"[..]), Some("ä")));
        assert!(!text.is_attachment() && !parts[0].is_attachment());
    }

    #[test]
    fn attachments_as_people_see_them() {
        for (media_type, disposition, name, expected) in [
            ("text/plain", None, None, false),
            ("text/plain", None, Some("a.txt"), false),
            ("text/plain", Some("attachment"), None, true),
            ("text/csv", None, Some("a.csv"), true),
            ("application/pdf", Some("inline"), Some("a.pdf"), true),
            ("image/png", Some("inline"), Some("a.png"), false),
            ("image/png", Some("ATTACHMENT"), Some("a.png"), true),
            ("application/PGP-signature", Some("attachment"), Some("signature.asc"), false),
            ("message/rfc822", None, None, true),
            ("text/calendar", None, None, false),
        ] {
            assert_eq!(is_attachment(media_type, disposition, name), expected, "{media_type} {disposition:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let refused = |text: String| parts(&mut text.as_bytes()).is_err();
        assert!(refused(format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\n".repeat(20_000))));
        assert!(refused("Content-Type: message/rfc822\n\n".repeat(200)));
        assert!(refused("x: y and z\n".repeat(1_000_000)));
        assert!(!refused("x".repeat(1_000_000)));
    }

    proptest! {
        #[test]
        fn the_same_as_another_reader(
            leaves in prop::collection::vec(("[a-z ]{0,20}(\r\n[a-z]{0,5}){0,3}", any::<bool>()), 1..6),
        ) {
            let mut message = String::from("Content-Type: multipart/mixed; boundary=\"o o\"\r\n\r\nglue\r\n");
            for (text, is_nested) in &leaves {
                message += &match is_nested {
                    true => format!("--o o\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\n{text}\r\n--i--\r\n"),
                    false => format!("--o o\r\nContent-Type: text/x\r\n\r\n{text}\r\n"),
                };
            }
            message += "--o o--\r\n";
            let mail = mailparse::parse_mail(message.as_bytes()).unwrap();
            let expected: Vec<_> = mail.parts().filter(|part| part.subparts.is_empty()).map(|part| part.get_body_raw().unwrap()).collect();
            let parts = of(&message);
            let contents = parts.iter().filter(|part| part.kind == Kind::Leaf).map(|part| {
                message.as_bytes()[part.content.start as usize..part.content.end as usize].to_vec()
            });
            prop_assert_eq!(contents.collect::<Vec<_>>(), expected);
        }

        #[test]
        fn anything_has_parts(message in prop::collection::vec(prop::sample::select(vec![
            "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: message/rfc822\n", "\r\n", "\n", "--b\r\n", "--b--\n", "--b",
            "Content-Disposition: ;\r\n", "x: y\r\n", "\r", "\0", "text",
        ]), 0..30)) {
            let message = message.concat();
            for part in of(&message) {
                prop_assert!(part.header.start <= part.header.end && part.header.end <= part.content.start);
                prop_assert!(part.content.start <= part.content.end && part.content.end <= message.len() as u64);
            }
        }
    }
}
