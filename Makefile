# `make help` lists the targets. All of them may be repeated; each installs what is missing first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

# rustup's directory comes first: Debian's own cargo is too old for this edition.
export PATH := $(HOME)/.cargo/bin:$(PATH)
TARGET := $(or $(CARGO_TARGET_DIR),target)
LOGS := $(TARGET)/test
RUST := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
MDBOOK_VERSION := 0.5.4
MDBOOK := $(TARGET)/tools/bin/mdbook

# `make run CPU=native` builds for this machine only; without it, for any x86-64-v2 (.cargo/config.toml).
ifdef CPU
export RUSTFLAGS := -C target-cpu=$(CPU)
endif

# libdpdk-dev pulls in every poll mode driver; dpdk-dev has dpdk-testpmd, which `make bench` runs for comparison.
PACKAGES := bird2 ca-certificates clang curl dpdk-dev ethtool frr gcc iproute2 iputils-ping libc6-dev libclang-dev libdpdk-dev \
	make nftables openvswitch-switch pkg-config procps python3-venv tcpdump traceroute util-linux
MISSING = $(shell for p in $(PACKAGES); do \
	[ "$$(dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null)" = installed ] || echo $$p; done)

.PHONY: help setup root run lab-bgp lab-igp bench-bgp lab-shell test test-workspace test-docs test-fuzz test-loom test-trex bench lint docs clean

help: ## list the targets
	@echo "swerve: what make can do"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
		printf '  %-10s %s\n' "$$name" "$$what"; done
	@echo "CPU=native builds for this machine only; ONLY=name limits bench and bench-bgp to one figure."

setup: ## install the Debian packages that are missing, and check the Rust toolchain
	@missing="$(strip $(MISSING))"; \
	if [ -n "$$missing" ]; then \
		echo "setup: installing $$missing"; \
		command -v apt-get >/dev/null || { echo "setup: no apt-get here; install the equivalents of these packages by hand"; exit 1; }; \
		[ "$$(id -u)" = 0 ] || { echo "setup: installing needs root: sudo make setup"; exit 1; }; \
		$(call without_services,$$missing); \
	fi
	@pkg-config --atleast-version=22.11 libdpdk || { \
		echo "setup: libdpdk >= 22.11 is needed, pkg-config finds $$(pkg-config --modversion libdpdk 2>/dev/null || echo none)"; exit 1; }
	@have=$$(rustc --version 2>/dev/null | cut -d' ' -f2 || true); \
	if ! cargo --version >/dev/null 2>&1 || [ "$$(printf '%s\n' $(RUST) "$$have" | sort -V | head -n1)" != $(RUST) ]; then \
		echo "setup: Rust $(RUST) or later is needed, found $${have:-none} (Debian's own is too old)."; \
		echo "       with rustup:    rustup toolchain install stable && rustup default stable"; \
		echo "       without rustup: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"; \
		exit 1; \
	fi; \
	echo "setup: complete (DPDK $$(pkg-config --modversion libdpdk), Rust $$have)"

# Debian starts a service on installation; the lab runs FRR's daemons itself, in namespaces, and the host's own network
# is not ours to change. policy-rc.d is Debian's way to say so; one that exists is left alone.
define without_services
fresh=0; dpkg-query -W -f '$${db:Status-Status}' frr 2>/dev/null | grep -qx installed || fresh=1; \
policy=/usr/sbin/policy-rc.d; \
if [ ! -e $$policy ]; then printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; trap "rm -f $$policy" EXIT; fi; \
export DEBIAN_FRONTEND=noninteractive; \
apt-get -q -o DPkg::Lock::Timeout=300 update; \
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $(1); \
if [ $$fresh = 1 ] && command -v systemctl >/dev/null; then systemctl disable --quiet frr.service 2>/dev/null || true; fi
endef

root:
	@[ "$$(id -u)" = 0 ] || { \
		echo "$(MAKECMDGOALS): needs root, for network namespaces and hugepages:"; \
		echo '       sudo env "PATH=$$PATH" "HOME=$$HOME" make $(MAKECMDGOALS)'; exit 1; }

run: root setup ## run the lab: cut, fail and drain a path under traffic, and print what it cost
	@echo "run: building swerve and the lab (release)"
	@$(build_lab)
	@$(TARGET)/release/swerve-lab run

lab-bgp: root setup ## the lab with FRR above swerve: BGP with two providers, and what can happen to them
	@echo "lab-bgp: building swerve and the lab (release)"
	@$(build_lab)
	@$(TARGET)/release/swerve-lab bgp

lab-igp: root setup ## the lab with an IGP: loop-free alternates in a triangle; PROTOCOL=isis for IS-IS in place of OSPF
	@echo "lab-igp: building swerve and the lab (release)"
	@$(build_lab)
	@$(TARGET)/release/swerve-lab igp $(if $(PROTOCOL),--protocol $(PROTOCOL))

bench-bgp: root setup ## measure a full table from two providers; ONLY=name for one figure
	@echo "bench-bgp: building swerve, the lab and the feeds (release)"
	@$(build_lab) -p swerve-feed
	@$(TARGET)/release/swerve-lab bench-bgp $(if $(ONLY),--only $(ONLY))

lab-shell: root setup ## start the lab and leave it up, with a shell in it
	@echo "lab-shell: building swerve and the lab (release)"
	@$(build_lab)
	@$(TARGET)/release/swerve-lab shell

build_lab = cargo build --locked --release -p swerve-switch -p swerve-control -p swervectl -p swerve-lab

# One profile for everything but loom: the end-to-end tests run the very binaries that the first step builds.
test: root setup ## run every test: unit, property, end to end, documentation, fuzz targets briefly, loom
	@rm -f $(LOGS)/*.log
	@$(MAKE) test-workspace test-docs test-fuzz test-loom test-trex || { echo "test: FAILED, see the last lines above"; exit 1; }
	@echo "test: the closing lines once more"
	@grep -hE '^ *Summary \[|^test result:|nothing found$$|^Ran [0-9]+ tests' $(LOGS)/*.log | grep -v ' 0 passed; 0 failed'
	@echo "test: everything passed"

$(LOGS):
	@mkdir -p $@

test-workspace: | $(LOGS)
	@echo "test-workspace: building tests, and the binaries that the end-to-end tests run"
	@cargo build --locked --workspace --bins --tests
	@echo "test-workspace: unit, property and end-to-end tests"
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --locked --workspace 2>&1 | tee $(LOGS)/1-workspace.log; \
	else \
		cargo test --locked --workspace --lib --bins --tests --no-fail-fast 2>&1 | tee $(LOGS)/1-workspace.log; \
	fi

test-docs: | $(LOGS)
	@echo "test-docs: the examples in the documentation comments"
	@cargo test --locked --workspace --doc 2>&1 | tee $(LOGS)/2-docs.log

# Every parser of outside bytes for a few seconds each; `cargo run --release -p swerve-fuzz -- TARGET --seconds N` for longer.
FUZZ_SECONDS := 5
test-fuzz: | $(LOGS)
	@echo "test-fuzz: every fuzz target for $(FUZZ_SECONDS) s"
	@cargo run --locked -p swerve-fuzz -- all --seconds $(FUZZ_SECONDS) 2>&1 | tee $(LOGS)/3-fuzz.log

# loom replaces the atomics, so it has its own target directory; it needs optimised code to get through its orders.
test-loom: | $(LOGS)
	@echo "test-loom: the publication of tables in every order of memory operations"
	@RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=$(TARGET)/loom \
		cargo test --locked --release -p swerve-fib --lib loom_ 2>&1 | tee $(LOGS)/4-loom.log
	@grep -qE '^test result: ok\. [1-9]' $(LOGS)/4-loom.log || { echo "test-loom: no loom test ran"; exit 1; }

# TRex's client library, in an environment of its own, and anew when the pinned versions change. It knows no Python after
# 3.11 (`imp` is gone).
TREX_PYTHON = $(firstword $(shell for p in python3.11 python3; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info[:2] > (3, 11))' 2>/dev/null && echo $$p; done))
$(TARGET)/trex/installed: bench/trex/requirements.txt
	@echo "test-trex: installing TRex's client library into $(TARGET)/trex"
	@rm -rf $(TARGET)/trex && $(TREX_PYTHON) -m venv $(TARGET)/trex
	@$(TARGET)/trex/bin/pip -q --disable-pip-version-check install -r $<
	@touch $@

test-trex: | $(LOGS)
	@if [ -z "$(TREX_PYTHON)" ]; then echo "test-trex: left out: TRex's client library needs Python 3.11 or older"; exit 0; fi; \
	$(MAKE) $(TARGET)/trex/installed; \
	echo "test-trex: TRex's client library loads every profile"; \
	$(TARGET)/trex/bin/python -B -m unittest discover -s bench/trex/tests 2>&1 | tee $(LOGS)/5-trex.log

bench: root setup ## measure forwarding and failover; ONLY=name for one benchmark
	@echo "bench: building swerve and the benchmarks (release)"
	@cargo build --locked --release -p swerve-switch -p swerve-control -p swervectl -p swerve-bench -p swerve-bench-p4
	@$(TARGET)/release/swerve-bench $(if $(ONLY),--only $(ONLY))

lint: setup ## check the format, clippy and the documentation comments
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || { \
		echo "lint: rustup component add rustfmt clippy"; exit 1; }
	@echo "lint: format"
	@cargo fmt --all --check
	@echo "lint: clippy, warnings are errors"
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@echo "lint: documentation comments, warnings are errors"
	@RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	@echo "lint: clean"

docs: setup ## build the book into docs/book, and check its links
	@$(MDBOOK) --version 2>/dev/null | grep -qx "mdbook v$(MDBOOK_VERSION)" || { \
		echo "docs: installing mdbook $(MDBOOK_VERSION) into $(TARGET)/tools"; \
		cargo install --quiet --locked mdbook --version $(MDBOOK_VERSION) --no-default-features --features search --root $(TARGET)/tools; }
	@echo "docs: building the book"
	@$(MDBOOK) build docs
	@cargo test --quiet --locked -p swerve-edges --test book
	@echo "docs: docs/book/index.html"

clean: ## delete everything that was built
	@echo "clean: deleting $(TARGET) and docs/book"
	@rm -rf $(TARGET) docs/book
