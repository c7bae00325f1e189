"""Toolchains are built once, whole or not at all, and stay while somebody uses them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archon.adapters.sandbox.layout import ENVIRONMENT, environment
from archon.adapters.sandbox.toolchain import Python
from archon.adapters.sandbox.toolchains import building, host, node_web, versions
from archon.adapters.sandbox.toolchains.failures import failed
from archon.adapters.sandbox.toolchains.node_web import NodeWeb
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.python_web import PythonWeb, release
from archon.adapters.sandbox.toolchains.values import Run
from archon.domain.errors import ConfigurationError, InvalidInput
from tests.builders.recipes import SmallRecipe


def silent(line: str) -> None:
    return


def fill(folder: Path, run: Run) -> None:
    (folder / "bin").mkdir(mode=0o700)
    (folder / "bin" / "program").touch(mode=0o700)
    (folder / "secretive").touch(mode=0o600)
    (folder / "open").touch()
    (folder / "open").chmod(0o666)
    (folder / "link").symlink_to("/etc/hostname")


def refuse(folder: Path, run: Run) -> None:
    raise AssertionError("it is there already")


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.endswith(".lock"))


def python(release: str = "3.11", prefix: str = "/somewhere") -> Python:
    return Python(Path(prefix), Path(prefix) / "bin" / f"python{release}")


def test_names_differ_by_all_that_is_built_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        PythonWeb(python()).version,
        PythonWeb(python("3.12")).version,
        PythonWeb(python(prefix="/usr")).version,
        PythonWeb(python(), requirements="another==1").version,
        NodeWeb(python()).version,
    ]
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "", "", "riscv64")))
    names.append(PythonWeb(python()).version)
    assert len(set(names)) == len(names)


def test_a_python_at_another_place_is_the_same_inside() -> None:
    assert PythonWeb(python(prefix="/home/one")).version == PythonWeb(python(prefix="/srv/two")).version


def test_the_release_of_a_python_without_a_number_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    plain = tmp_path / "bin" / "python"
    plain.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    plain.chmod(0o755)
    assert release(Python(tmp_path, plain)) == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_every_package_is_locked_by_hash_and_no_registry_is_named() -> None:
    for name in ("python-web.txt", "node.txt"):
        entries = [line for line in versions.lock(name).splitlines() if line[:1].isalnum()]
        assert entries and all("==" in entry and entry.endswith("\\") for entry in entries)
        assert "://" not in versions.lock(name)
    packages = versions.lock("node-web/package-lock.json")
    assert '"resolved"' not in packages
    assert packages.count('"integrity"') == packages.count('    "node_modules/')


def test_what_is_built_is_readable_for_all_and_writable_for_nobody_else(tmp_path: Path) -> None:
    built = building.build(SmallRecipe(fill), tmp_path / "t", silent)
    modes = {each.name: each.stat().st_mode & 0o7777 for each in (built, *built.rglob("[!l]*"))}
    assert modes == {"small-1": 0o755, "bin": 0o755, "program": 0o755, "secretive": 0o644, "open": 0o644}
    assert built.joinpath("link").is_symlink()


def test_a_built_one_is_taken_as_it_is(tmp_path: Path) -> None:
    built = building.build(SmallRecipe(fill), tmp_path, silent)
    assert building.build(SmallRecipe(refuse), tmp_path, silent) == built


@pytest.mark.parametrize("error", [ConfigurationError("no"), KeyboardInterrupt(), RuntimeError()])
def test_a_build_that_breaks_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def break_off(folder: Path, run: Run) -> None:
        fill(folder, run)
        raise error

    with pytest.raises(type(error)):
        building.build(SmallRecipe(break_off), tmp_path, silent)
    assert left(tmp_path) == []


def test_a_full_disk_is_told_with_its_cure_and_leaves_nothing(tmp_path: Path) -> None:
    def write_too_much(folder: Path, run: Run) -> None:
        fill(folder, run)
        Path("/dev/full").write_text("more")

    with pytest.raises(ConfigurationError, match=r"the disk is full.*ARCHON_DATA_DIR"):
        building.build(SmallRecipe(write_too_much), tmp_path, silent)
    assert left(tmp_path) == []


def test_a_disk_that_is_too_small_is_told_before_anything_is_built(tmp_path: Path) -> None:
    recipe = SmallRecipe(refuse)
    recipe.needed_mb = 1 << 40
    with pytest.raises(ConfigurationError, match=r"MB are free.*ARCHON_DATA_DIR"):
        building.build(recipe, tmp_path, silent)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="data directory"):
        building.build(SmallRecipe(fill), tmp_path / "file" / "t", silent)


def test_two_at_once_build_once_and_the_second_waits_with_a_message(tmp_path: Path) -> None:
    is_building, may_end, said = threading.Event(), threading.Event(), []

    def build_slowly(folder: Path, run: Run) -> None:
        is_building.set()
        assert may_end.wait(60)

    def hear(line: str) -> None:
        said.append(line)
        may_end.set()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(building.build, SmallRecipe(build_slowly), tmp_path, silent)
        assert is_building.wait(60)
        second = threads.submit(building.build, SmallRecipe(refuse), tmp_path, hear)
        assert second.result(60) == first.result(60)
    assert said == ["small: another process is at work on it; waiting"]


KILLED = """
import sys
from pathlib import Path
from archon.adapters.sandbox.toolchains import building
from tests.builders.recipes import SmallRecipe

def fill(folder, run):
    (folder / "half").touch()
    run(("sh", "-c", 'echo > "$0"; read line < "$1"', sys.argv[2], sys.argv[3]), doing="working")

building.build(SmallRecipe(fill), Path(sys.argv[1]), print)
"""


def test_what_a_killed_build_started_is_waited_for_and_what_it_left_is_swept(tmp_path: Path) -> None:
    started, end, folder = tmp_path / "started", tmp_path / "end", tmp_path / "toolchains"
    os.mkfifo(started)
    os.mkfifo(end)
    argv = [sys.executable, "-c", KILLED, str(folder), str(started), str(end)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as builder:
        started.read_bytes()
        builder.kill()
    assert any(name.startswith(".small-") for name in left(folder))

    def hear(line: str) -> None:
        end.write_text("now\n")

    assert building.build(SmallRecipe(fill), folder, hear).name == "small-1"
    assert left(folder) == ["small-1"]


def test_an_old_version_goes_when_nobody_uses_it_any_more(tmp_path: Path) -> None:
    old, new = SmallRecipe(fill), SmallRecipe(fill, version="small-2")
    building.build(old, tmp_path, silent)
    user = Toolchains(tmp_path, recipes=[old])
    assert [each.name for each in user.prepared()] == ["small"]
    building.build(new, tmp_path, silent)
    assert left(tmp_path) == ["small-1", "small-2"]
    assert building.remove(old, tmp_path, silent) == [tmp_path / "small-1"]
    user.close()
    building.build(new, tmp_path, silent)
    building.build(new, tmp_path, silent)
    assert left(tmp_path) == ["small-2"]
    assert building.remove(new, tmp_path, silent) == []
    assert left(tmp_path) == []


def test_what_is_for_another_python_or_machine_stays(tmp_path: Path) -> None:
    for version in ("small-3.11-1", "small-3.12-1", "small-3.11-system-1", "small-3.11-2"):
        building.build(SmallRecipe(fill, version=version), tmp_path, silent)
    assert left(tmp_path) == ["small-3.11-2", "small-3.11-system-1", "small-3.12-1"]
    assert building.remove(SmallRecipe(fill), tmp_path, silent) == []
    assert left(tmp_path) == []


def test_what_is_prepared_is_seen_as_it_comes_and_goes(tmp_path: Path) -> None:
    toolchains = Toolchains(tmp_path / "none" / "yet", recipes=[SmallRecipe(fill)])
    assert toolchains.prepared() == ()
    place = toolchains.prepare("small", silent)
    (shown,) = toolchains.prepared()
    assert shown.mounts[0].source == place
    assert toolchains.remove("small", silent) == [place], "this process shows it"
    place.rename(tmp_path / "by hand")
    assert toolchains.prepared() == ()
    toolchains.prepare("small", silent)
    assert len(toolchains.prepared()) == 1
    toolchains.close()


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There are python-web, node-web"):
        Toolchains(tmp_path).prepare("java-web", silent)


def test_its_programs_come_first_and_its_variables_are_set() -> None:
    small = SmallRecipe(fill).shown(Path("/somewhere"))
    variables = environment([small])
    assert variables["PATH"] == f"/opt/toolchains/small/bin:{ENVIRONMENT['PATH']}"
    assert variables["SMALL"] == "1"
    assert environment([]) == ENVIRONMENT


def test_node_web_is_shown_only_with_a_node(tmp_path: Path) -> None:
    recipe = NodeWeb(python(), nodes=(tmp_path / "node",))
    assert recipe.shown(tmp_path / "built") is None
    (tmp_path / "node").touch()
    of_the_machine = recipe.shown(tmp_path / "built")
    (tmp_path / "built" / "bin").mkdir(parents=True)
    (tmp_path / "built" / "bin" / "node").touch()
    of_its_own = recipe.shown(tmp_path / "built")
    assert of_the_machine is not None and of_the_machine.programs == ("/node_modules/.bin",)
    assert of_its_own is not None
    assert of_its_own.programs == ("/opt/toolchains/node-web/bin", "/node_modules/.bin")


@pytest.mark.parametrize(
    ("said", "is_enough"),
    [
        ("v18.20.4", False),
        ("v20.18.1", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_the_machines_node_is_used_when_it_is_new_enough(said: str, is_enough: bool) -> None:
    assert node_web.is_new_enough(said) is is_enough


def test_installers_get_what_leads_to_a_registry_and_no_key() -> None:
    caller = {
        "PATH": "/bin",
        "HOME": "/home/somebody",
        "https_proxy": "http://proxy.example:3128",
        "PIP_INDEX_URL": "https://packages.example/simple",
        "UV_INDEX_URL": "https://packages.example/simple",
        "npm_config_registry": "https://packages.example/npm",
        "SSL_CERT_FILE": "/etc/ssl/own.pem",
    }
    others = {
        "ANTHROPIC_API_KEY": "secret",
        "OPENAI_API_KEY": "secret",
        "API_KEY": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "LD_PRELOAD": "/tmp/x.so",
        "NODE_OPTIONS": "--require /tmp/x.js",
        "PYTHONPATH": "/tmp",
        "PIP_TARGET": "/elsewhere",
    }
    given = host.environment(caller | others)
    assert caller.items() <= given.items()
    assert set(others) & set(given) == set()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("error: Hash mismatch for `greeter==1.0`", "not the one that was locked"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("npm error code EINTEGRITY", "not the one that was locked"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("npm error code ENOSPC", "the disk is full"),
        ("  Caused by: invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate is not trusted"),
        ("error sending request for url (https://packages.example/simple/)", "cannot be reached"),
        ("Failed to establish a new connection: [Errno 111] Connection refused", "cannot be reached"),
        ("npm error code ENOTFOUND", "cannot be reached"),
        ("ERROR: No matching distribution found for greeter==1.0", "not to be had"),
        ("npm error code E404", "not to be had"),
        ("one\ntwo\nthree\nsomething new", "two / three / something new"),
        ("", "without a word"),
    ],
)
def test_each_failure_of_an_installer_has_a_cure(said: str, why: str) -> None:
    error = failed("small: installing", said)
    assert why in error.message
    assert error.hint
