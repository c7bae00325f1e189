"""Attacks that read what they must not: files, memory, environments, command lines, keys."""

from __future__ import annotations

from tests.security.battery.attack import attack
from tests.security.battery.conditions import GIT, HANDLES, PS, TRACING

READ_PROC = """
for file in glob.glob('/proc/[0-9]*/' + {kind}):
    try: tell(file)
    except OSError: pass
"""
READING = (
    attack("a file by its path", "tell(CANARY)"),
    attack("a file by a path that leads up", "tell(os.path.relpath(CANARY, HERE))"),
    attack("a file through a link", "os.symlink(CANARY, 'link'); tell('link')"),
    attack("a file through a link to the folder above", "os.symlink('..', 'up'); tell('up/home/canary')"),
    attack("a file through a link in a folder that is shown", "tell(SHOWN + '/up')"),
    attack("a file that was renamed into the workspace", "os.rename(CANARY, 'mine'); tell('mine')"),
    attack("a file through the root of a process", READ_PROC.format(kind="'root' + CANARY")),
    attack("a file through the working directory of a process", READ_PROC.format(kind="'cwd/canary'")),
    attack("a file that a process holds open", "tell(f'/proc/{VICTIM}/fd/{FILE}')"),
    attack("a file in memory that a process holds open", "tell(f'/proc/{VICTIM}/fd/{MEMORY_FILE}')"),
    attack(
        "a file by its handle",
        "raw = bytes.fromhex(HANDLE); here = os.open('.', os.O_RDONLY)\n"
        "say(os.read(kernel('open_by_handle_at', here, raw, os.O_RDONLY), 99))",
        needs=HANDLES,
    ),
    attack("a file for a moment in /tmp", "tell(TEMPORARY)"),
    attack("shared memory", "tell(SHARED)"),
    attack("the names in a home", "won() if 'canary' in os.listdir(HOME) else None"),
    attack(
        "the names of files above the workspace",
        "for place in ('..', '../*', '../..', '../../*'):\n"
        "    if any('canary' in name for name in glob.glob(f'{HERE}/{place}/*')): won()",
    ),
    attack(
        "the variables of another project",
        "tell(os.path.relpath(os.path.dirname(HOME), HERE) + '/other/.env')",
    ),
    attack(
        "keys and passwords where a home has them",
        "for place in ('ssh/*', 'aws/*', 'config/*/*', 'azure/*', 'kube/*', 'docker/*', 'gnupg/*/*'):\n"
        "    for file in glob.glob(f'{HOME}/.{place}'): tell(file)",
    ),
    attack(
        "what programs remember of a person",
        "for name in ('netrc', 'git-credentials', 'npmrc', 'pypirc', 'bash_history', 'python_history'):\n"
        "    tell(f'{HOME}/.{name}')",
    ),
    attack("the passwords of a browser", "tell(glob.glob(f'{HOME}/.mozilla/firefox/*/logins.json')[0])"),
    attack(
        "a password, by asking git for it",
        "helper = f'credential.helper=store --file={HOME}/.git-credentials'\n"
        "ask = 'protocol=https\\nhost=example.org\\nusername=me\\n\\n'\n"
        "subprocess.run(['git', '-c', helper, 'credential', 'fill'], input=ask, text=True,\n"
        "               env={'GIT_TERMINAL_PROMPT': '0', 'HOME': HOME, 'PATH': os.environ['PATH']})",
        needs=GIT,
    ),
    attack("the environment of every process", READ_PROC.format(kind="'environ'")),
    attack("the command line of every process", READ_PROC.format(kind="'cmdline'")),
    attack(
        "the command line of every process, by ps",
        "subprocess.run(['ps', '-e', '-ww', '-o', 'args'])",
        needs=PS,
    ),
    attack(
        "the memory of a process",
        "memory = os.open(f'/proc/{VICTIM}/mem', os.O_RDONLY); say(os.pread(memory, 32, ADDRESS))",
        needs=TRACING,
    ),
    attack(
        "the memory of a process, by a call",
        "room = ctypes.create_string_buffer(32)\n"
        "mine, other = Vector(ctypes.addressof(room), 32), Vector(ADDRESS, 32)\n"
        "kernel('process_vm_readv', VICTIM, ctypes.byref(mine), 1, ctypes.byref(other), 1, 0)\n"
        "say(room.raw)",
        needs=TRACING,
    ),
    attack(
        "a descriptor taken from a process",
        "taken = kernel('pidfd_getfd', os.pidfd_open(VICTIM), FILE, 0); say(os.pread(taken, 99, 0))",
        needs=TRACING,
    ),
)
