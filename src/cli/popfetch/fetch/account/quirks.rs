//! What some servers do otherwise than they should.

use crate::pop3::Listing;

/// Quirk: some servers list only part of a mailbox and show the next part once this one was retrieved or deleted. Gmail
/// lists some 250 of the oldest messages, WildDuck 250. A listing of such a round number, all of it new, is looked at once
/// more; that costs nothing else than a session in which nothing is fetched.
pub(super) fn lists_in_windows(listing: &Listing, fetched: usize) -> bool {
    let count = listing.len();
    count.is_multiple_of(50) && (100..=1_000).contains(&count) && fetched == count
}

/// Quirk: Gmail's POP3 service, by the greeting it has had since 2004.
pub(in crate::cli::popfetch::fetch) fn is_gmail(greeting: &str) -> bool {
    greeting.starts_with("Gpop ready")
}
