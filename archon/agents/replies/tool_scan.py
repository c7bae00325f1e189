"""Walks through a reply, and tells its calls from prose, quotes, thoughts and imagined results."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from archon.agents.replies.tool_forms import BadCallError, Group, TextCall, past_blanks
from archon.agents.replies.tool_marks import Forms
from archon.agents.replies.tool_python import read_python
from archon.agents.replies.tool_tags import spelled_tags
from archon.agents.replies.tool_wording import calls_it_example, imagines_result, shows_output

_MAX_CALLS = 50
_MAX_TRIES = 500
"""How many places of one reply are looked at as bare JSON; each may cost the reply's length."""
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)")
_CODE_SPAN = re.compile(r"(?<!`)(`{1,3})(?!`)[^\n]*?(?<!`)\1(?!`)")
_THOUGHT = re.compile(r"\s*<(/?)(think|thinking|thought|reasoning|reflection|scratchpad)>", re.IGNORECASE)
_JSON_LANGUAGES = frozenset(
    {"", "json", "json5", "jsonc", "text", "tool", "tools", "tool_call", "tool_calls", "tool_code"}
)
_PYTHON_LANGUAGES = frozenset({"tool_code", "tool_call", "tool_calls"})
_IGNORED = (
    "What stands behind the imagined result was not executed: stop after your calls and wait for the results."
)
_QUOTED = "A call that the words above it present as an example was not executed."


@dataclass(frozen=True, slots=True)
class Scan:
    calls: tuple[TextCall, ...]
    said: str
    remark: str


def scan(text: str, forms: Forms) -> Scan:
    """The calls of a reply in order, and the text around them. Raises: BadCallError."""
    return _Scanner(text, forms).run()


@dataclass(slots=True)
class _Scanner:
    text: str
    forms: Forms
    position: int = 0
    calls: list[TextCall] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    remark: str = ""
    is_imagined: bool = False
    has_opened_thought: bool = False
    tries: int = 0
    call_end: int = -1

    def run(self) -> Scan:
        leftover = spelled_tags([name for names in self.forms.arguments.values() for name in names])
        while self.position < len(self.text):
            self._piece(leftover)
        return Scan(tuple(self.calls), "\n".join(self.said).strip(), self.remark)

    def _piece(self, leftover: re.Pattern[str]) -> None:
        """The next thing: a thought, a fenced block, a call, or a line of prose."""
        start = past_blanks(self.text, self.position)
        if start == len(self.text):
            self.position = start
            return
        line_start = max(self.position, self.text.rfind("\n", 0, start) + 1)
        if thought := _THOUGHT.match(self.text, start):
            self._thought(thought)
        elif (fence := _FENCE.match(self.text, line_start)) and fence.end("mark") > start:
            self._fence(fence)
        elif start - line_start < 4 and (group := self._group(start)) is not None:
            self._plain_call(group)
        else:
            self._prose(line_start, leftover)

    def _thought(self, tag: re.Match[str]) -> None:
        """Passes over a thought; a closing tag without an opening one ends a thought that began the reply."""
        self.position = tag.end()
        if tag[1]:
            if not self.has_opened_thought:
                self.calls.clear()
                self.said.clear()
                self.is_imagined = False
            return
        self.has_opened_thought = True
        closing = re.compile(rf"</{tag[2]}>", re.IGNORECASE).search(self.text, self.position)
        self.position = closing.end() if closing else len(self.text)

    def _group(self, start: int, *, with_json: bool = True) -> Group | None:
        if self.text.startswith(("{", "["), start):
            self.tries += 1
            with_json = with_json and self.tries <= _MAX_TRIES
        return replace(self.forms, with_json=with_json).read(self.text, start)

    def _plain_call(self, group: Group) -> None:
        above = self.said[-1] if self.said else ""
        if calls_it_example(above) and not self.is_imagined:
            raise BadCallError(
                f"the words {above.strip()[-80:]!r} make the call of {group.calls[0].name} an example: write "
                "a call that is meant without them, and put one that is not into a code fence."
            )
        self._take(group.calls)
        self.position = self.call_end = group.end

    def _take(self, calls: tuple[TextCall, ...]) -> None:
        if self.is_imagined:
            return
        self.calls += calls
        self.said.append("")
        if len(self.calls) > _MAX_CALLS:
            raise BadCallError(f"it has more than {_MAX_CALLS} calls: send a few at a time.")

    def _fence(self, fence: re.Match[str]) -> None:
        above = next((line for line in reversed(self.said) if line.strip()), "")
        language = fence["info"].strip().lower().partition(" ")[0]
        body = min(fence.end() + 1, len(self.text))
        is_example = calls_it_example(above)
        found = None if is_example else self._fenced_calls(fence, body, language)
        if found is not None:
            self._take(found.calls)
            self.position = found.end
            return
        end = self._fence_end(fence, body)
        if self.calls and shows_output(language):
            self._imagine()
        if is_example and self.calls == [] and self._has_call(fence, body, language):
            self.remark = self.remark or _QUOTED
        if not self.is_imagined:
            self.said.append(self.text[fence.start() : end].strip("\n"))
        self.position = end

    def _has_call(self, fence: re.Match[str], body: int, language: str) -> bool:
        try:
            return self._fenced_calls(fence, body, language) is not None
        except BadCallError:
            return True

    def _fenced_calls(self, fence: re.Match[str], body: int, language: str) -> Group | None:
        """The calls of a block that holds nothing but calls."""
        closing = _closing(fence)
        if language in _PYTHON_LANGUAGES:
            end = closing.search(self.text, body)
            calls = read_python(self.text[body : end.start() if end else len(self.text)])
            if calls:
                return Group(calls, end.end() if end else len(self.text))
        calls_found: list[TextCall] = []
        position = body
        while True:
            position = past_blanks(self.text, position)
            line_start = self.text.rfind("\n", 0, position) + 1
            if calls_found and (closed := closing.match(self.text, line_start)):
                return Group(tuple(calls_found), closed.end())
            if position == len(self.text):
                return Group(tuple(calls_found), position) if calls_found and self.forms.may_close else None
            group = self._group(position, with_json=language in _JSON_LANGUAGES)
            if group is None:
                return None
            calls_found += group.calls
            position = group.end

    def _fence_end(self, fence: re.Match[str], body: int) -> int:
        closed = _closing(fence).search(self.text, body)
        return closed.end() if closed else len(self.text)

    def _prose(self, line_start: int, leftover: re.Pattern[str]) -> None:
        end = self.text.find("\n", line_start)
        end = len(self.text) if end < 0 else end
        line = self.text[line_start:end]
        self.position = end
        if line_start == self.call_end:
            raise BadCallError(
                f"behind a call stands {line.strip()[:50]!r} in the same line: begin a new line there."
            )
        if self.calls and imagines_result(line):
            self._imagine()
        found = None if line.lstrip().startswith(">") else leftover.search(_CODE_SPAN.sub(" ", line))
        if found is not None:
            raise BadCallError(_stray(found[0].strip()))
        if not self.is_imagined:
            self.said.append(line)

    def _imagine(self) -> None:
        self.is_imagined = True
        self.remark = _IGNORED


def _closing(fence: re.Match[str]) -> re.Pattern[str]:
    mark = fence["mark"]
    return re.compile(rf"^[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*\r?$", re.MULTILINE)


def _stray(tag: str) -> str:
    if tag.startswith("</"):
        return (
            f"{tag!r} closes nothing: where a value holds this tag itself, number both tags of the value, as "
            "in <new:1> … </new:1>; put a tag that is only talked about in `backticks`."
        )
    return (
        f"{tag!r} stands in a line where no call begins: begin a call at the start of a line and end it with "
        "its closing tag; put a tag that is only talked about in `backticks`."
    )
