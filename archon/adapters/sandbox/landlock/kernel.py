"""Landlock and seccomp as the kernel has them. Used on the host, and inside by `guard.py`.

Source: Linux, include/uapi/linux/{landlock,seccomp,capability,prctl}.h; landlock(7).
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, of the same number on all machines."""
_RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
MAKE_CHARACTER_DEVICE, MAKE_SOCKET, MAKE_BLOCK_DEVICE = 1 << 6, 1 << 9, 1 << 11
EVERY_FILE_RIGHT = (1 << 16) - 1
EVERY_NETWORK_RIGHT = 0b11
"""To bind and to connect TCP."""
OWN_SOCKETS_AND_SIGNALS = 0b11
"""Scopes: neither abstract sockets of others nor signals to others."""
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""The rights that mean something for what is no folder."""

SET_PARENT_DEATH_SIGNAL, SET_SECCOMP, SET_NO_NEW_PRIVILEGES, CLEAR_AMBIENT = 1, 22, 38, 47
_FILTER = 2
"""SECCOMP_MODE_FILTER"""
_SET_FILTER = 1
"""SECCOMP_SET_MODE_FILTER"""
_LISTEN = 0b101000
"""SECCOMP_FILTER_FLAG_NEW_LISTENER, and to be disturbed by nothing but a deadly signal."""
_INSTRUCTION_BYTES = 8
_CAPABILITIES_VERSION = 0x20080522
_CLEAR_ALL_AMBIENT = 4

_library = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def called(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """What a function of the C library returns; numbers are passed as long. Raises: OSError."""
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = getattr(_library, name)(*words)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def control(option: int, *arguments: int) -> None:
    """prctl(2). Raises: OSError."""
    called("prctl", option, *(*arguments, 0, 0, 0, 0)[:4])


def ruleset(*, files: int, network: int, scopes: int) -> int:
    """A descriptor of new rules, by which what is named here is forbidden unless it is allowed.

    Raises: OSError, also where the kernel knows some of it not.
    """
    attributes = struct.pack("=QQQ", files, network, scopes)
    return called("syscall", CREATE_RULESET, attributes, len(attributes), 0)


def allow(rules: int, place: str, rights: int) -> None:
    """Allow `rights` for a file, or for all beneath a folder. Raises: OSError when it cannot be reached."""
    file = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        is_folder = stat.S_ISDIR(os.fstat(file).st_mode)
        beneath = struct.pack("=Qi", rights if is_folder else rights & OF_FILES, file)
        called("syscall", ADD_RULE, rules, _RULE_PATH_BENEATH, beneath, 0)
    finally:
        os.close(file)


def restrict(rules: int) -> None:
    """Keep this thread, and all that it starts, to the rules for ever. Raises: OSError."""
    called("syscall", RESTRICT_SELF, rules, 0)


def give_up_capabilities() -> None:
    control(CLEAR_AMBIENT, _CLEAR_ALL_AMBIENT)
    called("capset", struct.pack("=Ii", _CAPABILITIES_VERSION, 0), bytes(24))


def load(program: bytes) -> None:
    """Have a filter decide about every system call from now on. Raises: OSError."""
    pointer = ctypes.byref(_program(program))
    if _library.prctl(SET_SECCOMP, ctypes.c_long(_FILTER), pointer, ctypes.c_long(0), ctypes.c_long(0)):
        raise OSError(ctypes.get_errno(), "no filter of system calls can be set")


def load_answered(program: bytes, seccomp: int) -> int:
    """As `load`, with a descriptor of where the calls can be answered that the filter leaves to others."""
    number = ctypes.c_long(seccomp)
    pointer = ctypes.byref(_program(program))
    listener: int = _library.syscall(number, ctypes.c_long(_SET_FILTER), ctypes.c_long(_LISTEN), pointer)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "no filter of system calls can be set")
    return listener


def _program(program: bytes) -> _Program:
    return _Program(len(program) // _INSTRUCTION_BYTES, program)
