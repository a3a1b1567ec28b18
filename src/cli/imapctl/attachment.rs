//! What counts as an attachment.

use crate::imap::grammar::{BodyStructure, Content, Parameter};
use crate::mail::{parameter_value, part};

/// Whether something is attached to the message.
pub(super) fn is_in(structure: &BodyStructure) -> bool {
    structure.parts().iter().any(|part| is_one(part.body))
}

/// Whether the part is one, as [`part::is_attachment`] has it. A multipart never is.
pub(super) fn is_one(part: &BodyStructure) -> bool {
    if matches!(part.content, Content::Multipart(_)) {
        return false;
    }
    let disposition = part.disposition.as_ref();
    let media_type = format!("{}/{}", part.media_type, part.subtype);
    part::is_attachment(&media_type, disposition.map(|disposition| disposition.kind.as_str()), name(part).as_deref())
}

/// The part's file name, decoded: what the disposition says, else the media type.
pub(super) fn name(part: &BodyStructure) -> Option<String> {
    let value = |parameters: &[Parameter], name| {
        let pairs = parameters.iter().map(|parameter| (parameter.name.as_bytes(), parameter.value.as_slice()));
        parameter_value::value(pairs, name).filter(|value| !value.is_empty())
    };
    let file_name = part.disposition.as_ref().and_then(|disposition| value(&disposition.parameters, "filename"));
    file_name.or_else(|| value(&part.parameters, "name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::grammar::Disposition;

    #[test]
    fn named_files_are_attached_and_named_texts_are_not() {
        let of = |media_type: &str, subtype: &str, name: Option<&str>, kind: Option<&str>| {
            let parameter = |name: &str| Parameter { name: name.into(), value: b"utf-8''a%20b".to_vec() };
            BodyStructure {
                media_type: media_type.into(),
                subtype: subtype.into(),
                parameters: name.map(parameter).into_iter().collect(),
                disposition: kind.map(|kind| Disposition { kind: kind.into(), parameters: Vec::new() }),
                ..BodyStructure::default()
            }
        };
        assert!(is_one(&of("application", "pdf", Some("name*"), None)));
        assert!(is_one(&of("text", "plain", None, Some("attachment"))));
        assert!(!is_one(&of("text", "plain", Some("name"), None)));
        assert!(!is_one(&of("application", "pgp-signature", Some("name"), None)));
        assert!(!is_one(&of("application", "pdf", None, None)));
    }
}
