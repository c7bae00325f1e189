"""`archon sandbox prepare` and what is said about toolchains before there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.cli.exit_codes import DONE, USAGE
from archon.cli.main import run
from archon.cli.toolchains import prepared_line, prepared_names
from archon.settings import load_settings


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHON_DATA_DIR", str(tmp_path / "data"))


def test_an_unknown_name_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "prepare", "python-web", "java-web"]) == USAGE
    assert "There are python-web and node-web." in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_there_may_be_nothing_to_remove(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "prepare", "--clean"]) == DONE
    assert capsys.readouterr().out == ""


def test_what_is_missing_is_told_with_its_cure() -> None:
    line = prepared_line(load_settings())
    assert line.startswith("python-web and node-web not prepared (`archon sandbox prepare`); browser ")


def test_without_a_sandbox_there_is_nothing_to_show_them_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHON_UNSAFE_NO_SANDBOX", "1")
    assert prepared_names(load_settings()) == []
    assert "no sandbox" in prepared_line(load_settings())
