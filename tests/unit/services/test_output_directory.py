"""Where results may go, seen through links, dots and folders that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.domain.errors import ConfigurationError, InvalidInput
from archon.services.output_directory import check_output_directory


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    made = check_output_directory(tmp_path / "a/b/../c", roots=None)
    assert made == tmp_path / "a/c" and made.is_dir()
    assert list(made.iterdir()) == [], "the trial leaves nothing behind"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="is not a folder"):
        check_output_directory(tmp_path / "file", roots=None)
    with pytest.raises(ConfigurationError, match="Not a directory"):
        check_output_directory(tmp_path / "file/below", roots=None)


@pytest.mark.parametrize("place", ["/proc/archon", "/proc/self", "/sys/kernel/archon"])
def test_a_place_that_cannot_be_written_says_why(place: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{place} cannot be written: [A-Z]"):
        check_output_directory(Path(place), roots=None)


@pytest.mark.parametrize(
    "wanted", ["..", "../elsewhere", "roots-and-more", "roots/../elsewhere", "/", "link"]
)
def test_over_the_network_nothing_outside_the_roots_is_made(tmp_path: Path, wanted: str) -> None:
    root = tmp_path / "roots"
    (tmp_path / "elsewhere").mkdir()
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    target = root / wanted if wanted in {"..", "../elsewhere", "link"} else tmp_path / wanted
    with pytest.raises(InvalidInput, match="may not be written to"):
        check_output_directory(target, roots=[root])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "roots"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_root_that_is_itself_a_link_is_taken_for_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert check_output_directory(tmp_path / "root/x", roots=[tmp_path / "root"]) == tmp_path / "real/x"


def test_a_link_in_a_circle_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises((InvalidInput, ConfigurationError)):
        check_output_directory(tmp_path / "loop", roots=None)


def test_a_home_is_found_by_its_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_output_directory(Path("~/results"), roots=None) == tmp_path / "results"
