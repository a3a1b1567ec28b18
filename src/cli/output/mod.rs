//! What is said, and where: results on standard output, everything else on standard error.
//!
//! Commands hand typed [`Record`]s to an [`Output`]; how they look is its affair. Whatever a server said passes one
//! sanitiser before it is shown.

pub mod progress;
pub mod record;
pub mod text;

pub use progress::{AccountProgress, Progress, Surface};
pub use record::{Mail, Record, Summary, Warning};

use crate::cli::exit::Failure;

/// Where a run's results go.
///
/// Nothing here fails: what could not be written is remembered, and [`Output::finish`] tells of it.
pub trait Output: Send + Sync {
    /// Tells a result.
    fn record(&self, record: &Record<'_>);

    /// Tells what ends nothing but should be known.
    fn warn(&self, warning: &Warning<'_>);

    /// Tells what failed, and for which message if it was one.
    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>);

    /// Tells how the run ended and writes out what is held back.
    ///
    /// Fails if standard output could not be written, unless its reader has gone, who then wants no more.
    fn finish(&self, summary: &Summary) -> Result<(), Failure>;

    /// Whether standard output takes no more, so that going on for its sake is useless.
    fn is_closed(&self) -> bool;
}
