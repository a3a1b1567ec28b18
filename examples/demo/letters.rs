//! Sample mail: what a mailbox holds on an ordinary morning, with the octets that careless programs spoil.

/// What waits when the demo begins.
pub fn waiting() -> Vec<Vec<u8>> {
    vec![
        plain("Rosa Lind <rosa@example.org>", "Boat tour on Saturday", "Mon, 02 Nov 2026 08:12:00 +0100", TOUR),
        plain(
            "=?utf-8?Q?J=C3=BCrgen_Weiss?= <juergen@example.net>",
            "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=",
            "Mon, 02 Nov 2026 08:40:10 +0100",
            GREETING,
        ),
        plain(
            "Build robot <robot@build.example.com>",
            "nightly: 3 passed, 0 failed",
            "Mon, 02 Nov 2026 03:00:07 +0000",
            DOTS,
        ),
        attachment(),
    ]
}

/// What arrives while the demo runs.
pub fn late() -> Vec<u8> {
    plain(
        "Rosa Lind <rosa@example.org>",
        "Re: Boat tour on Saturday",
        "Mon, 02 Nov 2026 09:05:31 +0100",
        "Nine o'clock at the pier it is.\n",
    )
}

const TOUR: &str = "Hello Ann,

shall we meet at nine at the pier? Bring something warm,
the forecast says wind.

Rosa
";

const GREETING: &str = "Liebe Ann,

viele Grüße vom Rhein! Nächste Woche bin ich wieder da.

Jürgen
";

/// Lines that end a message for a reader that does not take dot-stuffing seriously, and one that looks like mbox.
const DOTS: &str = "...\n.\n..\n.hidden is ignored\nFrom here on all is well.\n";

fn plain(from: &str, subject: &str, date: &str, body: &str) -> Vec<u8> {
    let mut letter = head(from, subject, date);
    letter.push_str("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
    letter.push_str(body);
    letter.into_bytes()
}

fn attachment() -> Vec<u8> {
    let mut letter =
        head("Accounts <billing@example.com>", "Your invoice 2026-1147", "Sun, 01 Nov 2026 17:30:00 +0000");
    letter.push_str(
        "Content-Type: multipart/mixed; boundary=\"=_demo\"\n\n\
         --=_demo\nContent-Type: text/plain\n\nThe invoice is attached.\n\n\
         --=_demo\nContent-Type: text/csv; name=\"invoice.csv\"\n\
         Content-Disposition: attachment; filename=\"invoice.csv\"\nContent-Transfer-Encoding: base64\n\n\
         aXRlbSxhbW91bnQKYm9hdCB0b3VyLDIKY29mZmVlLDQK\n\n--=_demo--\n",
    );
    letter.into_bytes()
}

fn head(from: &str, subject: &str, date: &str) -> String {
    let id: String = date.chars().filter(char::is_ascii_digit).collect();
    format!(
        "Return-Path: <{address}>\n\
         Received: from mx.example.org (mx.example.org [192.0.2.7]) by mail.example.org\n\tfor <ann@example.org>; {date}\n\
         Message-ID: <{id}@example.org>\nFrom: {from}\nTo: Ann Berg <ann@example.org>\n\
         Subject: {subject}\nDate: {date}\nMIME-Version: 1.0\n",
        address = from.rsplit_once('<').map_or(from, |(_, address)| address.trim_end_matches('>')),
    )
}
