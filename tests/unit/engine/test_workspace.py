"""The folder follows the manifest: whatever is there, it is brought to what the journal says."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import NotFound
from archon.domain.manifest import FileEntry, FolderEntry, LeftOut, LinkEntry, Manifest
from archon.domain.values import TaskId, digest_bytes
from archon.engine.workspace import LARGEST_FILE_BYTES, Workspace
from archon.ports.folder import LARGEST_READ_BYTES, Folder, FolderUsage, Listed
from archon.testing.manual_clock import ManualClock
from tests.builders.specs import spec

names = st.sampled_from(["a", "b", "c.txt", "ü", "__pycache__"])
leaves = st.one_of(
    st.tuples(st.just("file"), st.sampled_from([b"", b"one", b"two", b"\x00\xff"]), st.booleans()),
    st.tuples(st.just("link"), st.sampled_from(["a", "../..", "/etc/passwd", "missing"]), st.just(False)),
)
trees = st.recursive(
    st.dictionaries(names, leaves, max_size=3),
    lambda inner: st.dictionaries(names, st.one_of(leaves, inner), max_size=3),
    max_leaves=8,
)
Tree = dict[str, object]


def plant(root: Path, tree: Tree) -> None:
    """Make a tree by other means than the ones tested."""
    for name, content in tree.items():
        path = root / name
        match content:
            case dict():
                path.mkdir()
                plant(path, content)
            case ("file", bytes(data), executable):
                path.write_bytes(data)
                path.chmod(0o755 if executable else 0o600)
            case (_, target, _):
                path.symlink_to(str(target))


def seen(root: Path) -> dict[str, object]:
    """What is there, read by other means than the ones tested; folders of caches are left out."""
    found: dict[str, object] = {}
    for at, folders, files in os.walk(root):
        here = Path(at)
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in linked and name != "__pycache__"]
        found |= {str((here / name).relative_to(root)): "folder" for name in folders}
        for name in files + linked:
            path = here / name
            is_program = os.access(path, os.X_OK) and not path.is_symlink() and path.stat().st_mode & 0o100
            what = str(path.readlink()) if path.is_symlink() else (path.read_bytes(), bool(is_program))
            found[str(path.relative_to(root))] = what
    return found


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "workspace"


async def recorded(journal: MemoryJournal, workspace: Workspace) -> Manifest:
    """Look at the folder and record what was seen, as an effect would."""
    delta, blobs = await workspace.look()
    await journal.create(TaskId(f"{id(workspace)}-{len(blobs)}-{os.urandom(4).hex()}"), spec(), blobs)
    if delta is not None:
        workspace.move_to(delta, whole=False)
    return workspace.manifest


@settings(deadline=None, max_examples=120)
@given(trees, trees)
def test_a_folder_is_brought_from_any_state_to_any_manifest(before: Tree, wanted: Tree) -> None:
    async def check() -> None:
        journal = MemoryJournal(ManualClock())
        with scratch() as there, scratch() as elsewhere:
            there.mkdir()
            elsewhere.mkdir()
            plant(there, wanted)
            manifest = await recorded(journal, Workspace(there, LocalFolders(), journal))
            plant(elsewhere, before)
            other = Workspace(elsewhere, LocalFolders(), journal)
            other.move_to(manifest.to_json(), whole=True)
            await other.restore()
            assert seen(elsewhere) == seen(there)
            assert await other.look() == (None, {}), "what was restored is what is seen"

    asyncio.run(check())


@settings(deadline=None, max_examples=60)
@given(trees, trees)
def test_a_delta_changes_the_one_listing_into_the_other(before: Tree, after: Tree) -> None:
    async def check() -> None:
        journal = MemoryJournal(ManualClock())
        with scratch() as one, scratch() as other:
            one.mkdir()
            other.mkdir()
            plant(one, before)
            plant(other, after)
            first = await recorded(journal, Workspace(one, LocalFolders(), journal))
            second = await recorded(journal, Workspace(other, LocalFolders(), journal))
        assert first.apply(second.delta_from(first)) == second
        assert Manifest.from_json(second.to_json()).id == second.id

    asyncio.run(check())


@dataclass
class CountingFolder:
    """A folder that remembers what was read in it."""

    inner: Folder
    reads: list[str] = field(default_factory=list)

    def scan(self, *, skip: Collection[str] = ()) -> list[Listed]:
        return self.inner.scan(skip=skip)

    def read(self, path: str, *, max_bytes: int = LARGEST_READ_BYTES) -> bytes:
        self.reads.append(path)
        return self.inner.read(path, max_bytes=max_bytes)

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        self.inner.write(path, data, executable=executable)

    def link(self, path: str, target: str) -> None:
        self.inner.link(path, target)

    def make_folder(self, path: str) -> None:
        self.inner.make_folder(path)

    def remove(self, path: str) -> None:
        self.inner.remove(path)

    def usage(self) -> FolderUsage:
        return self.inner.usage()

    def hand_over(self, *, made_by: int | None = None) -> None:
        self.inner.hand_over(made_by=made_by)


@dataclass
class OneFolder:
    folder: CountingFolder

    def open(self, root: Path, *, owner: int | None = None, group: int | None = None) -> Folder:
        return self.folder


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal(ManualClock())


@pytest.fixture
def workspace(tmp_path: Path, journal: MemoryJournal) -> Workspace:
    (tmp_path / "workspace").mkdir()
    return Workspace(tmp_path / "workspace", LocalFolders(), journal)


async def test_unchanged_files_are_not_read_again(tmp_path: Path, journal: MemoryJournal) -> None:
    folder = CountingFolder(LocalFolders().open(tmp_path))
    workspace = Workspace(tmp_path, OneFolder(folder), journal)
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    await recorded(journal, workspace)
    assert folder.reads == ["one", "two"]
    (tmp_path / "two").write_text("3")
    delta, blobs = await workspace.look()
    assert folder.reads == ["one", "two", "two"]
    assert (list(delta or {}), list(blobs.values())) == (["two"], [b"3"])


async def test_a_change_that_forges_the_time_of_the_last_one_is_seen(
    workspace: Workspace, journal: MemoryJournal
) -> None:
    file = workspace.root / "file"
    file.write_text("old")
    await recorded(journal, workspace)
    before = file.stat()
    file.write_text("new")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    delta, blobs = await workspace.look()
    assert blobs == {digest_bytes(b"new"): b"new"} and delta


async def test_caches_are_no_part_of_the_manifest_and_do_not_outlive_the_command_that_made_them(
    workspace: Workspace,
) -> None:
    cached = workspace.root / "package/__pycache__/module.pyc"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"bytecode")
    (workspace.root / "package/module.py").write_text("")
    delta, _ = await workspace.look()
    assert list(delta or {}) == ["package/module.py"]
    workspace.move_to(delta or {}, whole=False)
    await workspace.restore()
    assert not cached.parent.exists()


async def test_an_empty_folder_is_part_of_the_manifest(workspace: Workspace) -> None:
    (workspace.root / "out/deep").mkdir(parents=True)
    delta, _ = await workspace.look()
    assert Manifest().apply(delta or {}).entries == {"out/deep": FolderEntry()}


async def test_a_folder_that_a_failed_run_made_is_gone_before_the_next_run(workspace: Workspace) -> None:
    (workspace.root / "out").mkdir()
    await workspace.look()
    await workspace.restore()
    assert list(workspace.root.iterdir()) == []


async def test_a_file_over_fifty_megabytes_is_left_out_with_the_reason(workspace: Workspace) -> None:
    with (workspace.root / "huge").open("wb") as file:
        file.truncate(LARGEST_FILE_BYTES + 1)
    with (workspace.root / "fits").open("wb") as file:
        file.truncate(1000)
    os.mkfifo(workspace.root / "pipe")
    delta, blobs = await workspace.look()
    entries = Manifest().apply(delta or {}).entries
    assert entries["huge"] == LeftOut(reason="larger than 50 MB")
    assert entries["pipe"] == LeftOut(reason="neither a file, a folder nor a link")
    assert entries["fits"] == FileEntry(sha256=digest_bytes(bytes(1000)), size_bytes=1000)
    assert list(blobs) == [digest_bytes(bytes(1000))]


async def test_a_lost_blob_is_an_error_and_never_an_empty_file(workspace: Workspace) -> None:
    lost = FileEntry(sha256=digest_bytes(b"lost"), size_bytes=4)
    workspace.move_to(Manifest({"file": lost}).to_json(), whole=True)
    with pytest.raises(NotFound):
        await workspace.restore()


async def test_a_link_to_elsewhere_is_kept_as_a_link_and_never_followed(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (workspace.root / "link").symlink_to(tmp_path / "secret")
    delta, blobs = await workspace.look()
    assert Manifest().apply(delta or {}).entries == {"link": LinkEntry(target=str(tmp_path / "secret"))}
    assert blobs == {}
    workspace.move_to({}, whole=True)
    await workspace.restore()
    assert (tmp_path / "secret").read_text() == "secret"
