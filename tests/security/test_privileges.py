"""Attacks on the machine itself: nothing a sandbox runs has more rights than nobody.

They are not shown to work without protection, since there they would change this machine.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Command, Mount, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has this to lose")

OPENS_FOR_WRITING = """
import os
for place in ('/x', '/usr/x', '/usr/bin/x', '/etc/x', '/etc/passwd', '/opt/x', '/opt/bin/x', '/opt/python/x',
              '/dev/x', '/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger',
              '/sys/x', '/root/x', '/var/x'):
    try:
        os.close(os.open(place, os.O_WRONLY | (os.O_CREAT if place.endswith('/x') else 0)))
        print('writable', place)
    except OSError:
        pass
"""
TAKES_PRIVILEGES = """
import ctypes, os, socket, stat
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, act):
    try:
        act()
        print('did', name)
    except OSError:
        pass
def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)
tried('become root', lambda: os.setuid(0))
tried('become another user', lambda: os.setuid(1234))
tried('join a group', lambda: os.setgroups([0]))
tried('make a device', lambda: os.mknod('disk', stat.S_IFBLK | 0o666, os.makedev(8, 0)))
tried('mount', lambda: call('mount', b'none', b'/tmp', b'tmpfs', 0, None))
tried('make the root writable', lambda: call('mount', b'none', b'/', None, 32 | 4096, None))
tried('unmount', lambda: call('umount2', b'/workspace', 2))
tried('change the root', lambda: os.chroot('/tmp'))
tried('name the host', lambda: socket.sethostname('other'))
tried('set the clock', lambda: __import__('time').clock_settime(0, 0.0))
tried('raise its priority', lambda: os.nice(-5))
tried('open a raw socket', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
tried('give away a file', lambda: (open('own', 'w').close(), os.chown('own', 0, 0)))
"""
TOUCHES_THE_FIRST_PROCESS = """
import ctypes, os
for name in ('environ', 'fd', 'root', 'mem'):
    try:
        os.listdir(f'/proc/1/{name}') if name in ('fd', 'root') else open(f'/proc/1/{name}').read(1)
        print('read', name)
    except OSError:
        pass
if ctypes.CDLL(None).ptrace(16, 1, None, None) == 0:
    print('traced')
"""
LOOKS_FOR_INPUT_AND_OUTPUT = """
import os
from pathlib import Path
own = {os.readlink(f'/proc/self/fd/{number}') for number in range(3)}
for place in Path('/proc').glob('[0-9]*/fd/*'):
    if str(os.getpid()) not in place.parts:
        try:
            print('shared', place) if os.readlink(place) in own else None
        except OSError:
            pass
print('looked')
"""
READS_STATUS = r"grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Uid|Gid|Groups):' /proc/self/status"


async def test_no_place_but_the_workspace_and_tmp_can_be_written(sandbox: Sandbox) -> None:
    result = await python(sandbox, OPENS_FOR_WRITING)
    assert (result.exit_code, result.stdout) == (0, b"")


async def test_no_privilege_can_be_used_or_taken(sandbox: Sandbox) -> None:
    result = await python(sandbox, TAKES_PRIVILEGES)
    assert (result.exit_code, result.stdout) == (0, b"")


@as_root
async def test_the_first_process_is_out_of_reach(sandbox: Sandbox) -> None:
    """It began with the rights that it takes to become another user; in a user namespace it had none."""
    result = await python(sandbox, TOUCHES_THE_FIRST_PROCESS)
    assert (result.exit_code, result.stdout) == (0, b"")


async def test_nobody_else_inside_holds_the_input_or_an_output_of_a_command(sandbox: Sandbox) -> None:
    command = Command(argv=("python", "-c", LOOKS_FOR_INPUT_AND_OUTPUT), stdin=b"secret")
    assert (await sandbox.exec(command)).stdout == b"looked\n"


async def test_it_is_an_unprivileged_user_without_groups_or_capabilities(sandbox: Sandbox) -> None:
    lines = (await shell(sandbox, READS_STATUS)).stdout.decode().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    assert all(int(status[name][0], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert status["NoNewPrivs"] == ["1"]
    assert len(set(status["Uid"])) == len(set(status["Gid"])) == 1
    assert status["Uid"][0] not in {"0", str(os.getuid())} or os.getuid() == 1000


@as_root
async def test_two_live_sandboxes_are_two_users_of_this_machine(
    provider: BubblewrapProvider, tmp_path: Path
) -> None:
    users = set()
    sandboxes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sandboxes.append(await provider.create(SandboxSpec(workspace=tmp_path / name)))
        await shell(sandboxes[-1], "touch file")
        users.add((tmp_path / name / "file").stat().st_uid)
    for sandbox in sandboxes:
        await sandbox.close()
    assert len(users) == 2
    assert 0 not in users


@as_root
async def test_a_program_that_makes_its_user_root_does_not(
    provider: BubblewrapProvider, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "shown").mkdir()
    shutil.copy("/usr/bin/id", tmp_path / "shown" / "id")
    (tmp_path / "shown" / "id").chmod(0o4755)
    spec = SandboxSpec(workspace=workspace, mounts=(Mount(source=tmp_path / "shown", target="/shown"),))
    sandbox = await provider.create(spec)
    result = await shell(sandbox, "/shown/id -u")
    await sandbox.close()
    assert result.exit_code == 0
    assert int(result.stdout) != 0


async def test_a_library_from_the_workspace_never_runs_with_privileges(
    sandbox: Sandbox, workspace: Path
) -> None:
    """The programs that drop the privileges must not load what a variable of the command names."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to make the library with")
    source = """
        #include <fcntl.h>
        #include <stdio.h>
        #include <unistd.h>
        __attribute__((constructor)) static void loaded(void) {
            int file = open("/workspace/users", O_WRONLY | O_CREAT | O_APPEND, 0666);
            dprintf(file, "%d\\n", getuid());
        }
    """
    await sandbox.write("evil.c", source.encode())
    assert (await shell(sandbox, "gcc -shared -fPIC -o evil.so evil.c")).exit_code == 0
    env = {"LD_PRELOAD": "/workspace/evil.so", "PATH": "/workspace:/usr/bin:/bin"}
    await sandbox.exec(Command(argv=("sh", "-c", "true"), env=env))
    users = set((await sandbox.read("users")).split())
    assert users == {(await shell(sandbox, "id -u")).stdout.strip()}


async def test_only_the_first_three_descriptors_are_there(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with (tmp_path / "secret").open() as file:
        os.set_inheritable(file.fileno(), True)
        result = await python(sandbox, "import os; print(sorted(map(int, os.listdir('/proc/self/fd')))[:-1])")
    assert result.stdout == b"[0, 1, 2]\n"


async def test_nothing_of_the_callers_environment_or_host_is_there(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHON_TEST_SECRET", "canary")
    result = await shell(sandbox, "env; hostname; cat /proc/1/environ 2>/dev/null")
    groups = await shell(sandbox, "cut -d: -f3 /proc/self/cgroup")
    assert set(groups.stdout.split()) == {b"/"}
    assert b"canary" not in result.stdout
    assert os.uname().nodename.encode() not in result.stdout.split()
    names = {line.partition(b"=")[0] for line in result.stdout.splitlines() if b"=" in line}
    allowed = {"HOME", "LANG", "PATH", "PWD", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "TZ", "USER"}
    proxy = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
    assert {name.decode() for name in names} <= allowed | proxy | {"SHLVL", "_"}


async def test_killing_everything_kills_only_what_is_inside(sandbox: Sandbox) -> None:
    result = await shell(sandbox, "sleep 1000 & kill -9 -1; wait")
    assert not result.timed_out
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_limits_cannot_be_raised(sandbox: Sandbox) -> None:
    program = (
        "import resource as r\n"
        "for each in (r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CORE):\n"
        "    soft, hard = r.getrlimit(each)\n"
        "    assert soft == hard != r.RLIM_INFINITY\n"
        "    try: r.setrlimit(each, (hard + 1, hard + 1))\n"
        "    except ValueError: print('kept')\n"
    )
    assert (await python(sandbox, program)).stdout == b"kept\n" * 3
