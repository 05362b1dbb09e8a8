//! Lets DPDK's drivers find a symbol of ours in place of the C library's; see `dataplane/dpdk/src/fanout.rs`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol=setsockopt");
}
