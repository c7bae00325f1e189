"""`docs/seeds.md` tells the truth: what is `here` exists, and what waits does not exist yet."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archon.settings import load_settings, variables

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/seeds.md").read_text("utf-8")
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")
SETTING = re.compile(r"archon/settings\.py:([A-Z_]+)")


@dataclass(frozen=True)
class Row:
    asked: str
    default: str
    status: str
    where: str

    @property
    def place(self) -> str:
        """The first thing in code type in the last column."""
        match = re.match(r"`([^`]+)`", self.where)
        return match[1] if match else ""


def table_rows(columns: int) -> Iterator[list[str]]:
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and cells[0] not in {"---", "asked for", "part"}:
            yield cells


ROWS = [Row(*cells) for cells in table_rows(4)]
PARTS = dict(table_rows(2))
HERE = [row for row in ROWS if row.status == "here"]
WAITING = [row for row in ROWS if row.status.startswith("waits: ")]


def routes() -> set[str]:
    """The routes of the running program, names of path parameters left out."""
    return {nameless(route) for route in importlib.import_module("archon.api.app").routes()}


@cache
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = importlib.import_module("archon.api.app").openapi()
    return document


def nameless(route: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", route)


def fields_of(route: str) -> set[str]:
    """Names of all fields in what the route takes and, when all is well, gives, however deep."""
    method, path = route.split(" ")
    paths = {nameless(each): operations for each, operations in openapi()["paths"].items()}
    operation = paths[nameless(path)][method.lower()]
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    names: set[str] = set()
    open_ends: list[Any] = [operation.get("requestBody", {}), *answers]
    seen: set[str] = set()
    while open_ends:
        node = open_ends.pop()
        if isinstance(node, list):
            open_ends += node
        elif isinstance(node, dict):
            names |= node.get("properties", {}).keys()
            open_ends += node.values()
            reference = node.get("$ref", "")
            if reference and reference not in seen:
                seen.add(reference)
                open_ends.append(openapi()["components"]["schemas"][reference.rsplit("/", 1)[1]])
    return names


@cache
def command_exists(command: str) -> bool:
    archon, *words = command.split()
    program = Path(sys.executable).with_name(archon)
    return subprocess.run([program, *words, "--help"], capture_output=True, check=False).returncode == 0


def attribute_exists(place: str) -> bool:
    path, _, dotted = place.partition(":")
    found: Any = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    for name in dotted.split("."):
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


def exists(place: str) -> bool:
    """Whether the program has what the last column of a row names."""
    if ROUTE.match(place):
        route, _, field = place.partition(": ")
        return nameless(route) in routes() and (not field or field in fields_of(route))
    if setting := SETTING.fullmatch(place):
        return setting[1] in variables()
    if place.startswith("archon "):
        return command_exists(place)
    if ":" in place:
        return (ROOT / place.partition(":")[0]).is_file() and attribute_exists(place)
    return bool(place) and (ROOT / place).is_file()


def test_the_page_has_the_tables_that_it_is_made_of() -> None:
    assert len(ROWS) > 150
    assert {row.status.split(":")[0] for row in ROWS} == {"here", "waits", "replaced"}


def test_every_table_line_is_understood() -> None:
    lines = [line for line in TEXT.splitlines() if line.startswith("|")]
    headings = [line for line in lines if re.match(r"\| (---|asked for|part) ", line)]
    assert len(lines) - len(headings) == len(ROWS) + len(PARTS)


@pytest.mark.parametrize("row", HERE, ids=lambda row: row.asked)
def test_what_is_here_exists(row: Row) -> None:
    assert exists(row.place), f"{row.asked}: {row.place or 'nothing'} is not there"


@pytest.mark.parametrize(
    "row", [row for row in HERE if row.default.startswith("`")], ids=lambda row: row.asked
)
def test_a_default_in_code_type_is_the_default_here(row: Row) -> None:
    setting = SETTING.match(row.place)
    assert setting, f"{row.asked}: only a setting has a default that can be held"
    assert load_settings({setting[1]: row.default.strip("`")}) == load_settings({})


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row.asked)
def test_what_waits_names_its_part_and_is_not_there_yet(row: Row) -> None:
    assert row.status.removeprefix("waits: ") in PARTS
    for item in re.findall(r"`([^`]+)`", row.asked):
        assert item not in variables()
        assert not ROUTE.fullmatch(item) or nameless(item) not in routes()


def test_the_list_of_parts_names_only_what_is_waited_for() -> None:
    assert all(re.fullmatch(r"[ABCRN]\d+", part) for part in PARTS)
    assert set(PARTS) == {row.status.removeprefix("waits: ") for row in WAITING}


def test_what_is_replaced_says_by_what() -> None:
    assert [row.asked for row in ROWS if row.status == "replaced" and not row.where] == []
