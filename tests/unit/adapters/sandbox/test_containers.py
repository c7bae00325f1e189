"""What is asked of container engines, and what is concluded from their answers."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.containers import finding
from archon.adapters.sandbox.containers.client import Client, environment
from archon.adapters.sandbox.containers.engine import Engine, has_selinux
from archon.adapters.sandbox.containers.image import packed
from archon.adapters.sandbox.containers.owners import Owner
from archon.adapters.sandbox.containers.provider import ContainerProvider
from archon.adapters.sandbox.containers.refusals import refusal
from archon.adapters.sandbox.containers.root import translated
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits

DOCKER = Client(path="docker", is_podman=False)
PODMAN = Client(path="podman", is_podman=True)
USER = (1234, 1234)
ENGINE = """#!/bin/sh
case " $* " in
  *" {subcommand} "*) {says} ;;
  *" --version "*) echo {version} ;;
  *" image "*) exit 1 ;;
esac
"""
NO_DAEMON = "Cannot connect to the Docker daemon at unix:///none.sock. Is the docker daemon running?"


def engine(client: Client, *, groups: str | None = "v2", is_rootless: bool = False) -> Engine:
    return Engine(client=client, image="image", groups=groups, is_rootless=is_rootless)


def arguments(of: Engine) -> set[str]:
    return {*of.confined(USER, SandboxLimits()), *of.alone(), *of.beside("other")}


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        (NO_DAEMON, "systemctl start docker"),
        ("permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
        ('time="t" level=error msg="no subuid ranges found for user \\"x\\""', "--add-subuids"),
        ("Error: OCI runtime error: crun: cgroups in hybrid mode not supported", "apt install runc"),
        ("Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted", "ulimit"),
        ("Error: localhost/archon-sandbox:1: image not known", "made anew"),
        ('invalid mount config for type "bind": bind source path does not exist: /x', "on this machine"),
        ("Error: write /var/lib/x: no space left on device", "Make room"),
        ("Error: unknown flag: --pidfile", "too old"),
        ("Error: cannot clone: Operation not permitted", "--privileged"),
        ("", "podman info"),
    ],
)
def test_each_refusal_of_an_engine_has_a_cure(said: str, cure: str) -> None:
    error = refusal("/usr/bin/podman", said.encode())
    assert cure in error.hint
    assert "podman cannot start a sandbox: " in error.message
    assert "level=error" not in error.message


def test_an_engine_that_hangs_is_said_to_hang() -> None:
    assert "does not answer" in refusal("docker", b"", timed_out=True).message


@pytest.mark.parametrize(
    ("version", "subcommand", "says", "cure"),
    [
        ("Docker version 28", "info", f"echo '{NO_DAEMON}' >&2; exit 1", "systemctl start docker"),
        ("Docker version 28", "info", """echo '["name=seccomp","name=rootless"]'""", "Use Podman"),
        ("Docker version 28", "info", """echo '["name=seccomp","name=userns"]'""", "Use Podman"),
        ("podman version 4", "info", "echo 'newuidmap: exec failed' >&2; exit 125", "apt install uidmap"),
        ("Docker version 17", "run", "echo 'docker: unknown flag: --cgroupns' >&2; exit 125", "too old"),
        ("Docker version 28", "import", "echo 'no space left on device' >&2; exit 1", "Make room"),
    ],
    ids=["no daemon", "rootless", "remapped", "no ids", "too old", "full"],
)
async def test_what_is_wrong_with_an_engine_is_told_with_its_cure(
    tmp_path: Path, version: str, subcommand: str, says: str, cure: str
) -> None:
    fake = tmp_path / "engine"
    fake.write_text(ENGINE.format(subcommand=subcommand, says=says, version=version))
    fake.chmod(0o755)
    provider = ContainerProvider(
        "docker", scratch=tmp_path / "scratch", folders=LocalFolders(), program=str(fake)
    )
    with pytest.raises(SandboxUnavailable) as caught:
        await provider.probe()
    assert cure in caught.value.hint


@pytest.mark.parametrize("name", ["podman", "docker"])
async def test_a_missing_engine_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    provider = ContainerProvider(name, scratch=tmp_path / "scratch", folders=LocalFolders())
    with pytest.raises(SandboxUnavailable, match=f"{name} is not installed. Install it"):
        await provider.probe()


@pytest.mark.parametrize(
    ("works", "sees", "groups", "cgroups"),
    [
        ("*", "memory.max: 268435456;pids.max: 16", "v2", ()),
        ("*", "memory/memory.limit_in_bytes: 268435456;pids/pids.max: 16", "v1", ()),
        ("*", "memory.max: max;pids.max: 16", None, ()),
        ("*--cgroups=disabled*", "", None, ("--cgroups=disabled",)),
    ],
)
async def test_the_first_way_that_works_is_taken_and_what_is_seen_believed(
    tmp_path: Path, works: str, sees: str, groups: str | None, cgroups: tuple[str, ...]
) -> None:
    fake = tmp_path / "podman"
    lines = sees.replace(";", "\n")
    fake.write_text(
        f'#!/bin/sh\ncase "$*" in\n {works}) echo "{lines}" ;;\n *) echo "no cgroup" >&2; exit 126 ;;\nesac\n'
    )
    fake.chmod(0o755)
    tried = await finding.tried(engine(replace(PODMAN, path=str(fake))), USER, [])
    assert (tried.groups, tried.cgroups) == (groups, cgroups)


async def test_where_no_way_works_the_reason_is_told_that_no_other_way_gets_around(tmp_path: Path) -> None:
    fake = tmp_path / "podman"
    fake.write_text(
        '#!/bin/sh\ncase "$*" in\n *--runtime*) echo "Error: no space left on device" >&2 ;;\n'
        ' *) echo "Error: crun: cgroups in hybrid mode not supported" >&2 ;;\nesac\nexit 126\n'
    )
    fake.chmod(0o755)
    with pytest.raises(SandboxUnavailable, match="no space left"):
        await finding.tried(engine(replace(PODMAN, path=str(fake))), USER, [])


async def test_a_warning_about_swap_is_heeded(tmp_path: Path) -> None:
    fake = tmp_path / "docker"
    fake.write_text("#!/bin/sh\necho 'WARNING: Your kernel does not support swap limit capabilities' >&2\n")
    fake.chmod(0o755)
    tried = await finding.tried(engine(replace(DOCKER, path=str(fake))), USER, [])
    assert not any("swap" in each for each in arguments(replace(tried, groups="v1")))
    assert any("swap" in each for each in arguments(engine(DOCKER)))


def test_docker_and_podman_are_asked_for_the_same_but_for_what_one_does_not_know() -> None:
    docker, podman = arguments(engine(DOCKER)), arguments(engine(PODMAN))
    assert docker - podman == set()
    assert podman - docker == {
        "--http-proxy=false",
        "--no-hosts",
        "--read-only-tmpfs=false",
        "--security-opt=mask=/sys",
    }
    assert {"--hostname=sandbox"} & set(engine(DOCKER).beside("other")) == set()


def test_podman_is_asked_to_hide_what_no_engine_mounts_over() -> None:
    hidden = ["/proc/kcore", "/proc/keys"]
    assert engine(PODMAN).without(hidden) == ["--security-opt=mask=/proc/kcore:/proc/keys"]
    assert engine(DOCKER).without(hidden) == engine(PODMAN).without([]) == []


def test_the_commands_of_an_ordinary_user_share_its_user_namespace() -> None:
    rootless = engine(PODMAN, is_rootless=True)
    assert "--userns=keep-id:uid=1000,gid=1000" in rootless.alone()
    assert "--userns=container:other" in rootless.beside("other")


def test_without_control_groups_single_processes_are_limited() -> None:
    limits = SandboxLimits(memory_mb=10, pids=7)
    asked = engine(PODMAN, groups=None).confined(USER, limits)
    assert {"--ulimit=data=10485760:10485760"} <= set(asked)
    assert not [each for each in asked if each.startswith(("--memory", "--pids"))]


@pytest.mark.parametrize("groups", ["v2", None])
def test_dockers_own_program_understands_what_it_is_asked(tmp_path: Path, groups: str | None) -> None:
    """It reads its arguments before it looks for its daemon, which here is nowhere."""
    program = shutil.which("docker")
    if program is None:
        pytest.skip("Docker's program is not installed")
    root = translated(["--ro-bind", "/usr", "/usr", "--size", "9", "--tmpfs", "/tmp", "--size", "9"])
    environ = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock", "HOME": str(tmp_path)}
    docker = engine(DOCKER, groups=groups)
    rest = [*docker.confined(USER, SandboxLimits()), *root.arguments, "--shm-size=9", "image", "true"]
    said = [
        subprocess.run(
            [program, "run", *more, *rest],
            capture_output=True,
            text=True,
            env=environ,
        ).stderr
        for more in (["--detach", *docker.alone()], ["--interactive", "--name=x", *docker.beside("other")])
    ]
    assert ["docker daemon" in each or "docker API" in each for each in said] == [True, True], said


def test_the_layout_of_a_bubblewrap_becomes_an_image_and_mounts(tmp_path: Path) -> None:
    layout = [
        *(
            "--ro-bind",
            "/usr",
            "/usr",
            "--symlink",
            "usr/bin",
            "/bin",
            "--perms",
            "0755",
            "--dir",
            "/opt/bin",
        ),
        *("--symlink", "/opt/python/bin/python3", "/opt/bin/python", "--proc", "/proc", "--remount-ro", "/"),
        *("--bind", 'a,"b', "/workspace", "--ro-bind-try", str(tmp_path / "none"), "/none"),
        *("--ro-bind", "/dev/null", "/proc/kcore"),
        *("--size", "5", "--tmpfs", "/tmp", "--size", "6", "--perms", "1777", "--tmpfs", "/dev/shm"),
    ]
    root = translated(layout)
    mounts = [root.arguments[at + 1] for at, word in enumerate(root.arguments) if word == "--mount"]
    assert [next(csv.reader(io.StringIO(mount))) for mount in mounts] == [
        ["type=bind", "source=/usr", "target=/usr", "readonly"],
        ["type=bind", 'source=a,"b', "target=/workspace"],
    ]
    assert root.arguments[-4:] == [
        *("--tmpfs", "/tmp:rw,exec,nosuid,nodev,size=5,mode=1777"),
        *("--shm-size", "6"),
    ]
    assert root.hidden == ["/proc/kcore"]
    with tarfile.open(fileobj=io.BytesIO(packed(root))) as tar:
        entries = {entry.name: (entry.isdir(), entry.linkname, entry.mode) for entry in tar}
    assert entries == {
        "opt": (True, "", 0o755),
        "opt/bin": (True, "", 0o755),
        "bin": (False, "usr/bin", 0o777),
        "opt/bin/python": (False, "/opt/python/bin/python3", 0o777),
    }
    assert packed(translated(layout)) == packed(root)


def test_a_layout_that_says_something_unknown_is_not_half_understood() -> None:
    with pytest.raises(KeyError):
        translated(["--overlay", "/x"])


def test_only_a_process_that_is_known_to_be_gone_is_dead() -> None:
    living = Owner.own()
    other = f"{os.getpid()}-1"
    assert not living.is_dead()
    assert replace(living, mark=other).is_dead()
    assert replace(living, boot="00000000").is_dead()
    assert not replace(living, names=1, mark=other).is_dead()


def test_engines_get_no_variables_that_they_would_hand_on() -> None:
    environ = {"HTTPS_PROXY": "http://user:secret@proxy", "KEY": "secret", "PATH": "/bin"}
    assert environment(environ | {"DOCKER_HOST": "unix:///x", "XDG_RUNTIME_DIR": "/run"}) == {
        "PATH": "/bin",
        "DOCKER_HOST": "unix:///x",
        "XDG_RUNTIME_DIR": "/run",
    }


def test_selinux_is_looked_for_and_the_mounts_kept_readable(tmp_path: Path) -> None:
    assert not has_selinux(tmp_path / "enforce")
    (tmp_path / "enforce").write_text("1")
    assert has_selinux(tmp_path / "enforce")
    confined = replace(engine(PODMAN), has_selinux=True).confined(USER, SandboxLimits())
    assert "--security-opt=label=disable" in confined
