"""Runs programs of the host that fetch packages: with what leads to a registry, and with no other secret."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from archon.adapters.sandbox.toolchains.failures import failed
from archon.adapters.sandbox.toolchains.values import Say
from archon.domain.errors import ConfigurationError

_SIGN_OF_LIFE_S = 15.0
_LONGEST_S = 1800.0
_KEPT = re.compile(
    r"PATH|HOME|TMPDIR|NETRC|XDG_(CONFIG|CACHE|DATA)_HOME|XDG_CONFIG_DIRS"
    r"|(PIP|UV)_\w+|(?i:npm_config_)\S+|NPM_TOKEN|NODE_AUTH_TOKEN"
    r"|(?i:(https?|all|no)_proxy)"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS"
)
_WHERE = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "UV_TARGET", "UV_PREFIX"}
"""A person's wishes about where packages go, which are not meant for these."""


def environment(caller: Mapping[str, str]) -> dict[str, str]:
    """The part of the caller's environment that it takes to reach a registry."""
    kept = {name: text for name, text in caller.items() if _KEPT.fullmatch(name) and name not in _WHERE}
    return kept | {"LC_ALL": "C.UTF-8", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


class Host:
    """Runs programs in one folder; they hold `lock` as long as they live, even when this process dies."""

    def __init__(self, name: str, folder: Path, lock: int, say: Say) -> None:
        self._name = name
        self._folder = folder
        self._lock = lock
        self._say = say

    def __call__(self, argv: Sequence[str | Path], *, doing: str) -> None:
        """Run a program to its end, with signs of life for whoever waits. Raises: ConfigurationError."""
        self._say(f"{self._name}: {doing}")
        started = time.monotonic()
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=environment(os.environ),
            pass_fds=(self._lock,),
            start_new_session=True,
        )
        try:
            said = self._wait(child, started, doing)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        if child.returncode != 0:
            raise failed(f"{self._name}: {doing}", said.decode("utf-8", "replace"))

    def _wait(self, child: subprocess.Popen[bytes], started: float, doing: str) -> bytes:
        while time.monotonic() < started + _LONGEST_S:
            try:
                return child.communicate(timeout=_SIGN_OF_LIFE_S)[0]
            except subprocess.TimeoutExpired:
                self._say(f"{self._name}: {doing}, for {time.monotonic() - started:.0f} seconds now")
        raise ConfigurationError(
            f"{self._name}: {doing} takes more than {_LONGEST_S / 60:.0f} minutes.",
            hint="Look at the connection to the package registry, and try again.",
        )
