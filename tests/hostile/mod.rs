//! What takes more than a dialogue file.

mod floods;
mod proxies;
mod secrets;
