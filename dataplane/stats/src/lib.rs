//! The stats segment: counters in shared memory
