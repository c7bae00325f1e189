"""Commands, written files and deliveries: what they leave in the manifest, and in a person's folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.egress import Refusal
from archon.domain.errors import ConfigurationError, SandboxUnavailable
from archon.domain.events import Completed, Failed
from archon.domain.execution import Command, ExecResult, Guarantees, Mount, SandboxSpec
from archon.domain.manifest import FileEntry, FolderEntry
from archon.domain.values import Json
from archon.engine import outcomes
from archon.engine.scope import Scope
from archon.ports.sandbox import Sandbox
from archon.testing.manual_clock import ManualClock
from archon.tools.commands import as_text, from_json, run_command, to_json
from archon.tools.deliver import deliver
from archon.tools.write_files import write_files
from tests.builders.scopes import TASK, opened, sandboxes_end_with_their_test  # noqa: F401 - one is a fixture


class Counted:
    """A provider that knows what it made."""

    name = "counted"

    def __init__(self, scratch: Path) -> None:
        self._inner = BubblewrapProvider(scratch=scratch, folders=LocalFolders())
        self.made: list[Sandbox] = []

    async def probe(self) -> Guarantees:
        return await self._inner.probe()

    async def create(self, spec: SandboxSpec) -> Sandbox:
        self.made.append(await self._inner.create(spec))
        return self.made[-1]


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Counted]:
    counted = Counted(tmp_path / "scratch")
    yield counted
    for sandbox in counted.made:
        await sandbox.close()


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal(ManualClock())


class NoMachine:
    """A provider that must not be asked."""

    name = "none"

    async def probe(self) -> Guarantees:
        raise AssertionError("nobody may ask")

    async def create(self, spec: SandboxSpec) -> Sandbox:
        raise AssertionError("nobody may ask")


def shell(script: str, stdin: bytes = b"") -> Command:
    return Command(argv=("sh", "-c", script), stdin=stdin, timeout_s=10)


@given(st.binary(max_size=50), st.binary(max_size=50), st.integers(0, 255), st.booleans())
def test_a_commands_output_is_recorded_to_the_byte(out: bytes, err: bytes, code: int, flag: bool) -> None:
    result = ExecResult(exit_code=code, stdout=out, stderr=err, timed_out=flag, stderr_truncated=flag)
    ran = from_json(to_json(result))
    assert (ran.stdout, ran.stderr, ran.exit_code) == (out, err, code)
    assert (ran.timed_out, ran.is_truncated, ran.out_of_memory) == (flag, flag, False)
    assert isinstance(as_text(out), str)


def test_what_is_seldom_so_is_recorded_where_it_is_and_only_there() -> None:
    plain, full = (
        ExecResult(exit_code=0, stdout=b"", stderr=b""),
        (Refusal("a:1", "no"), Refusal("b:2", "no")),
    )
    told = ExecResult(exit_code=1, stdout=b"", stderr=b"", out_of_disk=True, refusals=full)
    assert to_json(told).keys() - to_json(plain).keys() == {"out_of_disk", "refusals"}
    assert (from_json(to_json(plain)).out_of_disk, from_json(to_json(plain)).refusals) == (False, ())
    assert (from_json(to_json(told)).out_of_disk, from_json(to_json(told)).refusals) == (True, full)


@pytest.mark.parametrize("broken", [None, {}, {"exit_code": 0}, {"stdout": 5}])
def test_what_is_no_result_is_not_taken_for_one(broken: object) -> None:
    with pytest.raises(ValueError, match="not"):
        from_json(broken)  # type: ignore[arg-type]


async def test_a_command_sees_the_manifest_and_what_it_changes_becomes_part_of_it(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    await write_files(scope, {"in/a.txt": "one", "b.txt": "two"})
    script = "cat in/a.txt -; rm b.txt; mkdir empty; printf '#!/bin/sh' > run.sh; chmod +x run.sh; exit 3"
    ran = await run_command(scope, provider, shell(script, b" and stdin"))
    assert (ran.exit_code, ran.stdout) == (3, b"one and stdin")
    entries = scope.workspace.manifest.entries
    assert sorted(entries) == ["empty", "in/a.txt", "run.sh"]
    assert entries["empty"] == FolderEntry()
    assert isinstance(program := entries["run.sh"], FileEntry) and program.executable
    assert await journal.blob(program.sha256) == b"#!/bin/sh"


async def test_a_recorded_command_is_not_run_again_and_its_files_come_from_the_journal(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    command = shell("echo made > out.txt; echo said")
    await run_command(await opened(journal, folder=tmp_path / "one"), provider, command)
    again = await opened(journal, folder=tmp_path / "two")
    ran = await run_command(again, NoMachine(), command)
    assert ran.stdout == b"said\n"
    await again.workspace.restore()
    assert (again.workspace.root / "out.txt").read_text() == "made\n"


async def test_the_same_command_on_other_files_is_run_again(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    for content in ("old", "new"):
        scope = await opened(journal, folder=tmp_path / "w")
        await write_files(scope, {"a.txt": content})
        ran = await run_command(scope, provider, shell("cat a.txt"))
        assert ran.stdout == content.encode()


async def test_a_file_that_cannot_be_written_is_an_answer_and_leaves_nothing(
    tmp_path: Path, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    with pytest.raises(outcomes.Refusal, match="names no place in the workspace"):
        await write_files(scope, {"a.txt": "x", "../outside": "x"})
    assert not (tmp_path / "outside").exists()
    assert isinstance((await journal.events(TASK))[-1].body, Failed)
    await scope.workspace.restore()
    assert list((tmp_path / "w").iterdir()) == []


async def test_a_delivery_writes_the_manifest_and_leaves_all_else(
    tmp_path: Path, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    await write_files(scope, {"main.py": "print(1)", "data/x.txt": "x"})
    target = tmp_path / "output/task"
    target.mkdir(parents=True)
    (target / "mine.txt").write_text("mine")
    (target / "main.py").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("precious")
    assert await deliver(scope, LocalFolders(), target=target) == ["data/x.txt", "main.py"]
    assert (target / "main.py").read_text() == "print(1)"
    assert (target / "mine.txt").read_text() == "mine"
    assert (tmp_path / "precious").read_text() == "precious", "a link is replaced, not followed"
    done = (await journal.events(TASK))[-1].body
    assert isinstance(done, Completed)
    assert done.result == {"path": str(target), "files": ["data/x.txt", "main.py"]}


async def test_a_delivery_that_cannot_be_written_is_told_and_can_be_done_again(
    tmp_path: Path, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    await write_files(scope, {"main.py": "print(1)"})
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"could not be written to .*: Not a directory"):
        await deliver(scope, LocalFolders(), target=tmp_path / "file/task")
    (tmp_path / "file").unlink()
    again = await opened(journal, folder=tmp_path / "w")
    await write_files(again, {"main.py": "print(1)"})
    assert await deliver(again, LocalFolders(), target=tmp_path / "file/task") == ["main.py"]


async def test_the_commands_of_a_step_share_a_sandbox_that_ends_with_it(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")

    async def both(step: Scope) -> Json:
        await write_files(step, {"a.txt": "one"})
        first = await run_command(step, provider, shell("printf two >> a.txt; printf x > /tmp/left"))
        await write_files(step, {"b.txt": "three"})
        second = await run_command(step, provider, shell("printf four >> b.txt; cat a.txt b.txt; ls /tmp"))
        return [first.exit_code, as_text(second.stdout)]

    assert await scope.step("first", None, both) == [0, "onetwothreefour"]
    assert len(provider.made) == 1
    with pytest.raises(SandboxUnavailable):
        await provider.made[0].exec(shell("true"))
    await scope.step("second", None, both)
    assert len(provider.made) == 2


async def test_a_sandbox_in_which_a_command_broke_off_is_not_used_again(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    await run_command(scope, provider, shell("true"))
    await provider.made[0].close()
    with pytest.raises(SandboxUnavailable):
        await run_command(scope, provider, shell("true"))
    assert (await run_command(scope, provider, shell("echo up"))).stdout == b"up\n"
    assert len(provider.made) == 2


async def test_what_is_mounted_is_shown_to_one_command_alone(
    tmp_path: Path, provider: Counted, journal: MemoryJournal
) -> None:
    scope = await opened(journal, folder=tmp_path / "w")
    (tmp_path / "shown").mkdir(mode=0o755)
    mounts = {"/shown": Mount(source=tmp_path / "shown", target="/shown")}
    with_it = await run_command(scope, provider, shell("ls -d /shown"), mounts=mounts)
    without = await run_command(scope, provider, shell("ls -d /shown"))
    again = await run_command(scope, provider, shell("ls -d /shown"), mounts=mounts)
    assert (with_it.exit_code, without.exit_code, again.exit_code) == (0, 2, 0)
    assert len(provider.made) == 3
