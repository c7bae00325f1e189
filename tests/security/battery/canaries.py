"""Files, a home and a terminal that attacks go for."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pty
import stat
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECRETS_OF_A_HOME = {
    ".ssh/id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\n{token}\n",
    ".aws/credentials": "[default]\naws_secret_access_key = {token}\n",
    ".config/gcloud/application_default_credentials.json": '{{"refresh_token": "{token}"}}',
    ".azure/msal_token_cache.json": '{{"secret": "{token}"}}',
    ".kube/config": "users: [{{user: {{token: {token}}}}}]\n",
    ".docker/config.json": '{{"auths": {{"example.org": {{"auth": "{token}"}}}}}}',
    ".netrc": "machine example.org login me password {token}\n",
    ".git-credentials": "https://me:{token}@example.org\n",
    ".npmrc": "//registry.example.org/:_authToken={token}\n",
    ".pypirc": "[pypi]\npassword = {token}\n",
    ".gnupg/private-keys-v1.d/key": "{token}",
    ".bash_history": "export API_KEY={token}\n",
    ".python_history": "key = '{token}'\n",
    ".local/share/keyrings/login.keyring": "{token}",
    ".mozilla/firefox/me.default/logins.json": '{{"encryptedPassword": "{token}"}}',
}


def make_home(root: Path, token: str) -> Path:
    """A home with secrets, beside it the project of somebody else and a folder to be shown read-only."""
    home = root / "home"
    texts = {f"home/{name}": text for name, text in SECRETS_OF_A_HOME.items()}
    texts |= {
        "home/canary": "{token}",
        "other/.env": "OPENAI_API_KEY={token}\n",
        "shown/file": "shown",
    }
    for name, text in texts.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(token=token))
    (root / "shown" / "up").symlink_to("../home/canary")
    return home


def files_of(root: Path, *, skip: str = "") -> dict[str, tuple[object, ...]]:
    """What can be said about every file below `root`, or about the file `root` itself."""
    found = {}
    for file in [root, *root.rglob("*")]:
        if not skip or (file != root and file.relative_to(root).parts[0] != skip):
            with contextlib.suppress(FileNotFoundError):
                found[str(file)] = _about(file)
    return found


def _about(file: Path) -> tuple[object, ...]:
    seen = file.lstat()
    is_file = stat.S_ISREG(seen.st_mode)
    content = file.read_bytes() if is_file else b""
    attributes = os.listxattr(file) if is_file else []
    return seen.st_mode, seen.st_uid, seen.st_nlink, seen.st_mtime_ns, content, attributes


def handle_of(file: Path) -> str:
    """The kernel's handle of a file, which opens it without any path, in hex; empty where there is none."""
    handle = ctypes.create_string_buffer(8 + 128)
    ctypes.memmove(handle, (128).to_bytes(4, "little"), 4)
    mount = ctypes.c_int()
    name_to_handle_at = ctypes.CDLL(None).name_to_handle_at
    if name_to_handle_at(-100, os.fsencode(file), handle, ctypes.byref(mount), 0) != 0:
        return ""
    return handle.raw[: 8 + int.from_bytes(handle.raw[:4], "little")].hex()


@dataclass
class Terminal:
    """Somebody's terminal, with the person's end and the program's end."""

    person: int
    program: int
    _seen: list[bytes] = field(default_factory=list)

    @property
    def name(self) -> str:
        return os.ttyname(self.program)

    def arrived(self) -> bytes:
        """All that was written to it or typed into it so far."""
        for end in (self.person, self.program):
            with contextlib.suppress(BlockingIOError):
                self._seen.append(os.read(end, 9999))
        return b"".join(self._seen)


@contextmanager
def terminal() -> Iterator[Terminal]:
    person, program = pty.openpty()
    tty.setraw(program)
    for end in (person, program):
        os.set_blocking(end, False)
    try:
        yield Terminal(person, program)
    finally:
        os.close(person)
        os.close(program)
