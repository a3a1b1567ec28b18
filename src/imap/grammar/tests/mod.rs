//! Responses as servers send them.

use super::*;
use crate::imap::frame::{Frame, Gap};

/// The one piece of data in a response.
fn data(text: &str) -> Data<'static> {
    match response(leak(text), NameEncoding::Utf7) {
        Ok(Response::Data(data)) => data,
        other => panic!("{text}: {other:?}"),
    }
}

/// What is wrong with a response.
fn flaw(text: &str) -> Flaw {
    response(leak(text), NameEncoding::Utf7).unwrap_err()
}

fn leak(text: &str) -> &'static Frame {
    Box::leak(Box::new(Frame::new(text)))
}

/// A row that must be whole.
fn row(text: &str) -> Row<'static> {
    let row = flawed(text);
    assert!(row.is_whole(), "{text}: {:?}", row.flaws);
    row
}

fn flawed(text: &str) -> Row<'static> {
    match data(text) {
        Data::Fetch(row) => row,
        other => panic!("{text}: {other:?}"),
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn a_row_of_a_listing() {
    let row = row("* 123 FETCH (UID 4711 FLAGS (\\Seen $Forwarded))");
    assert_eq!(row.seq.unwrap().get(), 123);
    assert_eq!(row.uid.unwrap().get(), 4711);
    assert!(row.flags.unwrap().contains(b"\\Seen"));
}

#[test]
fn literals_that_were_streamed_are_told_by_their_size() {
    let mut bytes = b"* 1 FETCH (BODY[] {999}\r\n".to_vec();
    let streamed = vec![Gap { at: bytes.len(), octets: 999 }];
    bytes.extend_from_slice(b" UID 5)");
    let frame = Frame { bytes, streamed };
    let Ok(Response::Data(Data::Fetch(row))) = response(&frame, NameEncoding::Utf7) else { panic!() };
    assert_eq!(row.sections.first().unwrap().value, SectionValue::Streamed(999));
    assert_eq!(row.uid.unwrap().get(), 5);
    assert!(row.is_whole());
}

#[test]
fn a_status_response_with_a_code() {
    let Data::Status(status) = data("* OK [UIDVALIDITY 3857529045] UIDs valid") else { panic!() };
    assert_eq!(status.code, Some(Code::UidValidity(crate::imap::UidValidity::new(3_857_529_045))));
    assert_eq!(text(status.text), "UIDs valid");
    assert_eq!(flaw("* 99999999999 EXISTS").item, "EXISTS");
}
