"""The shipped recordings of real runs: their words, and all else done again for real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Home

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings").glob("*.jsonl"))


def recorded_end(recording: Path) -> dict[str, object]:
    """The last word of the recorded task."""
    events = [json.loads(line).get("event") for line in recording.read_text("utf-8").splitlines()]
    ends = [event["body"] for event in events if event and event["kind"] == "finished"]
    assert len(ends) == 1
    end: dict[str, object] = ends[0]
    return end


@pytest.mark.parametrize("recording", RECORDINGS, ids=[file.stem for file in RECORDINGS])
def test_a_recording_comes_out_the_same_without_its_model(home: Home, recording: Path) -> None:
    end = recorded_end(recording)
    done = home.archon("rehearse", str(recording), "--json", timeout_s=110)
    assert done.returncode == (0 if end["status"] == "completed" else 1), done.stderr.decode()
    task = json.loads(done.stdout)
    assert (task["status"], task["reason"] or None) == (end["status"], end["reason"])
    assert "No drift from the recording." in done.stderr.decode()


def test_the_recordings_show_every_way_a_script_can_go() -> None:
    ends = [recorded_end(recording) for recording in RECORDINGS]
    rounds = [recording.read_text("utf-8").count('"name": "run') for recording in RECORDINGS]
    assert {"rounds_exhausted"} <= {end["reason"] for end in ends}, "one that cannot be met"
    assert any(end["status"] == "completed" and runs > 1 for end, runs in zip(ends, rounds, strict=True))
    assert any(end["status"] == "completed" and runs == 1 for end, runs in zip(ends, rounds, strict=True))
