//! What folders are for.

use crate::error::Result;
use crate::imap::grammar::Data;
use crate::imap::session::{Authenticated, ListReturn, Selecting};
use crate::imap::{Mailbox, Session, SpecialUse};

/// Folders by what they are for; of several for one use the first is meant.
pub(crate) type Uses = Vec<(SpecialUse, Mailbox)>;

/// How many folders that are for something are kept.
const MAX_USES: usize = 1_000;

/// What folders are for, as the server says; where it does not, by their usual names.
pub(crate) fn uses(session: &mut Session<Authenticated>) -> Result<Uses> {
    let mut told = Vec::new();
    let mut named = Vec::new();
    let wanted = ListReturn { special_use: true, ..ListReturn::default() };
    session.list("*", Selecting::Present, &wanted, &mut |data: &Data<'_>| {
        if let Data::List(entry) | Data::Xlist(entry) = data
            && told.len().max(named.len()) < MAX_USES
            && !entry.attributes.contains(b"\\Noselect")
            && !entry.attributes.contains(b"\\NonExistent")
        {
            let found: Vec<_> = entry.attributes.iter().filter_map(|name| SpecialUse::from_attribute(&name)).collect();
            told.extend(found.into_iter().map(|of| (of, entry.mailbox.clone())));
            let ranked = SpecialUse::ALL.iter().map(|of| (rank(*of, &entry.mailbox, entry.delimiter), *of));
            named.extend(ranked.filter_map(|(rank, of)| Some((rank?, of, entry.mailbox.clone()))));
        }
        Ok(())
    })?;
    // Quirk: a server without SPECIAL-USE has these folders all the same, by names that mail programs have made usual.
    named.sort_by_key(|(rank, ..)| *rank);
    told.extend(named.into_iter().map(|(_, of, mailbox)| (of, mailbox)));
    Ok(told)
}

/// How likely a folder is for a use by its name alone, the likeliest first; `None` if it is not. It is at the top, or right below
/// INBOX, where some servers have all folders: what is deeper down is somebody's own, and nothing is ever moved there for its name.
fn rank(of: SpecialUse, mailbox: &Mailbox, delimiter: Option<char>) -> Option<usize> {
    let text = mailbox.text();
    let below_inbox = delimiter
        .and_then(|delimiter| text.split_once(delimiter))
        .and_then(|(first, rest)| first.eq_ignore_ascii_case("INBOX").then_some(rest));
    let name = below_inbox.unwrap_or(&text);
    of.usual_names().iter().position(|usual| usual.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_known_by_their_usual_names() {
        let rank = |name: &str, delimiter| rank(SpecialUse::Trash, &Mailbox::parse(name).unwrap(), delimiter);
        assert_eq!(rank("Trash", Some('/')), Some(0));
        assert_eq!(rank("trash", None), Some(0));
        assert_eq!(rank("INBOX.Deleted Items", Some('.')), Some(1));
        assert_eq!(rank("Inbox/Trash", Some('/')), Some(0));
        for name in ["Old/Trash", "Trashed", "INBOX", "INBOX/Old/Trash", "INBOX.Trash"] {
            assert_eq!(rank(name, Some('/')), None, "{name}");
        }
    }
}
