//! Prefixes, protection groups, paths and their liveness: many lock-free readers, one writer
