"""The batch protocol: a line in, a line out, with the case's id."""

from __future__ import annotations

import json

import pytest

from tests.corpora.__main__ import ANSWERS, answers

CASES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "edits": (
        {"path": "a.py", "file_before": "x = 1\n", "request": {"type": "whole_file", "content": "x = 2\n"}},
        {"outcome": "applied", "file_after": "x = 2\n"},
    ),
    "files": ({"reply": "```python a.py\nx = 1\n```"}, {"files": {"a.py": "x = 1\n"}, "refused": []}),
    "json": (
        {"reply": "{x: 1}", "schema": {"required": ["x"]}, "finish_reason": "stop"},
        {"outcome": "parsed", "value": {"x": 1}},
    ),
    "reports": (
        {"command": "./a", "exit_code": 127, "root": "/w", "output": "sh: line 1: a: not found"},
        {"issues": [], "summary": {}, "signature": "shell: a: not found"},
    ),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_every_case_is_answered_under_its_id(name: str) -> None:
    case, expected = CASES[name]
    lines = [json.dumps({"id": "one", **case}), "", json.dumps({"id": "two", **case})]
    assert [json.loads(line) for line in answers(name, lines)] == [
        {"id": "one", **expected},
        {"id": "two", **expected},
    ]
