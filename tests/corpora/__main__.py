"""Answers one corpus of cases: `python -m tests.corpora NAME`, one JSON object a line in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator

from archon.agents.replies.files import parse_files
from archon.agents.replies.json_object import Parsed, Rejected, parse_json
from archon.domain.signature import error_signature
from archon.domain.values import JsonObject
from archon.tools.edits.diff import apply_diff
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole


def answer_edits(case: JsonObject) -> JsonObject:
    match _edited(case):
        case Applied(text=text):
            return {"outcome": "applied", "file_after": text}
        case Refused(reason=reason, hint=hint):
            return {"outcome": "refused", "reason": reason, "hint": hint}


def _edited(case: JsonObject) -> Applied | Refused:
    before, path, request = case["file_before"], str(case["path"]), case["request"]
    assert isinstance(request, dict)
    text = before if isinstance(before, str) else ""
    if request["type"] == "whole_file":
        content = str(request["content"])
        return write_whole(before if isinstance(before, str) else None, content, path=path)
    if request["type"] == "diff":
        return apply_diff(text, str(request["diff"]), path=path)
    line_hint = request.get("line_hint")
    return replace(
        text,
        str(request["old_str"]),
        str(request["new_str"]),
        replace_all=bool(request.get("replace_all")),
        line_hint=line_hint if isinstance(line_hint, int) else None,
        path=path,
    )


def answer_files(case: JsonObject) -> JsonObject:
    default_name = case.get("default_name")
    reply = parse_files(
        str(case["reply"]), default_name=default_name if isinstance(default_name, str) else None
    )
    refused: list[JsonObject] = [{"path": file.path, "reason": file.reason} for file in reply.refused]
    return {"files": dict(reply.files), "refused": list(refused)}


def answer_json(case: JsonObject) -> JsonObject:
    schema = case["schema"]
    assert isinstance(schema, dict)
    match parse_json(str(case["reply"]), schema, finish_reason=str(case["finish_reason"])):
        case Parsed(value):
            return {"outcome": "parsed", "value": value}
        case Rejected(path, reason):
            return {"outcome": "rejected", "error_path": path, "reason": reason}


def answer_reports(case: JsonObject) -> JsonObject:
    """The signature alone: reports are not read into issues."""
    signature = error_signature(
        str(case["output"]), exit_code=int(str(case["exit_code"])), root=str(case["root"])
    )
    return {"issues": [], "summary": {}, "signature": signature.text}


ANSWERS: dict[str, Callable[[JsonObject], JsonObject]] = {
    "edits": answer_edits,
    "files": answer_files,
    "json": answer_json,
    "reports": answer_reports,
}


def answers(name: str, cases: Iterable[str]) -> Iterator[str]:
    """One line of JSON for each line that holds a case, with the case's `id`."""
    for line in cases:
        if line.strip():
            case = json.loads(line)
            yield json.dumps({"id": case["id"]} | ANSWERS[name](case))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ANSWERS:
        print(f"usage: python -m tests.corpora {{{','.join(ANSWERS)}}} < cases.jsonl", file=sys.stderr)
        return 2
    for line in answers(arguments[0], sys.stdin):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
