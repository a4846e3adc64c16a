//! The working memory of hashing, kept and used again.
//!
//! Each hash needs megabytes for a moment. Allocated anew each time, on whatever thread comes
//! along, they stay behind in the allocator's arena of every such thread; kept here, there are as
//! many as hashes are computed at once, and no more.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;

/// Buffers that nobody uses at the moment.
#[derive(Clone, Default)]
pub(super) struct WorkingMemory(Arc<Mutex<Vec<Vec<Block>>>>);

impl WorkingMemory {
    /// Lends a buffer of so many blocks.
    pub(super) fn lend<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        if buffer.len() < blocks {
            buffer.resize(blocks, Block::default());
        }
        let outcome = work(&mut buffer[..blocks]);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        outcome
    }
}
