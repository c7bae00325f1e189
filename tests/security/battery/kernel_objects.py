"""Canaries that live in the kernel: shared memory, semaphores, queues and keys."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmat.restype = ctypes.c_void_p
_CREATE, _REMOVE, _FOR_ALL = 0o1000, 0, 0o666
_GET_VALUE, _SET_VALUE = 12, 16
_NUMBERS = {"mq_open": (240, 180), "mq_timedsend": (242, 182), "mq_unlink": (241, 181)} | {
    "add_key": (248, 217),
    "keyctl": (250, 219),
}
_JOIN, _SET_PERMISSIONS, _LINK, _UNLINK = 1, 5, 8, 9
_ALL_FOR_HOLDER_AND_USER = 0x3F3F0000
_SESSION, _USER = -3, -4


def _kernel(name: str, *arguments: object) -> int:
    number = _NUMBERS[name][platform.machine() == "aarch64"]
    words = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    return _checked(_libc.syscall(number, *words))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@dataclass(frozen=True)
class SystemV:
    """A segment of shared memory, a semaphore at 1 and a queue with one message, all under one key."""

    key: int
    address: int
    semaphore: int
    messages: int

    @property
    def known(self) -> dict[str, object]:
        return {"IPC_KEY": self.key}

    def state(self) -> object:
        return ctypes.string_at(self.address), _libc.semctl(self.semaphore, 0, _GET_VALUE, 0)


@contextmanager
def system_v(token: str) -> Iterator[SystemV]:
    key = int.from_bytes(secrets.token_bytes(3), "big") + 1
    with ExitStack() as undo:
        memory = _checked(_libc.shmget(key, 4096, _CREATE | _FOR_ALL))
        undo.callback(_libc.shmctl, memory, _REMOVE, None)
        address = _libc.shmat(memory, None, 0)
        undo.callback(_libc.shmdt, ctypes.c_void_p(address))
        ctypes.memmove(address, token.encode() + b"\0", len(token) + 1)
        semaphore = _checked(_libc.semget(key, 1, _CREATE | _FOR_ALL))
        undo.callback(_libc.semctl, semaphore, 0, _REMOVE, 0)
        _checked(_libc.semctl(semaphore, 0, _SET_VALUE, 1))
        messages = _checked(_libc.msgget(key, _CREATE | _FOR_ALL))
        undo.callback(_libc.msgctl, messages, _REMOVE, None)
        text = (1).to_bytes(ctypes.sizeof(ctypes.c_long), "little") + token.encode()
        _checked(_libc.msgsnd(messages, text, len(token), 0))
        yield SystemV(key, address, semaphore, messages)


@contextmanager
def queue(token: str) -> Iterator[str]:
    """A POSIX message queue with one message; yields its name without the slash."""
    name = f"archon-canary-{token[:8]}"
    flags = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK
    one_small_message = (ctypes.c_long * 8)(0, 1, 64)
    with ExitStack() as undo:
        descriptor = _kernel("mq_open", name.encode(), flags, 0o666, ctypes.byref(one_small_message))
        undo.callback(_unlinked, name)
        undo.callback(os.close, descriptor)
        _kernel("mq_timedsend", descriptor, token.encode(), len(token), 0, None)
        yield name


def _unlinked(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # an attack has removed it
        _kernel("mq_unlink", name.encode())


def session_keyring() -> bool:
    """Give this process a fresh session keyring, as a login does; False where there are no keyrings."""
    try:
        _kernel("keyctl", _JOIN, None)
    except OSError:
        return False
    return True


@contextmanager
def keys(token: str) -> Iterator[dict[str, object]]:
    """A key in a session keyring of this process, and one in the keyring of its user; yields their names.

    The names are empty where the kernel or a container keeps keyrings away.
    """
    names = {"KEY": f"archon-session-{token[:8]}", "KEY_OF_USER": f"archon-user-{token[:8]}"}
    if not session_keyring():
        yield dict.fromkeys(names, "")
        return
    made = [
        _kernel("add_key", b"user", name.encode(), token.encode(), len(token), _SESSION)
        for name in names.values()
    ]
    for_user = made[1]
    _kernel("keyctl", _SET_PERMISSIONS, for_user, _ALL_FOR_HOLDER_AND_USER)
    _kernel("keyctl", _LINK, for_user, _USER)
    _kernel("keyctl", _UNLINK, for_user, _SESSION)
    try:
        yield dict(names)
    finally:
        _kernel("keyctl", _UNLINK, made[0], _SESSION)
        _kernel("keyctl", _UNLINK, for_user, _USER)
