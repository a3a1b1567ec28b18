//! What was typed: the definitions from which help, man pages, completions and configuration keys are made.
//!
//! A doc comment here is the help text. Every long option is also a key of the configuration file, whose values go
//! through the same parsers, so the two cannot drift apart.

mod destination;
pub mod imapctl;
mod invocation;
mod order;
mod popfetch;
mod shared;
mod smtpsend;
mod target;
mod values;
mod words;

pub use crate::store::Target;
pub use destination::{Destination, FolderPlace, FolderServer};
pub use imapctl::Imapctl;
pub use invocation::{Invocation, Program, Shared};
pub use popfetch::{
    Command, DeleteArgs, FetchArgs, FetchOptions, ForgetArgs, ImportArgs, ImportFormat, ListArgs, MarkSeenArgs,
    Popfetch, ProbeArgs, RawArgs, RelayArgs, ShowArgs, StateCommand, StateListArgs, UidlReset,
};
pub use shared::{
    AuthArgs, BackendChoice, ConnectArgs, OutputArgs, SecurityChoice, TlsArgs, TlsMin, TrustChoice, When,
};
pub use smtpsend::{
    Attachment, Author, BatchFormat, BulkArgs, ComposeArgs, DebugArgs, DeliveryArgs, EightBit, Ending, EnvelopeArgs,
    HeaderField, Inline, Input, OnUnknown, Partial, QueueArgs, QueueMode, Rate, SaveArgs, SaveTarget, Smtpsend, Stage,
    Switch,
};
pub use target::TargetArgs;
pub use values::{Argv, LogTarget, Pipeline, Sender};

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_sound() {
        <super::Popfetch as clap::CommandFactory>::command().debug_assert();
        <super::Imapctl as clap::CommandFactory>::command().debug_assert();
    }
}
