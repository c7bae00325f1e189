"""Every command line in the documentation is one that the program takes."""

from __future__ import annotations

import argparse
import json
import re
from functools import cache
from urllib.parse import urlsplit

import pytest

from archon.cli.parser import build_parser
from tests.architecture.prose import Page, command_lines, pages

LINES = list(command_lines("archon"))
CURL = list(command_lines("curl"))
MENTIONS = [
    (page, code.split()[1:]) for page in pages() for code in page.code if re.match(r"archon [a-z]", code)
]


def label(value: object) -> str | None:
    return value.name if isinstance(value, Page) else " ".join(value) if isinstance(value, list) else None


def test_the_documentation_shows_commands() -> None:
    assert len(LINES) > 20 and len(CURL) > 8 and len(MENTIONS) > 10


@pytest.mark.parametrize(("page", "words"), LINES, ids=label)
def test_a_command_line_is_understood(page: Page, words: list[str]) -> None:
    try:
        build_parser().parse_args(words)
    except SystemExit as end:
        assert not end.code, f"{page.name}: archon {' '.join(words)}"


@pytest.mark.parametrize(("page", "words"), MENTIONS, ids=label)
def test_a_command_that_is_mentioned_exists_with_its_options(page: Page, words: list[str]) -> None:
    parser = build_parser()
    for word in words:
        subcommands = _subcommands(parser)
        if not subcommands:
            break
        assert word in subcommands, f"{page.name}: archon {' '.join(words)}"
        parser = subcommands[word]
    own = words[: words.index("--")] if "--" in words else words
    options = {word.partition("=")[0] for word in own if word.startswith("-")}
    assert options <= set(parser._option_string_actions), f"{page.name}: archon {' '.join(words)}"


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@cache
def _openapi() -> dict[str, dict[str, dict[str, object]]]:
    from archon.api.app import openapi

    paths: dict[str, dict[str, dict[str, object]]] = openapi()["paths"]
    return paths


@pytest.mark.parametrize(("page", "words"), CURL, ids=label)
def test_a_request_by_curl_has_a_route(page: Page, words: list[str]) -> None:
    url = next((word for word in words if re.match(r"https?://(127\.0\.0\.1|localhost)", word)), None)
    if url is None:
        return
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    path = re.sub(r"/(ID|\$ID)\b", "/{task_id}", urlsplit(url).path)
    is_a_page = path in {"/docs", "/openapi.json"}
    assert is_a_page or method.lower() in _openapi().get(path, {}), f"{page.name}: {method} {path}"
    if "-d" in words:
        _check_body(path, words[words.index("-d") + 1])


def _check_body(path: str, body: str) -> None:
    """Raises: ValidationError where the door would refuse the body."""
    from pydantic import BaseModel

    from archon.api.schemas.requests import ReplyRequest, ResumeRequest, RunRequest, TaskRequest

    models: dict[str, type[BaseModel]] = {
        "/run": RunRequest,
        "/tasks": TaskRequest,
        "/tasks/{task_id}/resume": ResumeRequest,
        "/tasks/{task_id}/reply": ReplyRequest,
    }
    models[path].model_validate(json.loads(body))
