#!/usr/bin/env bash
# Install Archon and its development tools into .venv. Needs git, make, python3 and curl; a second run
# with nothing changed takes a moment. `setup.sh python` only prints the interpreter it would take, and
# `setup.sh tests` installs what the tests need besides.
set -euo pipefail
cd "$(dirname "$0")/.."

STAMP=.venv/.installed
UV_VENV=.cache/uv-venv
UV_REQUIREMENT='uv>=0.9,<1'

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "setup: $*"
  exit 1
}

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "Archon needs Python 3.11 or newer, and this machine has $(python3 --version 2>&1 || true):" \
    "install python3.11 (or newer) from your system's packages and run 'make setup' again."
}

# Install Debian packages as root or through a sudo that asks nothing; fails where neither is to be had.
apt_install() {
  local run=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    run=(sudo -n)
  fi
  say "setup: installing $* with apt"
  "${run[@]}" apt-get update -qq >/dev/null 2>&1 || true # an old list of packages may still do
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

need_bubblewrap() {
  command -v bwrap >/dev/null && return
  apt_install bubblewrap ||
    say "setup: bubblewrap is missing, and without it Archon runs no code: sudo apt install bubblewrap"
}

# Only the tests of sandboxes in containers need it, and they say so when it is not there. Which of the
# two runtimes runs depends on the machine's control groups.
need_podman() {
  command -v podman >/dev/null && return
  apt_install podman crun runc uidmap ||
    say "setup: podman is missing, and tests that need it are left out: sudo apt install podman crun runc uidmap"
}

need_chromium() {
  command -v chromium >/dev/null && return
  apt_install chromium ||
    say "setup: chromium is missing, and the tests that look at pages fail: sudo apt install chromium"
}

need_venv_module() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return
  apt_install python3-venv "$(basename "$(readlink -f "$1")")-venv" ||
    fail "Python's venv module is missing: sudo apt install python3-venv, then run 'make setup' again."
}

need_uv() {
  [ -x "$UV_VENV/bin/uv" ] && return
  need_venv_module "$1"
  say "setup: installing uv into $UV_VENV"
  "$1" -m venv --clear "$UV_VENV"
  "$UV_VENV/bin/pip" install --quiet --disable-pip-version-check "$UV_REQUIREMENT"
}

if [ "${1:-}" = python ]; then # only say which interpreter would be used
  find_python
  exit
fi

# An extra of the program, which is tried only where it is installed: 200 MB, and seconds to import.
need_litellm() {
  compgen -G '.venv/lib/python*/site-packages/litellm' >/dev/null && return
  say "setup: installing LiteLLM, which some tests need"
  UV_PROJECT_ENVIRONMENT=.venv "$UV_VENV/bin/uv" sync --quiet --locked --extra litellm
}

if [ "${1:-}" = tests ]; then
  need_litellm
  need_podman
  need_chromium
  exit
fi

wanted() { cat uv.lock pyproject.toml | cksum; }

if [ -x .venv/bin/archon ] && [ "$(wanted)" = "$(cat "$STAMP" 2>/dev/null)" ]; then
  exit 0
fi
need_bubblewrap
python=$(find_python)
need_uv "$python"
say "setup: installing Archon into .venv"
UV_PROJECT_ENVIRONMENT=.venv "$UV_VENV/bin/uv" sync --quiet --locked --python "$python" --no-python-downloads
wanted >"$STAMP"
say "setup: done. Try 'make demo', or .venv/bin/archon --help"
