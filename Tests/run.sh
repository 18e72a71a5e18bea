#!/bin/bash
# Runs all tests that `swift build --build-tests` has built. Best called by `make test`.
#   usage: Tests/run.sh
#   env: SWIFT, the compiler
# Writes .build/test.log and .build/simulation.log; its last lines say what failed.
set -uo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}

failed=0
: > .build/test.log

# One after another: many start brokers, daemons and browsers, and two cores side by side would only make
# them wait for one another.
#   usage: run ARGUMENTS OF swift test...
run() { "$swift" test --skip-build --no-parallel "$@" 2>&1 | tee -a .build/test.log || failed=1; }

# The simulated floods look at no clock but their own, and keep one core busy; the rest mostly waits.
"$("$swift" build --show-bin-path)/kawamoriPackageTests.xctest" --testing-library swift-testing \
  --no-parallel --filter SimulationTests > .build/simulation.log 2>&1 &
simulation=$!
trap 'kill $simulation 2> /dev/null' EXIT
make --no-print-directory vm-kit || failed=1
run --skip VirtualMachineTests --skip SimulationTests
wait $simulation || failed=1
trap - EXIT
# What the kernel drops while somebody is held up is a matter of time: the machines run alone.
run --filter VirtualMachineTests
grep -aE '^simulated floods|: found by |Test run with' .build/simulation.log | cut -c 1-300
[ $failed = 0 ] || {
  echo "What failed:"
  grep -ahE 'recorded an issue|error:|↳ seed|Fatal' .build/test.log .build/simulation.log \
    | cut -c 1-600 | tail -n 40
  exit 1
}
