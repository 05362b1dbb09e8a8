//! Loop-free alternates against packets that are walked hop by hop, and against what FRR 8.4.4 says.

mod captures;
mod files;
mod ospf6;
mod walks;
