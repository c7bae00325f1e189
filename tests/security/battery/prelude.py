"""What stands before every attack: modules, and helpers that it may use."""

from __future__ import annotations

PRELUDE = """
import ctypes, fcntl, glob, mmap, os, platform, resource, shutil, signal, socket, struct, subprocess, time

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
NUMBERS = {
    'mq_open': (240, 180), 'mq_unlink': (241, 181), 'mq_timedsend': (242, 182),
    'mq_timedreceive': (243, 183), 'add_key': (248, 217), 'keyctl': (250, 219),
    'open_by_handle_at': (304, 265),
    'process_vm_readv': (310, 270), 'process_vm_writev': (311, 271), 'renameat2': (316, 276),
    'pidfd_getfd': (438, 438),
}


def won():
    print(WORD[::-1])


def tell(path):
    with open(path, 'rb') as file:
        say(file.read(9999))


def say(data):
    print(data.decode(errors='replace'))


def harm(path):
    with open(path, 'r+b') as file:
        file.write(b'harmed')


def must(result):
    if result is None or result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def kernel(name, *arguments):
    number = NUMBERS[name][platform.machine() == 'aarch64']
    return must(libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


def ask(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as s:
        s.settimeout(2)
        s.connect(address)
        if kind == socket.SOCK_DGRAM:
            s.send(b'?')
        say(s.recv(99))


class Vector(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]


"""
