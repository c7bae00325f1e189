"""A terminal of a given width, with a command at work in it."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path


class Terminal:
    """Its child is the leader of a session of its own, so that closing it hangs up as a real one does."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], columns: int = 80
    ) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._text = b""
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={"TERM": "dumb"} | dict(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    @property
    def lines(self) -> list[str]:
        return self._text.decode().replace("\r\n", "\n").splitlines()

    def read_until(self, words: str) -> None:
        while words not in self._text.decode("utf-8", "replace"):
            assert self._read(), f"it ended without saying {words!r}: {self._text.decode()}"

    def read_to_the_end(self) -> list[str]:
        while self._read():
            pass
        self.process.wait(timeout=30)
        return self.lines

    def close(self) -> None:
        """Hang up, as the window of a terminal does."""
        os.close(self._master)

    def _read(self) -> bytes:
        try:
            piece = os.read(self._master, 65_536)
        except OSError:  # what a terminal says whose programs have all ended
            piece = b""
        self._text += piece
        return piece
