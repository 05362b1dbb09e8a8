//! Generates the bindings from the installed libdpdk and compiles the wrappers of its inline functions.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const OLDEST: &str = "22.11";

const FUNCTIONS: &[&str] = &[
    "rte_dev_remove",
    "rte_eal_alarm_set",
    "rte_eal_cleanup",
    "rte_eal_hotplug_add",
    "rte_eal_init",
    "rte_errno_name",
    "rte_eth_allmulticast_enable",
    "rte_eth_dev_adjust_nb_rx_tx_desc",
    "rte_eth_dev_configure",
    "rte_eth_dev_default_mac_addr_set",
    "rte_eth_dev_get_mtu",
    "rte_eth_dev_get_name_by_port",
    "rte_eth_dev_get_port_by_name",
    "rte_eth_dev_info_get",
    "rte_eth_dev_set_link_down",
    "rte_eth_dev_set_link_up",
    "rte_eth_dev_set_mtu",
    "rte_eth_dev_socket_id",
    "rte_eth_dev_start",
    "rte_eth_dev_stop",
    "rte_eth_find_next",
    "rte_eth_macaddr_get",
    "rte_eth_promiscuous_enable",
    "rte_eth_rx_burst",
    "rte_eth_rx_queue_setup",
    "rte_eth_stats_get",
    "rte_eth_tx_burst",
    "rte_eth_tx_queue_setup",
    "rte_lcore_id",
    "rte_log_cur_msg_loglevel",
    "rte_mempool_avail_count",
    "rte_mempool_in_use_count",
    "rte_openlog_stream",
    "rte_pktmbuf_alloc_bulk",
    "rte_pktmbuf_free",
    "rte_pktmbuf_free_bulk",
    "rte_pktmbuf_pool_create",
    "rte_strerror",
    "rte_thread_register",
    "rte_thread_unregister",
    "rte_version",
    "swerve_errno",
    "swerve_link_get_nowait",
    "swerve_log_stream",
    "swerve_rss_flows",
];

const CONSTANTS: &[&str] = &[
    "RTE_DEV_NAME_MAX_LEN",
    "RTE_LOG_.*",
    "RTE_MAX_ETHPORTS",
    "RTE_MBUF_DEFAULT_BUF_SIZE",
    "RTE_MEMPOOL_CACHE_MAX_SIZE",
    "RTE_PKTMBUF_HEADROOM",
    "SWERVE_.*",
];

/// Only pointers to these cross the border; their fields are read at the offsets of `wrapper.h`.
const OPAQUE: &[&str] =
    &["rte_mbuf", "rte_mempool", "rte_device", "_IO_FILE", "rte_eth_rxseg", "rte_eth_rx_seg_.*"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Err(reason) = build() {
        // One line on standard error is what cargo shows first; a panic would bury it.
        eprintln!("error: {reason}");
        std::process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let dpdk = pkg_config::Config::new().atleast_version(OLDEST).probe("libdpdk").map_err(missing)?;
    let flags = cflags()?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: build this with cargo")?);
    let inline = out.join("inline.c");
    bindings(&flags, &inline)?
        .write_to_file(out.join("bindings.rs"))
        .map_err(|e| format!("cannot write bindings.rs: {e}"))?;
    wrappers(&flags, &inline)?;
    println!("cargo:version={}", dpdk.version);
    Ok(())
}

fn missing(cause: pkg_config::Error) -> String {
    let found = match &cause {
        pkg_config::Error::ProbeFailure { .. } | pkg_config::Error::Failure { .. } => installed_version(),
        _ => None,
    };
    match found {
        Some(version) => format!(
            "libdpdk {version} is too old: swerve needs {OLDEST} or later (Debian 12: apt install libdpdk-dev)"
        ),
        None => format!(
            "libdpdk >= {OLDEST} was not found by pkg-config: install it (Debian: apt install libdpdk-dev libclang-dev pkg-config) \
             or point PKG_CONFIG_PATH at its libdpdk.pc"
        ),
    }
}

fn installed_version() -> Option<String> {
    let out = Command::new("pkg-config").args(["--modversion", "libdpdk"]).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// The compiler flags of libdpdk.pc as they stand: `-include rte_config.h` and `-march` are not among what the
/// pkg-config crate reports. `-march=corei7` is x86-64-v2, so the wrappers run where the Rust code runs.
fn cflags() -> Result<Vec<String>, String> {
    let out = Command::new("pkg-config")
        .args(["--cflags", "libdpdk"])
        .output()
        .map_err(|e| format!("pkg-config does not run: {e} (Debian: apt install pkg-config)"))?;
    let text = String::from_utf8(out.stdout).map_err(|e| format!("pkg-config --cflags libdpdk: {e}"))?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

fn bindings(flags: &[String], inline: &Path) -> Result<bindgen::Bindings, String> {
    let mut builder = bindgen::Builder::default()
        .header("src/wrapper.h")
        .clang_args(flags)
        // Rebuild when the distribution updates its headers.
        .parse_callbacks(Box::new(bindgen::CargoCallbacks::new()))
        .wrap_static_fns(true)
        .wrap_static_fns_path(inline)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_default(true)
        .generate_comments(false)
        .layout_tests(true);
    for name in FUNCTIONS {
        builder = builder.allowlist_function(name);
    }
    for name in CONSTANTS {
        builder = builder.allowlist_var(name);
    }
    for name in OPAQUE {
        builder = builder.opaque_type(name);
    }
    builder
        .allowlist_type("swerve_mbuf_offset")
        .allowlist_type("swerve_port_flag")
        .allowlist_type("rte_eth_rx_mq_mode")
        .generate()
        .map_err(|e| format!("bindgen could not read DPDK's headers (is libclang-dev installed?): {e}"))
}

fn wrappers(flags: &[String], inline: &Path) -> Result<(), String> {
    let mut c = cc::Build::new();
    c.file(inline).include(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).opt_level(3).warnings(false);
    for flag in flags {
        c.flag(flag);
    }
    c.try_compile("swerve_dpdk_inline").map_err(|e| format!("the wrappers of DPDK's inline functions: {e}"))
}
