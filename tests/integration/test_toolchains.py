"""Real toolchains, built from their locks: applications are built and tested without a network."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.toolchain import discovered
from archon.adapters.sandbox.toolchains.node_web import NodeWeb
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.cli.main import run
from archon.domain.errors import InvalidInput
from archon.domain.execution import Command, ExecResult, Mount, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import shell
from tests.builders.apps import BACKEND, FRONTEND, write_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CACHE = Path(__file__).parents[2] / ".cache" / "toolchains"


@pytest.fixture(scope="session")
def toolchains() -> Toolchains:
    """Built once for all runs of the tests in this checkout: half a minute, and the package registries."""
    toolchains = Toolchains(CACHE)
    for name in toolchains.names:
        toolchains.prepare(name, print)
    return toolchains


@pytest.fixture(scope="session")
def own_node() -> Toolchains:
    """As on a machine without a Node."""
    toolchains = Toolchains(CACHE / "own-node", recipes=[NodeWeb(discovered(None), nodes=())])
    toolchains.prepare("node-web", print)
    return toolchains


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def provider(tmp_path: Path, toolchains: Toolchains) -> BubblewrapProvider:
    return BubblewrapProvider(scratch=tmp_path / "s", folders=LocalFolders(), toolchains=toolchains)


@pytest.fixture
async def sandbox(provider: BubblewrapProvider, workspace: Path) -> AsyncIterator[Sandbox]:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()


def told(result: ExecResult) -> str:
    """All that a command printed, after it has ended well."""
    text = (result.stdout + result.stderr).decode()
    assert result.exit_code == 0, text
    return text


async def test_a_backend_is_migrated_tested_and_checked(sandbox: Sandbox) -> None:
    await write_app(sandbox, BACKEND)
    told(await shell(sandbox, "mkdir migrations/versions && alembic revision --autogenerate -m notes"))
    told(await shell(sandbox, "alembic upgrade head"))
    text = told(await shell(sandbox, "python -m pytest -p no:cacheprovider", timeout_s=120))
    assert "5 passed" in text and "StarletteDeprecationWarning" not in text
    told(await shell(sandbox, "pytest -q -p no:cacheprovider && ruff check app.py"))
    told(await shell(sandbox, "mypy --strict --cache-dir /tmp/mypy app.py", timeout_s=120))


SERVED = """
import subprocess, sys, urllib.request
argv = ["uvicorn", "app:app", "--port", "8000", "--no-access-log"]
server = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
for line in server.stderr:
    if "running on" in line:
        break
print(urllib.request.urlopen("http://127.0.0.1:8000/openapi.json").read().decode())
server.terminate()
"""


async def test_a_backend_is_served_and_its_interface_becomes_types(sandbox: Sandbox) -> None:
    await write_app(sandbox, BACKEND)
    told(await shell(sandbox, f"python -c '{SERVED}' > openapi.json"))
    told(await shell(sandbox, "openapi-typescript openapi.json -o schema.d.ts"))
    assert b"NoteOut: {" in await sandbox.read("schema.d.ts")


async def test_an_environment_that_a_program_makes_is_its_own(sandbox: Sandbox) -> None:
    told(await shell(sandbox, "python -m venv own"))
    told(await shell(sandbox, "own/bin/python -m pip --version | grep /workspace/own/lib/"))
    missing = await shell(sandbox, "own/bin/python -c 'import fastapi'")
    assert b"No module named 'fastapi'" in missing.stderr
    told(await shell(sandbox, "python -I -c 'import fastapi'"))


async def test_a_frontend_is_built_tested_and_checked(sandbox: Sandbox) -> None:
    await write_app(sandbox, FRONTEND)
    assert "built in" in told(await shell(sandbox, "npm run build", timeout_s=120))
    assert b"/assets/" in await sandbox.read("dist/index.html")
    assert "1 passed" in told(await shell(sandbox, "vitest run", timeout_s=120))
    told(await shell(sandbox, "tsc --noEmit", timeout_s=120))
    await sandbox.write("src/wrong.ts", b"export const count: number = 'one';\n")
    wrong = await shell(sandbox, "tsc --noEmit", timeout_s=120)
    assert (wrong.exit_code, b"src/wrong.ts(1,14): error TS2322" in wrong.stdout) == (2, True)


async def test_a_frontend_is_checked_in_a_workspace_that_is_read_only(
    provider: BubblewrapProvider, sandbox: Sandbox, workspace: Path
) -> None:
    await write_app(sandbox, FRONTEND)
    checks = await provider.create(SandboxSpec(workspace=workspace, read_only=True))
    assert "1 passed" in told(await shell(checks, "vitest run", timeout_s=120))
    told(await shell(checks, "vite build --outDir /tmp/dist", timeout_s=120))
    await checks.close()


async def test_a_page_is_looked_at_with_a_browser(sandbox: Sandbox) -> None:
    assert shutil.which("chromium"), "make test installs it; by hand: apt install chromium"
    await write_app(sandbox, FRONTEND)
    result = await sandbox.exec(Command(argv=("node", "look.mjs"), timeout_s=120))
    assert told(result).endswith("Clicked 1\n")
    assert (await sandbox.read("page.png")).startswith(b"\x89PNG")


async def test_a_machine_without_a_node_gets_one(
    tmp_path: Path, workspace: Path, own_node: Toolchains
) -> None:
    provider = BubblewrapProvider(scratch=tmp_path / "s", folders=LocalFolders(), toolchains=own_node)
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await write_app(sandbox, FRONTEND)
    assert told(await shell(sandbox, "command -v node; command -v npm")).splitlines() == [
        "/opt/toolchains/node-web/bin/node",
        "/opt/toolchains/node-web/bin/npm",
    ]
    assert "1 passed" in told(await shell(sandbox, "npm test", timeout_s=120))
    await sandbox.close()


@pytest.mark.parametrize(
    "place", ["/opt/toolchains/python-web/lib/new", "/node_modules/react/new", "/node_modules"]
)
async def test_nothing_of_a_toolchain_can_be_changed(sandbox: Sandbox, place: str) -> None:
    result = await shell(sandbox, f"chmod u+w {place}; touch {place}")
    assert b"Read-only file system" in result.stderr


async def test_nothing_can_be_mounted_over_a_toolchain(provider: BubblewrapProvider, workspace: Path) -> None:
    mount = Mount(source=workspace, target="/node_modules/react")
    with pytest.raises(InvalidInput):
        await provider.create(SandboxSpec(workspace=workspace, mounts=(mount,)))


def test_the_commands_say_what_is_there(
    toolchains: Toolchains, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARCHON_DATA_DIR", str(CACHE.parent))
    assert run(["sandbox", "prepare"]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(told) == toolchains.names
    assert all(Path(place).is_dir() for place in told.values())
    assert run(["sandbox", "probe"]) == 0
    assert "toolchains  python-web and node-web prepared; browser" in capsys.readouterr().out


async def test_what_the_sandbox_keeps_apart_is_the_same(provider: BubblewrapProvider) -> None:
    assert (await provider.probe()).isolated
