# kawamori: two commands for a fresh machine (Debian 12 with git, make and a Swift 6.3 toolchain).
#
#   make demo    real floods through the whole gateway; prints the page's address
#   make test    every test, with real mosquitto, SQLite and chromium, and GPIO in virtual machines

SHELL = /bin/bash
SWIFT ?= swift
RUN_PACKAGES = mosquitto libmosquitto-dev libgpiod-dev libsqlite3-dev pkg-config libjs-dygraphs
BENCH_PACKAGES = libboost-dev
TEST_PACKAGES = $(RUN_PACKAGES) chromium fonts-noto-cjk openssl gcc libc6-dev python3
VM_PACKAGES = qemu-system-x86 busybox-static cpio mmdebstrap fakeroot uidmap e2fsprogs xz-utils zstd \
  binutils nbdkit
FORMATTED = Package.swift Sources Tests
SEEDS ?= 1000

.PHONY: demo test lint format tsan bench endurance soak screenshot oracle quality toolchain vm-kit
.PHONY: run-packages test-packages vm-packages bench-packages

# Pass options on with ARGS, as in: make demo ARGS="--speed 600 --port 9000".
demo: toolchain run-packages
	$(SWIFT) build --product kawamori
	$$($(SWIFT) build --show-bin-path)/kawamori demo $(ARGS)

test: toolchain test-packages lint
	$(SWIFT) build --build-tests
	@SWIFT="$(SWIFT)" Tests/run.sh

lint: toolchain
	$(SWIFT) format lint --strict --recursive $(FORMATTED)

format: toolchain
	$(SWIFT) format --in-place --recursive $(FORMATTED)

# Two virtual machines with simulated GPIO chips, Debian 12 and Debian 13, and kawamori built for both
# (see Tests/VirtualMachine/kit.sh): some minutes and 1.5 GB in .vm the first time.
# Where they cannot be had, their tests are skipped and say why; with KAWAMORI_VM=required that is an error.
vm-kit: toolchain run-packages
	@$(MAKE) --no-print-directory vm-packages || [ "$$KAWAMORI_VM" != required ]
	@SWIFT="$(SWIFT)" Tests/VirtualMachine/kit.sh

# The ring, the sessions and the pipeline under the thread sanitizer; a second build of everything.
tsan: toolchain test-packages
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.suppressions halt_on_error=1" \
	  $(SWIFT) test --sanitize=thread --scratch-path .build-tsan --no-parallel \
	  --filter 'SampleRingTests|MQTTSourceTests|GPIOSourceTests|PipelineRunnerTests|IntakeLaneTests'

# A thousand million samples through the ring's two threads take a minute or two; `make test` sends ten
# million:
#   KAWAMORI_RING_SAMPLES=1000000000 swift test -c release --filter SampleRingTests

# The ring against Boost's queue and the bare machine, in a quarter of a minute: one table, and
# .build/bench.json. Then the firmware codec and the quality checks, and in some forty minutes the whole
# ingest path against a C program: .build/bench-ingest.json. Best while the machine does nothing else,
# and as root, whose threads may go before all others. ROUNDS=501 measures the ring longer;
# ITEMS="latency ingest:3" measures so much of the ingest path, with so many rounds.
bench: toolchain run-packages bench-packages
	KAWAMORI_BENCH=1 $(SWIFT) build -c release --product kawamori-bench
	$$(KAWAMORI_BENCH=1 $(SWIFT) build -c release --show-bin-path)/kawamori-bench \
	  .build/bench.json $(ROUNDS)
	KAWAMORI_BENCH=1 $(SWIFT) build -c release --product kawamori-codec-bench
	$$(KAWAMORI_BENCH=1 $(SWIFT) build -c release --show-bin-path)/kawamori-codec-bench \
	  .build/bench-codec.json
	KAWAMORI_BENCH=1 $(SWIFT) build -c release --product kawamori-quality-bench
	$$(KAWAMORI_BENCH=1 $(SWIFT) build -c release --show-bin-path)/kawamori-quality-bench \
	  .build/bench-quality.json
	for product in kawamori kawamori-ingest-peer kawamori-ingest-bench; do \
	  KAWAMORI_BENCH=1 $(SWIFT) build -c release --product $$product || exit; done
	$$(KAWAMORI_BENCH=1 $(SWIFT) build -c release --show-bin-path)/kawamori-ingest-bench \
	  .build/bench-ingest.json $(ITEMS)

# Twenty-four months of a pole's life in minutes: size, memory, and what the disk is written, in
# .build/endurance.json.
endurance: toolchain run-packages
	KAWAMORI_BENCH=1 $(SWIFT) build -c release --product kawamori-endurance
	$$(KAWAMORI_BENCH=1 $(SWIFT) build -c release --show-bin-path)/kawamori-endurance \
	  .build/endurance.json $(MONTHS)

# Floods in which everything goes wrong, from other seeds than `make test` takes: SEEDS=1000 of them.
soak: toolchain test-packages
	KAWAMORI_SEEDS=$(SEEDS) $(SWIFT) test --no-parallel --filter SimulationTests

# Asks ioos_qc for the flags that the quality checks are compared with, and stores them anew; look at the
# difference before you commit it.
oracle:
	python3 -m venv .build/oracle-venv
	.build/oracle-venv/bin/pip install --quiet ioos-qc==3.0.0 gsw==3.6.20
	.build/oracle-venv/bin/python Tests/QualityControlTests/Oracle/expectations.py \
	  Tests/QualityControlTests/Oracle

# How much of real and of put-in faults the quality checks find, and that no flood is failed.
quality: toolchain
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel --filter 'RealFloods|RealFloodAlarms' | grep -a "quality:"

# Takes the picture of the README anew; `make test` leaves one of every page in .build/screenshots.
screenshot: toolchain test-packages
	$(SWIFT) test --no-parallel --filter picturesTheREADME
	cp .build/screenshots/readme.png deploy/screenshot.png

toolchain:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo "kawamori needs a Swift 6.3 toolchain and there is none on the PATH: install it from swift.org/install and add its usr/bin to the PATH." >&2; \
	  exit 69; }
	@version=$$($(SWIFT) --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p'); \
	case $$version in [0-5].*|6.[0-2]) \
	  echo "kawamori needs Swift 6.3 or newer and this is $$version: install it from swift.org/install." >&2; \
	  exit 69;; esac

run-packages: WANTED = $(RUN_PACKAGES)
test-packages: WANTED = $(TEST_PACKAGES)
vm-packages: WANTED = $(VM_PACKAGES)
bench-packages: WANTED = $(BENCH_PACKAGES)
run-packages test-packages vm-packages bench-packages:
	@missing=; for package in $(WANTED); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' \
	    || missing="$$missing $$package"; done; \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null || { \
	  echo "these Debian packages are missing and this is no Debian:$$missing" >&2; exit 69; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing$$missing"; \
	$$sudo apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing
