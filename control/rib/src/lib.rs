//! Routes of every source, and the backups computed from them
