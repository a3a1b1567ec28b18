//! What takes more than a dialogue file.

mod endings;
mod floods;
mod imap;
mod injection;
mod inputs;
mod proxies;
mod secrets;
