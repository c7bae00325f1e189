#!/usr/bin/env bash
# Renew the locks of the toolchains that sandboxes show: the newest versions that the files beside them allow,
# with the hashes that they are held to. Needs `make setup`, npm and the network. Then look at the difference,
# and run the tests in tests/integration/test_toolchains.py.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$PWD/.cache/uv-venv/bin/uv
cd archon/adapters/sandbox/toolchains/locks

for name in python-web node; do
  # One lock for every machine and every Python that Archon runs on, and no index named in it.
  "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --only-binary :all: \
    --generate-hashes --no-header --no-emit-index-url "$name.in" --output-file "$name.txt"
done

cd node-web
rm -f package-lock.json
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
