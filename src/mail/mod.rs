//! Message text, without a network: composing, signing.

pub mod date;
pub mod dkim;
pub mod encoded_word;
mod folding;
pub mod message_id;
