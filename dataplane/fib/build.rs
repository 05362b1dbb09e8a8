//! Declares `cfg(loom)`, so that the compiler does not take it for a typing mistake.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(loom)");
    println!("cargo::rerun-if-changed=build.rs");
}
