"""Words that name a sandbox's places are put right where no folder can be shown elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.adapters.sandbox.places import Places
from archon.domain.execution import Command, Mount, SandboxSpec


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(
        SandboxSpec(workspace=tmp_path / "work", mounts=(Mount(source=tmp_path / "shown", target="/checks"),))
    )


@pytest.mark.parametrize(
    ("word", "real"),
    [
        ("/workspace", "{}/work"),
        ("/workspace/a b", "{}/work/a b"),
        ("/checks/run.py", "{}/shown/run.py"),
        ("/workspaces", "/workspaces"),
        ("see /workspace", "see /workspace"),
        ("workspace", "workspace"),
        ("", ""),
    ],
)
def test_only_whole_words_are_places(places: Places, tmp_path: Path, word: str, real: str) -> None:
    assert places.real(word) == real.format(tmp_path)


def test_folder_words_and_variables_of_a_command_are_put_right(places: Places, tmp_path: Path) -> None:
    command = Command(
        argv=("python", "/checks/run.py"),
        stdin=b"/workspace",
        timeout_s=7,
        cwd="/workspace/sub",
        env={"PYTHONPATH": "/checks:/workspace/lib:/usr/lib", "WHERE": "in /workspace"},
        max_output_bytes=9,
    )
    assert places.there(command) == Command(
        argv=("python", f"{tmp_path}/shown/run.py"),
        stdin=b"/workspace",
        timeout_s=7,
        cwd=f"{tmp_path}/work/sub",
        env={"PYTHONPATH": f"{tmp_path}/shown:{tmp_path}/work/lib:/usr/lib", "WHERE": "in /workspace"},
        max_output_bytes=9,
    )
