"""Reads what compilers and linters say about lines of code, in each of their layouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archon.domain.frames import Fault, own_places, place

_PATH = r"[\w@./\\+ -]{1,200}\.\w{1,10}"
_INLINE = re.compile(
    rf"^(?! .*:\d+ - (?!error|warning|information)) {{0,4}}({_PATH})"
    r"(?::(\d{1,7})(?::\d{1,7})?(?::| -)|\((\d{1,7}),\d{1,7}\):) (.+)$"
)
_ANNOTATION = re.compile(r"^::(?:error|warning) (?:[^:]*,)?file=([^,:]+),line=(\d+)[^:]*::(.+)$")
_ANNOTATED_PLACE = re.compile(r"^\S+:\d+:\d+: ")
_FILE = re.compile(rf"^({_PATH}):?$")
_ROW = re.compile(r"^ +(\d{1,7}):\d{1,7} +(?:error |warning )? *(\S.*)$")
_POINTER = re.compile(
    rf"^ *(?:-->|╭─\[) ({_PATH}):(\d{{1,7}}):\d{{1,7}}(?: \])?$|^ +({_PATH}):(\d{{1,7}}):\d{{1,7}}:$"
)
_CODE = re.compile(
    r"\b([A-Z]{1,5}\d{3,5}|[A-Z]\w*Error)\b|^([a-z]+(?:-[a-z]+)+):|\[([a-zA-Z][\w/-]+)\]$"
    r"|\((report\w+)\)$|^\[([A-Z][A-Z_]+)\]| {2,}([@\w/-]+)$"
)
_SHOWN_CODE = re.compile(r"^\s*(\d*)\s*[|│](.*)$")
_SYNTAX = re.compile(r"syntax|pars|token|expected", re.IGNORECASE)
_LABEL = re.compile(r"\^+ (\S.*)$")
_ASIDE = re.compile(r"^(?:note|help|hint):|^\w*Warning: ")
"""No fault in itself: a remark upon one, or a warning that Python printed while it ran."""
_NOTES = ("note:", "help:", "hint:")
_MAX_LOOKED_AT, _MAX_FURTHER_LINES = 6, 4


def diagnostics(lines: list[str], root: str) -> list[Fault]:
    """One fault a diagnostic, in the output's order; notes belong to the one that they follow."""
    faults: list[Fault] = []
    for file, line, message in _told(lines):
        if not _ASIDE.match(message):
            faults.append(_fault(file, line, message, root))
        elif faults and message.startswith(_NOTES):
            faults[-1] = replace(faults[-1], more=(*faults[-1].more, message))
    return faults


def _told(lines: list[str]) -> Iterator[tuple[str, int, str]]:
    """File, line and message of each diagnostic."""
    file, headline = "", ""
    for index, line in enumerate(lines):
        if inline := _INLINE.match(line):
            yield inline[1], int(inline[2] or inline[3]), _with_further(inline[4], lines, index)
            file = ""
        elif annotation := _ANNOTATION.match(line):
            message = _ANNOTATED_PLACE.sub("", annotation[3]).partition("%0A")[0]
            yield annotation[1], int(annotation[2]), message
        elif headline and (pointer := _POINTER.match(line)):
            number = int(pointer[2] or pointer[4])
            yield pointer[1] or pointer[3], number, _with_code(headline, lines, index, number)
            headline = ""
        elif file and (row := _ROW.match(line)):
            yield file, int(row[1]), row[2]
        elif line and not line[0].isspace():
            header = _FILE.match(line)
            file, headline = (header[1], "") if header else ("", line)


def _with_further(message: str, lines: list[str], index: int) -> str:
    """A message may be wrapped, and names the symbol in question in the indented lines below."""
    further: list[str] = []
    is_wrapped = message.startswith("error: ") and not message.endswith("]")
    for line in lines[index + 1 : index + 1 + _MAX_LOOKED_AT]:
        if is_wrapped and line[:1].strip() and line.endswith("]") and not _INLINE.match(line):
            message, is_wrapped = f"{message} {line}", False
        elif _INLINE.match(line) or not line[:1].isspace():
            break
        elif line.strip(" ^~|─"):
            shown = _SHOWN_CODE.match(line)
            further.append((shown[2] if shown else line).strip(" ^~"))
    return "\n".join((message, *further[:_MAX_FURTHER_LINES]))


def _with_code(headline: str, lines: list[str], index: int, number: int) -> str:
    """What is written below the code; for a syntax error the code itself says more than its headline."""
    is_syntax = _SYNTAX.search(headline) is not None
    for line in lines[index + 1 : index + 12]:
        shown = _SHOWN_CODE.match(line)
        if shown and (label := _LABEL.search(shown[2])):
            return f"{headline}\n{label[1]}"
        if shown and is_syntax and shown[1] == str(number):
            return f"{headline}\n{shown[2].strip()}"
    return headline


def _fault(file: str, line: int, message: str, root: str) -> Fault:
    found = place(file, line, "", root)
    code = _CODE.search(message.partition("\n")[0]) or _CODE.search(message)
    name = next(filter(None, code.groups())) if code else "error"
    fault = Fault(name, message.replace("[*] ", ""), own_places([found] if found else []))
    return fault if found else replace(fault, message=f"{message} at {file}")
