# kawamori: two commands for a fresh machine (Debian 12 with git, make and a Swift 6.3 toolchain).
#
#   make demo    real floods through the whole gateway; prints the page's address
#   make test    every test, with real mosquitto, SQLite and chromium

SWIFT ?= swift
RUN_PACKAGES = mosquitto libmosquitto-dev libsqlite3-dev pkg-config libjs-dygraphs
TEST_PACKAGES = $(RUN_PACKAGES) chromium fonts-noto-cjk openssl gcc libc6-dev
FORMATTED = Package.swift Sources Tests

.PHONY: demo test lint format tsan screenshot toolchain run-packages test-packages

# Pass options on with ARGS, as in: make demo ARGS="--speed 600 --port 9000".
demo: toolchain run-packages
	$(SWIFT) build --product kawamori
	$$($(SWIFT) build --show-bin-path)/kawamori demo $(ARGS)

# One test after another: many start brokers, daemons and browsers, and two cores side by side would
# only make them wait for one another.
test: toolchain test-packages lint
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel

lint: toolchain
	$(SWIFT) format lint --strict --recursive $(FORMATTED)

format: toolchain
	$(SWIFT) format --in-place --recursive $(FORMATTED)

# The ring, the session and the pipeline under the thread sanitizer; a second build of everything.
tsan: toolchain test-packages
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.suppressions halt_on_error=1" \
	  $(SWIFT) test --sanitize=thread --scratch-path .build-tsan --no-parallel \
	  --filter 'SampleRingTests|MQTTSourceTests|PipelineRunnerTests|IntakeLaneTests'

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
run-packages test-packages:
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
