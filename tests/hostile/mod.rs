//! What takes more than a dialogue file.

mod floods;
mod injection;
mod proxies;
mod secrets;
