"""Attacks that change what lies outside of the workspace."""

from __future__ import annotations

from tests.security.battery.attack import attack
from tests.security.battery.conditions import HANDLES, ROOT, TYPING

HARMING = (
    attack("write to a file", "harm(CANARY)"),
    attack("append by a path that leads up", "open(os.path.relpath(CANARY, HERE), 'a').write('harmed')"),
    attack("cut a file off", "os.truncate(CANARY, 1)"),
    attack("write through a link", "os.symlink(CANARY, 'link'); harm('link')"),
    attack("write through a link to a folder", "os.symlink(HOME, 'folder'); harm('folder/canary')"),
    attack("write through a hard link", "os.link(CANARY, 'hard'); harm('hard')"),
    attack(
        "write through a hard link to what a link names",
        "os.symlink(CANARY, 'link'); os.link('link', 'hard', follow_symlinks=True); harm('hard')",
    ),
    attack("write through the root of a process", "harm(f'/proc/{VICTIM}/root{CANARY}')"),
    attack("write through the root of oneself", "harm(f'/proc/self/root{CANARY}')"),
    attack("write through the working directory of a process", "harm(f'/proc/{VICTIM}/cwd/canary')"),
    attack("write to what a process holds open", "harm(f'/proc/{VICTIM}/fd/{FILE}')"),
    attack(
        "write by a file's handle",
        "raw = bytes.fromhex(HANDLE); here = os.open('.', os.O_RDONLY)\n"
        "os.write(kernel('open_by_handle_at', here, raw, os.O_WRONLY), b'harmed')",
        needs=HANDLES,
    ),
    attack("put another file in the place of one", "open('own', 'w').close(); os.rename('own', CANARY)"),
    attack(
        "exchange a file with another",
        "open('own', 'w').close(); kernel('renameat2', -100, b'own', -100, CANARY.encode(), 2)",
    ),
    attack("remove a file", "os.unlink(CANARY)"),
    attack("remove everything above the workspace", "shutil.rmtree(os.path.relpath(HOME, HERE))"),
    attack("open a file to everybody", "os.chmod(CANARY, 0o777)"),
    attack("set a file's times", "os.utime(CANARY, (0, 0))"),
    attack("set an attribute of a file", "os.setxattr(CANARY, 'user.x', b'harmed')"),
    attack("give a file away", "os.chown(CANARY, 65534, 65534)", needs=ROOT),
    attack("make a file in a home", "open(f'{HOME}/.bashrc', 'w').write('harmed')"),
    attack("make a link in a home", "os.symlink('/', f'{HOME}/.config/link')"),
    attack("make a fifo in a home", "os.mkfifo(f'{HOME}/fifo')"),
    attack("move the workspace away", "os.rename(HERE, HERE + '-moved')"),
    attack(
        "put a link in the place of the workspace",
        "up = os.path.dirname(HERE); os.rename(HERE, up + '/old'); os.symlink(HOME, HERE)",
    ),
    attack(
        "write into another project", "harm(os.path.relpath(os.path.dirname(HOME), HERE) + '/other/.env')"
    ),
    attack("write to a file in /tmp", "harm(TEMPORARY)"),
    attack("write to shared memory", "harm(SHARED)"),
    attack("remove shared memory", "os.unlink(SHARED)"),
    attack("write to a folder that is shown", "harm(SHOWN + '/file')"),
    attack(
        "open a folder that is shown and write to it", "os.chmod(SHOWN, 0o777); open(SHOWN + '/new', 'w')"
    ),
    attack(
        "write to a folder that is shown through a hard link",
        "os.link(SHOWN + '/file', 'hard'); harm('hard')",
    ),
    attack("move a folder that is shown away", "os.rename(SHOWN, SHOWN + '-moved')"),
    attack("write on a terminal", "open(TERMINAL, 'w').write('harmed')"),
    attack(
        "type into a terminal",
        "fcntl.ioctl(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY), 0x5412, b'x')",
        needs=TYPING,
    ),
)
