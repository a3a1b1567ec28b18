//! The Received header of `--add-received` (RFC 5321 section 4.4, with the protocol types of RFC 3848).

use std::time::SystemTime;

use crate::cli::popfetch::plan::Plan;
use crate::store::LineEnd;
use crate::text::sanitize;

/// A folded header field that says where the message came from, how and when.
pub(super) fn header(plan: &Plan, now: SystemTime, line_end: LineEnd) -> Vec<u8> {
    let host = sanitize(plan.server.endpoint.host().as_bytes());
    let user = sanitize(plan.server.user.as_deref().unwrap_or_default().as_bytes());
    let date = jiff::Timestamp::try_from(now).ok().and_then(|now| {
        let now = now.to_zoned(jiff::tz::TimeZone::UTC);
        jiff::fmt::rfc2822::to_string(&now).ok()
    });
    let end = match line_end {
        LineEnd::Lf => "\n",
        LineEnd::CrLf => "\r\n",
    };
    let uname = rustix::system::uname();
    let own = sanitize(uname.nodename().to_bytes());
    let date = date.unwrap_or_default();
    format!(
        "Received: from {host}{end}\tby {own} with POP3 (popfetch {version}){end}\tfor <{user}>; {date}{end}",
        version = env!("CARGO_PKG_VERSION"),
    )
    .into_bytes()
}
