"""A replacement goes to its one place in the file's own writing, or nowhere."""

from __future__ import annotations

import time

import pytest

from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace

SHOP = '''import json


class Basket:
    """What a visitor wants to buy."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.items: list[str] = []

    def put(self, item: str, count: int) -> None:
        if count < 1:
            raise ValueError("count must be positive")
        self.items.extend([item] * count)

    def to_json(self) -> str:
        return json.dumps({"owner": self.owner, "items": self.items})


def cheapest(prices: dict[str, int]) -> str | None:
    best = None
    for name in prices:
        if best is None or prices[name] < prices[best]:
            best = name
    return best
'''
TABBED = "run:\n\tserve --port 80\n\nstop:\n\tif running; then \\\n\t\tkill; \\\n\tfi\n"
STACK = """services:
  web:
    image: shop
    environment:
      LEVEL: info
    ports:
      - 80
  jobs:
    image: shop
    environment:
      LEVEL: info
"""


def applied(text: str, old: str, new: str, *, path: str = "shop.py", line_hint: int | None = None) -> str:
    outcome = replace(text, old, new, path=path, line_hint=line_hint)
    assert isinstance(outcome, Applied), outcome
    return outcome.text


def refused(text: str, old: str, new: str, *, path: str = "shop.py", line_hint: int | None = None) -> Refused:
    outcome = replace(text, old, new, path=path, line_hint=line_hint)
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason
    return outcome


def changed(text: str, before: str, after: str) -> str:
    assert text.count(before) == 1
    return text.replace(before, after)


PUT = '        if count < 1:\n            raise ValueError("count must be positive")\n'
NEW_PUT = (
    '        if count < 0:\n            raise ValueError("count must not be negative")\n        count += 1\n'
)
PUT_DONE = changed(SHOP, PUT, NEW_PUT)


def dedented(text: str, depth: int = 8) -> str:
    return "".join(line[depth:] for line in text.splitlines(keepends=True))


def deeper(text: str, by: str = "    ") -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


def numbered(text: str, form: str, first: int = 12) -> str:
    return "".join(
        form % (number, line) for number, line in enumerate(text.splitlines(keepends=True), start=first)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(PUT, NEW_PUT, id="exact"),
        pytest.param(PUT.replace(":\n", ":  \n"), NEW_PUT, id="trailing blanks in old"),
        pytest.param(PUT.replace("\n", "\r\n"), NEW_PUT.replace("\n", "\r\n"), id="other line ends"),
        pytest.param("\ufeff" + PUT, NEW_PUT, id="byte order mark"),
        pytest.param(dedented(PUT), dedented(NEW_PUT), id="from the margin"),
        pytest.param(dedented(PUT, 4), dedented(NEW_PUT, 4), id="half way to the margin"),
        pytest.param(deeper(PUT), deeper(NEW_PUT), id="too deep"),
        pytest.param(deeper(PUT), NEW_PUT, id="too deep in old alone"),
        pytest.param(PUT.replace("    ", "\t"), NEW_PUT.replace("    ", "\t"), id="tabs"),
        pytest.param(PUT.replace("    ", "  "), NEW_PUT.replace("    ", "  "), id="smaller steps"),
        pytest.param(PUT.lstrip(), NEW_PUT.lstrip(), id="from the first word on"),
        pytest.param(PUT.lstrip().replace(":\n", ": \n"), NEW_PUT.lstrip(), id="first word on, and blanks"),
        pytest.param("```python\n" + PUT + "```", "```python\n" + NEW_PUT + "```", id="fence"),
        pytest.param(PUT, "```\n" + NEW_PUT + "```\n", id="fence around new alone"),
        pytest.param(numbered(PUT, "%6d\t%s"), numbered(NEW_PUT, "%6d\t%s"), id="listing"),
        pytest.param(numbered(PUT, "%d: %s"), NEW_PUT, id="listing in old alone"),
        pytest.param(numbered(PUT, "%d|%s"), numbered(NEW_PUT, "%d|%s"), id="listing with bars"),
        pytest.param(numbered(PUT, "%5d→%s"), numbered(NEW_PUT, "%5d→%s"), id="listing with arrows"),
        pytest.param(
            PUT.replace("\n", "\\n").replace('"', '\\"'),
            NEW_PUT.replace("\n", "\\n").replace('"', '\\"'),
            id="escaped",
        ),
        pytest.param(PUT.replace("<", "&lt;"), NEW_PUT.replace("<", "&lt;"), id="HTML entities"),
        pytest.param(
            PUT.replace('("', "(“").replace('")', "”)"),
            NEW_PUT.replace('("', "(“").replace('")', "”)"),
            id="curly quotes",
        ),
        pytest.param(PUT.replace("    ", "\u00a0   "), NEW_PUT, id="no-break spaces"),
        pytest.param(
            PUT.replace(":\n", ":\n\n"), NEW_PUT.replace("0:\n", "0:\n\n"), id="blank line too many"
        ),
        pytest.param("\n" + PUT + "\n", "\n" + NEW_PUT + "\n", id="blank lines around"),
        pytest.param(
            "<<<<<<< SEARCH\n" + PUT + "=======\n",
            NEW_PUT + ">>>>>>> REPLACE\n",
            id="search and replace marks",
        ),
        pytest.param(deeper(PUT, "-"), deeper(NEW_PUT, "+"), id="diff signs"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_drift_is_bridged_and_the_rest_of_the_file_kept(old: str, new: str, end: str) -> None:
    text = "\ufeff" + SHOP.replace("\n", end)
    assert applied(text, old, new) == "\ufeff" + PUT_DONE.replace("\n", end)


@pytest.mark.parametrize(
    "old",
    [
        PUT.replace("< 1", "< 2"),
        PUT.replace("< 1", "<= 1"),
        PUT.replace("count", "amount"),
        PUT.replace("count", "Count"),
        PUT.replace("ValueError", "TypeError"),
        PUT.replace("must be", "has to be"),
        PUT.replace("must be", "must  be"),
        PUT.replace(":\n", ":  # checked\n"),
        PUT.replace('"', "'"),
        PUT + "        return None\n",
        PUT.replace("            raise", "        raise"),
        PUT.replace(":\n            ", ": "),
        "        if count < 1:\n            raise ValueError(\n",
        numbered(PUT.replace("1:", "7:"), "%4d  %s"),
    ],
)
def test_a_text_that_differs_in_more_is_refused_with_the_nearest_lines(old: str) -> None:
    outcome = refused(SHOP, old, NEW_PUT)
    assert "not found" in outcome.reason
    assert "12:         if count < 1:" in outcome.hint or "13:" in outcome.hint


def test_the_hint_says_what_differs() -> None:
    hint = refused(SHOP, PUT.replace("count <", "amount <"), NEW_PUT).hint
    assert "line 12: the file has 'if count < 1:', the request 'if amount < 1:'" in hint


def test_another_nesting_is_another_text() -> None:
    outcome = refused(SHOP, "if count < 1:\n    raise ValueError(\"count must be positive\")\n"
                      "    self.items.extend([item] * count)\n", "pass\n")  # fmt: skip
    assert "indented by" in outcome.hint


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("return best\n", "if best is None:\n    raise KeyError\nreturn best\n", "    return best\n",
         "    if best is None:\n        raise KeyError\n    return best\n"),
        ("return best", "log()\n    return best", "    return best\n", "    log()\n    return best\n"),
        ("best = None\n", "", "    best = None\n", ""),
    ],
)  # fmt: skip
def test_new_lines_after_a_bare_one_are_indented_as_it(old: str, new: str, before: str, after: str) -> None:
    assert applied(SHOP, old, new) == changed(SHOP, before, after)


def test_an_indentation_that_cannot_be_told_is_refused() -> None:
    assert "indentation" in refused(SHOP, "return best", 'text = """\na\n"""\nreturn text').reason


def test_tabs_of_the_file_are_kept_where_the_request_has_blanks() -> None:
    assert applied(
        TABBED, "run:\n    serve --port 80\n", "run:\n    prepare\n    serve --port 81\n"
    ) == changed(TABBED, "\tserve --port 80\n", "\tprepare\n\tserve --port 81\n")
    assert applied(TABBED, "run:\n", "run:\n    prepare\n") == changed(TABBED, "run:\n", "run:\n\tprepare\n")


def test_the_line_ends_of_untouched_lines_are_kept() -> None:
    text = "a = 1\r\nb = 2\nc = 3\r\n"
    assert applied(text, "a = 1\nb = 2\nc = 3\n", "a = 1\nb = 4\nc = 3\n") == "a = 1\r\nb = 4\nc = 3\r\n"


def test_a_missing_line_end_at_the_end_stays_missing() -> None:
    assert applied("a: 1\nb: 2", "b: 2\n", "b: 3\n") == "a: 1\nb: 3"


def test_a_line_end_that_only_new_lacks_is_kept() -> None:
    assert applied(SHOP, "    best = None\n", '    best = ""') == changed(SHOP, "best = None", 'best = ""')
    assert applied("a\nb\nc\n", "\nb\n", "d") == "a\nd\nc\n"


def test_typography_of_the_file_is_kept_in_shared_lines_and_words() -> None:
    text = "They’re “gone” – really.\nNext.\n"
    assert applied(text, 'They\'re "gone" - really.\nNext.\n', 'They\'re "gone" - truly.\nNext.\n') == (
        "They’re “gone” – truly.\nNext.\n"
    )
    assert applied("x --port 1\n", "x —port 1\n", "x —port 2\n") == "x --port 2\n"
    assert applied("naïve = 1\nb = 2\n", "nai\u0308ve = 1\nb = 2\n", "nai\u0308ve = 1\nb = 3\n") == (
        "naïve = 1\nb = 3\n"
    )


def test_the_gaps_of_aligned_columns_are_kept() -> None:
    text = "id     INT,\nname   TEXT NOT NULL,\n"
    assert applied(text, "name TEXT NOT NULL,\n", "name CITEXT NOT NULL,\n") == (
        "id     INT,\nname   CITEXT NOT NULL,\n"
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "after"),
    [
        ("a:\n  2: x\n  3: y\n", "  2: x\n  3: y\n", "  2: x\n  3: z\n", "a:\n  2: x\n  3: z\n"),
        ('print("a\\nb")\n', 'print("a\\nb")', 'print("a\\tb")', 'print("a\\tb")\n'),
        ("x = r'$1'\n", "x = r'$1'", "x = r'\\1 $&'", "x = r'\\1 $&'\n"),
        ("```sh\nmake\n```\n", "```sh\nmake\n```\n", "```sh\nmake all\n```\n", "```sh\nmake all\n```\n"),
        ("&lt;b\n", "&lt;b", "&lt;i", "&lt;i\n"),
    ],
)  # fmt: skip
def test_what_looks_like_drift_but_is_in_the_file_is_text(text: str, old: str, new: str, after: str) -> None:
    assert applied(text, old, new, path="notes.md") == after


@pytest.mark.parametrize("old", ["  5: https\n", "5: https", "  2: https\n  4: ssh\n"])
def test_another_number_is_no_line_number(old: str) -> None:
    refused("ports:\n  2: https\n  3: ssh\n", old, old.replace("s", "t"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    image: shop\n", "    image: shop:2\n"),
        ("image: shop \n", "image: shop:2\n"),
        ("      environment:\n        LEVEL: info\n", "      environment:\n        LEVEL: debug\n"),
        ("\n    image: shop \n", "\n    image: shop:2\n"),
    ],
)
def test_several_places_are_refused_with_their_number(old: str, new: str) -> None:
    outcome = refused(STACK, old, new)
    assert "ambiguous" in outcome.reason
    assert "2 times" in outcome.reason


def test_a_stated_line_decides_among_several_places() -> None:
    after = STACK[: STACK.rindex("shop")] + "jobs" + STACK[STACK.rindex("shop") + 4 :]
    assert applied(STACK, "    image: shop\n", "    image: jobs\n", line_hint=9) == after
    assert applied(STACK, "image: shop  \n", "image: jobs\n", line_hint=9) == after
    assert applied(STACK, "    image: shop\n", "    image: jobs\n", line_hint=10) == after
    assert "ambiguous" in refused(STACK, "    image: shop\n", "    image: jobs\n", line_hint=6).reason


def test_a_line_number_in_the_request_decides_too() -> None:
    outcome = applied(STACK, "9\t    image: shop\n", "9\t    image: jobs\n")
    assert outcome.rindex("jobs") > outcome.rindex("shop")


def test_an_exact_place_is_taken_before_a_similar_one() -> None:
    text = "def a():\n    x = 0\n\ndef b():\n        x = 0\n"
    assert applied(text, "    x = 0\n", "    x = 1\n") == changed(text, "\n    x = 0\n", "\n    x = 1\n")


def test_a_word_that_is_longer_in_the_file_is_another_word() -> None:
    assert "not found" in refused("LIMIT = 10\n", "LIMIT = 1", "LIMIT = 2").reason
    assert "not found" in refused("discount = 1\n", "count = 1\n", "count = 2\n").reason


def test_replace_all_takes_every_place() -> None:
    outcome = replace(STACK, "shop", "store", replace_all=True)
    assert outcome == Applied(text=STACK.replace("shop", "store"), note="replaced 2 places")
    drifted = replace(STACK, "LEVEL: info  \n", "LEVEL: debug\n", replace_all=True)
    assert isinstance(drifted, Applied)
    assert drifted.text == STACK.replace("info", "debug")
    assert isinstance(replace(STACK, "missing", "x", replace_all=True), Refused)


def test_what_is_applied_already_is_not_applied_twice() -> None:
    assert "already" in refused(PUT_DONE, PUT, NEW_PUT).reason
    assert "already" in refused("import io\nimport os\n", "import io\n", "import io\nimport os\n").reason
    assert "already" in refused("a\n  b\n  c\n", "b  \n", "b\nc\n").reason
    twice = replace("self.log(1)\n", "log(1)", "self.log(1)", replace_all=True)
    assert isinstance(twice, Refused)


def test_a_request_that_changes_nothing_is_refused() -> None:
    assert "identical" in refused(SHOP, PUT, PUT).reason


def test_an_empty_old_text_only_fills_an_empty_file() -> None:
    assert applied("", "", "a = 1\n") == "a = 1\n"
    assert "empty" in refused(SHOP, "", "a = 1\n").reason


ELIDED = "def cheapest(prices: dict[str, int]) -> str | None:\n    best = None\n    %s\n    return best\n"


@pytest.mark.parametrize(
    "mark", ["...", "# ...", "# ... existing code ...", "# rest of the code unchanged", "…", "# [...]"]
)
def test_a_middle_that_both_texts_leave_out_stays(mark: str) -> None:
    old, new = ELIDED % mark, ELIDED.replace("return best", 'return best or ""') % mark
    assert applied(SHOP, old, new) == changed(SHOP, "return best", 'return best or ""')
    assert applied(SHOP, deeper(old), deeper(new)) == changed(SHOP, "return best", 'return best or ""')


@pytest.mark.parametrize(
    "mark", ["...", "# ... rest unchanged ...", "// existing code here", "# (remaining methods unchanged)"]
)
def test_a_middle_that_only_new_leaves_out_is_refused(mark: str) -> None:
    outcome = refused(SHOP, PUT + "        self.items.extend([item] * count)\n", PUT + f"        {mark}\n")
    assert "placeholder" in outcome.reason


def test_a_middle_that_only_old_leaves_out_is_not_deleted() -> None:
    assert "placeholder" in refused(SHOP, ELIDED % "...", "def cheapest(): ...\n").reason


def test_a_gap_with_two_ends_in_its_block_is_ambiguous() -> None:
    text = "def f():\n    a = 1\n    b()\n    a = 2\n    b()\n"
    outcome = refused(text, "def f():\n    # ...\n    b()\n", "def f():\n    # ...\n    c()\n")
    assert "ambiguous" in outcome.reason


def test_dots_that_are_code_are_code() -> None:
    stub = "def dearest(prices):\n    ...\n\n\ndef cheapest("
    assert applied(SHOP, "def cheapest(", stub) == changed(SHOP, "def cheapest(", stub)
    spread = "        self.items = [\n            ...more,\n        ]\n"
    assert applied(SHOP, PUT, spread) == changed(SHOP, PUT, spread)


def test_the_note_says_what_was_bridged() -> None:
    outcome = replace(SHOP, dedented(PUT), dedented(NEW_PUT))
    assert isinstance(outcome, Applied)
    assert "indentation" in outcome.note
    exact = replace(SHOP, PUT, NEW_PUT)
    assert isinstance(exact, Applied)
    assert exact.note == ""


@pytest.mark.parametrize("drift", ["  ", "\t", " # other"])
def test_a_long_file_is_searched_in_about_a_second(drift: str) -> None:
    lines = [f"    value_{number % 977} = compute({number}, 'é')" for number in range(120_000)]
    old = "".join(line + drift + "\n" for line in lines[60_000:60_200])
    started = time.monotonic()
    outcome = replace("\n".join(lines) + "\n", old, "pass\n")
    assert isinstance(outcome, Refused if "#" in drift else Applied)
    assert time.monotonic() - started < 10, "five times what a busy machine needs"
