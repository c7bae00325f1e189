"""What a sandbox sees: an allow-list of folders, as arguments for bubblewrap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from archon.adapters.sandbox.toolchain import PREFIX, PROGRAMS, Python
from archon.adapters.sandbox.toolchains.values import Toolchain
from archon.domain.errors import InvalidInput
from archon.domain.execution import Mount, SandboxSpec

WORKSPACE = "/workspace"
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "chromium.d",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "magic",
    "mime.types",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
)
"""What programs expect in /etc and what tells nothing about the machine's owner."""
_HIDDEN_IN_PROC = (
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "sysrq-trigger",
    "timer_list",
)
"""What tells of the machine's memory, keys and other users, or acts on all of it."""
_TAKEN = {
    "bin",
    "dev",
    "etc",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "node_modules",
    "opt",
    "proc",
    "root",
    "sbin",
    "sys",
    "tmp",
} | {
    "usr",
    "workspace",
}
_SHARED_MEMORY_MB = 64
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - inside, where it is private
    "LANG": "C.UTF-8",
    "PATH": f"{PROGRAMS}:{PREFIX}/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "USER": "sandbox",
}


def environment(toolchains: Iterable[Toolchain]) -> dict[str, str]:
    """What every command finds in its environment."""
    variables = dict(ENVIRONMENT)
    for toolchain in toolchains:
        variables |= toolchain.environment
        variables["PATH"] = ":".join((*toolchain.programs, variables["PATH"]))
    return variables


def filesystem(
    spec: SandboxSpec,
    workspace: Path,
    python: Python,
    etc: Path,
    *,
    sized: bool,
    toolchains: Sequence[Toolchain] = (),
) -> list[str]:
    """Arguments that build the root around the resolved `workspace`.

    `etc` holds generated files; `sized` says whether this bubblewrap can limit a tmpfs.

    Raises: InvalidInput for a mount that would cover what every sandbox has.
    """
    return [
        *_alike(python, etc),
        *_bound(mount for toolchain in toolchains for mount in toolchain.mounts),
        *_bound(map(checked_mount, spec.mounts)),
        *("--ro-bind" if spec.read_only else "--bind", str(workspace), WORKSPACE),
        *_hidden(spec, workspace, etc),
        *("--proc", "/proc", "--dev", "/dev"),
        *_hidden_in_proc(),
        *_tmpfs("/dev/shm", _SHARED_MEMORY_MB, sized),  # noqa: S108
        *("--remount-ro", "/dev"),
        *_tmpfs("/tmp", spec.limits.disk_mb, sized),  # noqa: S108
        *("--dir", "/var", "--symlink", "/tmp", "/var/tmp"),  # noqa: S108
        *("--remount-ro", "/"),
    ]


def etc_files(user: int) -> dict[str, str]:
    """The files of /etc that name the user and the one host there is."""
    return {
        "passwd": f"root:x:0:0:root:/:/bin/sh\nsandbox:x:{user}:{user}:sandbox:/tmp:/bin/sh\n",
        "group": f"root:x:0:\nsandbox:x:{user}:\n",
        "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
        "empty": "",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


@cache
def _alike(python: Python, etc: Path) -> tuple[str, ...]:
    """What is the same in every sandbox of a process, made once: it takes 2 ms of CPU."""
    return (*_system(), *_etc(etc), *_toolchain(python))


def _hidden(spec: SandboxSpec, workspace: Path, etc: Path) -> Iterator[str]:
    """Where there is nothing to hide, the place is taken, so that nothing can be put there."""
    for name in spec.hidden:
        if not spec.read_only or (workspace / name).exists():
            yield from ("--ro-bind", str(etc / "empty"), f"{WORKSPACE}/{name}")


@cache
def _hidden_in_proc() -> tuple[str, ...]:
    there = [f"/proc/{name}" for name in _HIDDEN_IN_PROC if Path(f"/proc/{name}").exists()]
    return tuple(word for place in there for word in ("--ro-bind", "/dev/null", place))


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in SYSTEM:
        place = Path("/") / name
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))


def _etc(generated: Path) -> Iterator[str]:
    yield from _folders(Path(f"/etc/{name}").parent for name in ETC)
    for name in ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    for name in etc_files(0):
        yield from ("--ro-bind", str(generated / name), f"/etc/{name}")


def _toolchain(python: Python) -> Iterator[str]:
    yield from _folders([PROGRAMS])
    for name in ("python", "python3"):
        yield from ("--symlink", str(python.inner_executable), str(PROGRAMS / name))
    if not python.is_of_the_system:
        yield from ("--ro-bind", str(python.prefix), str(PREFIX))
        # Where it was installed, for libraries and scripts that remember the place.
        if python.prefix != PREFIX:
            yield from _folders([python.prefix.parent])
            yield from ("--symlink", str(PREFIX), str(python.prefix))


def checked_mount(mount: Mount) -> Mount:
    """The mount itself. Raises: InvalidInput when it would cover what every sandbox has."""
    target = PurePosixPath(mount.target)
    if not target.is_absolute() or ".." in target.parts or {*target.parts[1:2]} <= _TAKEN:
        raise InvalidInput(
            f"{mount.target!r} cannot be mounted there.", hint="Use a place of its own, such as /checks."
        )
    return mount


def _bound(mounts: Iterable[Mount]) -> Iterator[str]:
    for mount in mounts:
        target = PurePosixPath(mount.target)
        yield from _folders([Path(target).parent])
        yield from ("--ro-bind", str(mount.source.resolve()), str(target))


def _folders(places: Iterable[Path]) -> Iterator[str]:
    """Make folders with all above them, readable for everybody: bubblewrap's own are for their owner."""
    wanted = {above for place in places for above in (place, *place.parents) if above != Path("/")}
    for place in sorted(wanted):
        yield from ("--perms", "0755", "--dir", str(place))


def _tmpfs(place: str, size_mb: int, sized: bool) -> Iterator[str]:
    if sized:
        yield from ("--size", str(size_mb << 20))
    yield from ("--perms", "1777", "--tmpfs", place)
