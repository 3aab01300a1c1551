#!/bin/sh
# Runs every test: units, tests/it and the examples in the documentation.
#
#   sh tests/run.sh                  all of them
#   sh tests/run.sh --test it tidy   what is passed on goes to `cargo test`
#
# UPDATE_GOLDENFILES=1 sh tests/run.sh   writes the answers in tests/scripts anew; read the difference
set -eu
cd "$(dirname "$0")/.."
. .ci/setup

exec cargo test --release "$@"
