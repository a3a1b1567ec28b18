//! What counts as an attachment.

use crate::imap::grammar::{BodyStructure, Content};

/// Whether something is attached to the message.
pub(super) fn is_in(structure: &BodyStructure) -> bool {
    structure.parts().iter().any(|part| is_one(part.body))
}

/// Whether the part is one: it says so, or it has a name and is no text. A multipart never is.
pub(super) fn is_one(part: &BodyStructure) -> bool {
    if matches!(part.content, Content::Multipart(_)) {
        return false;
    }
    let disposition = part.disposition.as_ref();
    let is_named = |name: &str| {
        part.parameters.iter().any(|parameter| starts(&parameter.name, name))
            || disposition.is_some_and(|disposition| disposition.parameters.iter().any(|p| starts(&p.name, name)))
    };
    match disposition.map(|disposition| disposition.kind.as_str()) {
        Some(kind) if kind.eq_ignore_ascii_case("attachment") => true,
        _ => !part.media_type.eq_ignore_ascii_case("text") && (is_named("name") || is_named("filename")),
    }
}

/// `name`, `name*` and `name*0*` alike (RFC 2231).
fn starts(parameter: &str, name: &str) -> bool {
    let bare = parameter.split('*').next().unwrap_or_default();
    bare.eq_ignore_ascii_case(name)
}
