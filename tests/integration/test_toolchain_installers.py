"""The real installers, with packages that the test made and registries that do not answer."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.toolchain import Python, discovered
from archon.adapters.sandbox.toolchains import building
from archon.adapters.sandbox.toolchains.node_web import NodeWeb
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.python_web import PythonWeb
from archon.domain.errors import ConfigurationError
from archon.domain.execution import Command, SandboxSpec
from tests.builders.recipes import make_wheel

UV = Path(__file__).parents[2] / ".cache" / "uv-venv" / "bin"
NOBODY = "http://127.0.0.1:9"
"""An address that refuses: port 9 is for discarding, and nobody serves it."""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, wheels: Path) -> str:
    """Only the wheels of the test are to be had, by the installer that is asked for."""
    if request.param == "uv":
        assert (UV / "uv").exists(), "make setup puts uv there"
        monkeypatch.setenv("PATH", f"{UV}:{os.environ['PATH']}")
    else:
        monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_CACHE", "1")
    return str(request.param)


def build(
    requirements: str, folder: Path, said: list[str] | None = None, python: Python | None = None
) -> Path:
    heard: list[str] = [] if said is None else said
    recipe = PythonWeb(python or discovered(None), requirements=requirements)
    return building.build(recipe, folder / "toolchains", heard.append)


def without_packages(folder: Path, *options: str) -> Python:
    """A Python that sees none of its packages, pip included."""
    real = discovered(None).executable
    (folder / "python" / "bin").mkdir(parents=True)
    executable = folder / "python" / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    executable.write_text(f'#!/bin/sh\nexec {real} -S {shlex.join(options)} "$@"\n')
    executable.chmod(0o755)
    return discovered(folder / "python")


def test_a_locked_package_becomes_an_environment(installer: str, wheels: Path, tmp_path: Path) -> None:
    said: list[str] = []
    built = build(make_wheel(wheels), tmp_path, said)
    (library,) = built.glob("lib/python3.*/site-packages")
    assert (built / "bin" / "greet").read_text().splitlines() == [
        "#!/opt/toolchains/python-web/bin/python",
        "import sys",
        "from greeter import greet",
        'if __name__ == "__main__":',
        "    sys.exit(greet())",
    ]
    assert sorted(each.name for each in library.iterdir()) == ["greeter", "greeter-1.0.dist-info"]
    assert any((library / "greeter" / "__pycache__").iterdir())
    assert str(tmp_path) not in (built / "pyvenv.cfg").read_text()
    assert said[0] == f"python-web: installing its packages with {installer}"


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_a_python_without_pip_gets_an_environment_that_has_it(
    installer: str, wheels: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    built = build(make_wheel(wheels), tmp_path, said, without_packages(tmp_path))
    assert said[0] == "python-web: making an environment with pip"
    assert (built / "bin" / "greet").exists()
    assert [each.name for each in (built / "lib").glob("*/*")] == ["site-packages"]


@pytest.mark.parametrize("installer", ["pip"], indirect=True)
def test_without_anything_that_installs_the_cure_is_told(
    installer: str, wheels: Path, tmp_path: Path
) -> None:
    python = without_packages(tmp_path, "-c", "raise SystemExit(1)")
    with pytest.raises(ConfigurationError, match="apt install python3-pip python3-venv"):
        build(make_wheel(wheels), tmp_path, python=python)


def test_a_package_with_another_hash_is_refused(installer: str, wheels: Path, tmp_path: Path) -> None:
    locked = make_wheel(wheels)
    make_wheel(wheels, says="something else")
    with pytest.raises(ConfigurationError, match="not the one that was locked"):
        build(locked, tmp_path)
    assert not list((tmp_path / "toolchains").glob("*python-web-*"))


def test_a_package_that_would_have_to_be_built_is_refused(
    installer: str, wheels: Path, tmp_path: Path
) -> None:
    locked = make_wheel(wheels)
    next(wheels.iterdir()).rename(wheels / "greeter-1.0.tar.gz")
    with pytest.raises(ConfigurationError, match="not to be had"):
        build(locked, tmp_path)


@pytest.mark.parametrize("installer", ["uv"], indirect=True)
@pytest.mark.parametrize("prefix", [None, Path("/usr")], ids=["the Python in use", "the system's"])
async def test_what_is_installed_runs_in_a_sandbox(
    installer: str, prefix: Path | None, wheels: Path, tmp_path: Path, workspace: Path
) -> None:
    if prefix and shutil.which("python3", path=str(prefix / "bin")) is None:
        pytest.skip("there is no Python in /usr on this machine")
    recipe = PythonWeb(discovered(prefix), requirements=make_wheel(wheels))
    toolchains = Toolchains(tmp_path / "toolchains", recipes=[recipe])
    toolchains.prepare("python-web", print)
    provider = BubblewrapProvider(
        scratch=tmp_path / "scratch", folders=LocalFolders(), python=prefix, toolchains=toolchains
    )
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    program = "import greeter, sys; greeter.greet(); print(sys.prefix, sys.base_prefix)"
    by_name = await sandbox.exec(Command(argv=("greet",)))
    by_import = await sandbox.exec(Command(argv=("python", "-I", "-c", program)))
    await sandbox.close()
    assert (by_name.stdout, by_name.stderr) == (b"hello\n", b"")
    base = "/usr" if discovered(prefix).is_of_the_system else "/opt/python"
    assert by_import.stdout.decode() == f"hello\n/opt/toolchains/python-web {base}\n"


@pytest.mark.parametrize("path", [str(UV), "/nowhere"], ids=["uv", "pip"])
def test_a_registry_that_cannot_be_reached_is_told(
    path: str, monkeypatch: pytest.MonkeyPatch, wheels: Path, tmp_path: Path
) -> None:
    for name, text in {
        "PATH": path,
        "PIP_INDEX_URL": NOBODY,
        "PIP_RETRIES": "1",
        "PIP_FIND_LINKS": str(wheels),
        "UV_INDEX_URL": NOBODY,
        "UV_HTTP_RETRIES": "0",
        "UV_NO_CACHE": "1",
    }.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ConfigurationError, match=r"cannot be reached.*PIP_INDEX_URL"):
        build("greeter==1.0 --hash=sha256:" + "0" * 64, tmp_path)
    assert not list((tmp_path / "toolchains").glob("*python-web-*"))


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm on this machine")
def test_a_registry_of_npm_that_cannot_be_reached_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("npm_config_registry", NOBODY)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(ConfigurationError, match=r"cannot be reached.*npm_config_registry"):
        building.build(NodeWeb(discovered(None)), tmp_path / "toolchains", lambda line: None)
    assert not list((tmp_path / "toolchains").glob("*node-web-*"))
