//! One file per message: what Maildir and eml folders have in common.
//!
//! A message is written under a temporary name and gets its own by a rename that never replaces. A batch goes
//!
//! ```text
//! intents -> contents flushed -> intents flushed -> renames -> directory flushed -> deliveries -> deliveries flushed
//! ```
//!
//! so that at any cut a file is either invisible or whole, and the journal speaks of a delivery only when both the
//! content and the name are durable. How contents are flushed: see [`Flushing`]; a file system is flushed whole only
//! for batches of more than [`SMALL_BATCH`] messages, because that waits for what other programs wrote there as well.
//!
//! After a failed flush the kernel may call the lost pages clean, so that a second flush proves nothing: the batch is
//! thrown away and its messages are fetched anew.

mod commit;
mod folder;
mod stage;

pub use folder::Temporary;
pub(crate) use folder::{Folder, Shape, open_or_make, refuse_foreign, shown};

use std::sync::Arc;

use super::target::Sides;

/// Up to this many messages are flushed one by one although the file system could be flushed whole. Measured on ext4
/// with an idle disk, 16 files of 4 KB take 3 to 5 ms by parallel fsync and 8 ms by syncfs; the two meet at about 40
/// files (1,024 files: 40 ms by syncfs). A disk that others write to as well speaks for fsync.
const SMALL_BATCH: usize = 16;

/// The two sides of a folder. `tag` marks our temporary files, see [`super::name`].
pub(crate) fn sides(folder: Folder, tag: u64) -> Sides {
    let folder = Arc::new(folder);
    Sides {
        stage: Box::new(stage::FilesStage::new(Arc::clone(&folder), tag)),
        commit: Box::new(commit::FilesCommit::new(folder)),
    }
}
