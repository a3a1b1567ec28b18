//! BODYSTRUCTURE and BODY.

use super::*;

fn body(wire: &str) -> BodyStructure {
    *row(&format!("* 1 FETCH (BODYSTRUCTURE {wire} UID 5)")).structure.unwrap()
}

/// Section, type and header of each part.
fn outline(wire: &str) -> Vec<String> {
    let found = body(wire);
    let shown = |part: &Part<'_>| {
        let Part { section, header, depth, body } = part;
        format!("{depth} {section} {}/{} {header}", body.media_type, body.subtype)
    };
    found.parts().iter().map(shown).collect()
}

const PLAIN: &str = "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 48)";
const IMAGE: &str = "(\"IMAGE\" \"PNG\" (\"NAME\" \"a.png\") \"<id>\" \"Pic\" \"BASE64\" 554 \"md5\" \
                     (\"ATTACHMENT\" (\"FILENAME\" \"a.png\" \"SIZE\" \"400\")) (\"en\" \"de\") \"http://x\")";

#[test]
fn a_single_part() {
    let found = body(PLAIN);
    assert_eq!((found.media_type.as_str(), found.subtype.as_str()), ("text", "plain"));
    assert_eq!(found.parameter("charset"), Some(b"US-ASCII".as_slice()));
    assert_eq!((found.encoding.as_str(), found.octets, found.lines), ("7bit", Some(2279), Some(48)));
    assert_eq!(found.content, Content::Leaf);
    assert_eq!(outline(PLAIN), ["0 1 text/plain HEADER"]);
}

#[test]
fn extension_data() {
    let found = body(IMAGE);
    assert_eq!((text(found.id.unwrap()), text(found.description.unwrap())), ("<id>".into(), "Pic".into()));
    assert_eq!(text(found.md5.unwrap()), "md5");
    let disposition = found.disposition.unwrap();
    assert_eq!(disposition.kind, "attachment");
    assert_eq!(disposition.parameter("filename"), Some(b"a.png".as_slice()));
    assert_eq!(disposition.parameter("size"), Some(b"400".as_slice()));
    assert_eq!(found.languages, [b"en".to_vec(), b"de".to_vec()]);
    assert_eq!(text(found.location.unwrap()), "http://x");
}

#[test]
fn parts_have_the_numbers_of_the_standard() {
    let envelope = "(NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL)";
    let inner = format!("({PLAIN}{IMAGE} \"MIXED\" (\"BOUNDARY\" \"i\"))");
    let message = format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9000 {envelope} {inner} 90)");
    let single = format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9000 {envelope} {PLAIN} 90)");
    let alternative = format!("({PLAIN}{PLAIN} \"ALTERNATIVE\")");
    let whole = format!("({PLAIN}{message}{single}{alternative} \"MIXED\" (\"BOUNDARY\" \"o\") NIL NIL NIL (x) 5)");
    assert_eq!(
        outline(&whole),
        [
            "0 TEXT multipart/mixed HEADER",
            "1 1 text/plain 1.MIME",
            "1 2 message/rfc822 2.MIME",
            "2 2.TEXT multipart/mixed 2.HEADER",
            "3 2.1 text/plain 2.1.MIME",
            "3 2.2 image/png 2.2.MIME",
            "1 3 message/rfc822 3.MIME",
            "2 3.1 text/plain 3.HEADER",
            "1 4 multipart/alternative 4.MIME",
            "2 4.1 text/plain 4.1.MIME",
            "2 4.2 text/plain 4.2.MIME",
        ]
    );
    assert_eq!(body(&whole).parameter("boundary"), Some(b"o".as_slice()));
    let found = row(&format!("* 1 FETCH (BODY {whole} UID 5)"));
    assert_eq!(*found.structure.unwrap(), body(&whole));
}

/// Quirk: a multipart without children, a lone subtype, a multipart that came as a single part.
#[test]
fn multiparts_without_parts() {
    for wire in [
        "(\"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL)",
        "(\"MIXED\")",
        "(() \"MIXED\")",
        "(\"MULTIPART\" \"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL \"7BIT\" 0)",
        "(\"MULTIPART\" \"MIXED\" (\"BOUNDARY\" \"x\") NIL NIL NIL NIL NIL NIL NIL NIL)",
    ] {
        let found = body(wire);
        assert_eq!((found.media_type.as_str(), found.subtype.as_str()), ("multipart", "mixed"), "{wire}");
        assert_eq!(found.content, Content::Multipart(Vec::new()), "{wire}");
    }
}

/// Quirk: blanks between parts, a subtype that is missing.
#[test]
fn multiparts_of_other_forms() {
    assert_eq!(body(&format!("({PLAIN}  {IMAGE} \"MIXED\")")).parts().len(), 3);
    assert_eq!(body(&format!("({PLAIN}{IMAGE})")).subtype, "");
    assert_eq!(body(&format!("({PLAIN} NIL)")).subtype, "");
    assert_eq!(body(&format!("(() {PLAIN} \"MIXED\")")).media_type, "multipart");
}

/// Quirk: sizes and line counts that are -1, decimal, NIL, missing or too big.
#[test]
fn numbers_of_other_forms() {
    for (wire, octets, lines) in [
        ("-1 -1", None, None),
        ("12.5 3.7", Some(12), Some(3)),
        ("NIL NIL", None, None),
        ("10", Some(10), None),
        ("99999999999999999999 1", None, Some(1)),
        ("10 NIL NIL NIL", Some(10), None),
        ("10 \"md5\" NIL", Some(10), None),
    ] {
        let found = body(&format!("(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" {wire})"));
        assert_eq!((found.octets, found.lines), (octets, lines), "{wire}");
    }
}

/// Quirk: NIL or `()` for the type, the encoding, the value of a parameter, or all parameters; a value that is missing.
#[test]
fn nil_wherever_it_may_come() {
    let found = body("(NIL NIL (\"CHARSET\" NIL) NIL NIL NIL 5 1)");
    assert_eq!((found.media_type.as_str(), found.encoding.as_str(), found.octets), ("", "7bit", Some(5)));
    assert_eq!(found.parameter("charset"), Some(b"".as_slice()));
    let found = body("(\"TEXT\" \"PLAIN\" () () () \"7BIT\" 5 1 () () () ())");
    assert_eq!((found.parameters.len(), found.disposition, found.octets), (0, None, Some(5)));
    assert_eq!(body("(\"A\" \"B\" (\"X\" \"1\" \"Y\") NIL NIL \"7BIT\" 5)").parameter("y"), Some(b"".as_slice()));
    assert_eq!(body("(\"A\" \"B\")").subtype, "b");
}

/// Quirk: a disposition without parentheses (Exchange), without parameters, or NIL.
#[test]
fn dispositions_of_other_forms() {
    for (wire, kind) in [
        ("\"ATTACHMENT\"", Some("attachment")),
        ("(\"ATTACHMENT\" NIL)", Some("attachment")),
        ("(\"ATTACHMENT\")", Some("attachment")),
        ("(\"ATTACHMENT\" ())", Some("attachment")),
        ("NIL", None),
    ] {
        let found = body(&format!("(\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL {wire} NIL NIL)"));
        assert_eq!(found.disposition.map(|disposition| disposition.kind).as_deref(), kind, "{wire}");
    }
}

/// Quirk: a message without envelope and body, or with NIL for them.
#[test]
fn messages_that_are_not_looked_into() {
    let lone = Content::Message { envelope: None, body: None };
    for wire in [
        "",
        " NIL",
        " NIL NIL 5",
        " NIL (\"ATTACHMENT\" (\"FILENAME\" \"x\")) NIL NIL",
        " \"md5\" (\"INLINE\" NIL) NIL",
    ] {
        let found = body(&format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 123{wire})"));
        assert_eq!((found.octets, found.content), (Some(123), lone.clone()), "{wire}");
    }
    let found =
        body("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 123 NIL (\"ATTACHMENT\" (\"FILENAME\" \"x.eml\")) NIL NIL)");
    assert_eq!(found.disposition.unwrap().parameter("filename"), Some(b"x.eml".as_slice()));
    let found = body(&format!("(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 123 NIL {PLAIN} 5)"));
    assert!(matches!(found.content, Content::Message { envelope: None, body: Some(_) }));
}

/// As deep as 100 levels, and no deeper.
#[test]
fn nesting_is_bounded() {
    let multiparts = |depth: usize| format!("{}{PLAIN}{}", "(".repeat(depth), " \"MIXED\")".repeat(depth));
    assert_eq!(body(&multiparts(99)).parts().len(), 100);
    let open = "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 1 (NIL NIL) ";
    let messages = |depth: usize| format!("{}{PLAIN}{}", open.repeat(depth), " 5)".repeat(depth));
    assert_eq!(body(&messages(99)).parts().len(), 100);
    for wire in [multiparts(100), messages(100), multiparts(10_000), messages(10_000)] {
        let found = flawed(&format!("* 1 FETCH (BODYSTRUCTURE {wire} UID 5)"));
        assert_eq!((flaws(&found), found.uid.unwrap().get()), (vec!["BODYSTRUCTURE"], 5));
    }
    for wire in ["(".repeat(1_000_000), open.repeat(20_000), "((".to_owned() + &"()".repeat(500_000)] {
        let found = flawed(&format!("* 1 FETCH (UID 5 BODYSTRUCTURE {wire}"));
        assert!(!found.is_whole());
        assert_eq!(found.uid.unwrap().get(), 5);
    }
}

#[test]
fn the_number_of_parts_is_bounded() {
    let found = flawed(&format!("* 1 FETCH (BODYSTRUCTURE ({} \"MIXED\") UID 5)", "(x)".repeat(300_000)));
    assert_eq!((flaws(&found), found.uid.unwrap().get()), (vec!["BODYSTRUCTURE"], 5));
    assert_eq!(body(&format!("({} \"MIXED\")", "(x)".repeat(9_000))).parts().len(), 9_001);
}
