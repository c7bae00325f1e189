"""Where a request could mean two things, nothing is changed; where only one is possible, that is done."""

from __future__ import annotations

import pytest

from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.edits.whole_file import write_whole


def edited(text: str, old: str, new: str, path: str = "a.py", *, every: bool = False) -> str | None:
    """The text after the edit; None for a refusal."""
    outcome = replace(text, old, new, path=path, replace_all=every)
    assert isinstance(outcome, Applied) or outcome.reason
    return outcome.text if isinstance(outcome, Applied) else None


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("x = 1.5\n", "x = 1", "x = 2"),
        ("x = 1.5\n", "5", "6"),
        ("x = 0.15\n", "15", "16"),
        ("price: 1,500\n", "price: 1", "price: 2"),
        ("version 1.2.3\n", "version 1.2", "version 1.4"),
        ("foobar = 1\n", "foo", "baz"),
        ("foo_bar = 1\n", "bar", "baz"),
        ("if x == 1:\n", "x =", "y ="),
        ("if x <= 1:\n", "if x <", "if x >"),
        ("x += 1\n", "= 1", "= 2"),
        ("größer = 1\n", "öß", "os"),
        (".my-class { }\n", "class { }\n", "row { }\n"),
        (".my-class { }\n", ".my", ".own"),
    ],
)
def test_no_edit_cuts_a_word_a_number_or_a_sign(text: str, old: str, new: str) -> None:
    outcome = replace(text, old, new, path="a.py")
    assert isinstance(outcome, Refused)
    assert "part of a longer" in outcome.reason
    assert edited(text, old, new, every=True) is None


def test_a_piece_between_words_is_edited_in_its_line() -> None:
    assert edited("x = foo(1, 2)  # two\n", "foo(1", "foo(3") == "x = foo(3, 2)  # two\n"
    assert edited("价格很高。\n", "价格", "费用", "a.md") == "费用很高。\n", "no blanks between words there"
    assert edited("a.b = a\n", "a", "c", every=True) == "c.b = c\n"


def test_not_all_places_are_taken_where_some_are_inside_other_words() -> None:
    assert edited("id = width\nuse(id)\n", "id", "key", every=True) is None


@pytest.mark.parametrize(
    ("text", "old", "new", "after"),
    [
        (  # escaped once too often, but for what stands in quotes
            'a = 1\nprint("x\\ty")\n',
            'a = 1\\nprint("x\\ty")\\n',
            'a = 2\\nprint("x\\ty")\\n',
            'a = 2\nprint("x\\ty")\n',
        ),
        ('print("a\\nb")\n', 'print(\\"a\\\\nb\\")\\n', 'print(\\"a\\\\nc\\")\\n', 'print("a\\nc")\n'),
        # escaped once too seldom
        ('print("one\\ntwo")\n', 'print("one\ntwo")\n', 'print("one\nthree")\n', 'print("one\\nthree")\n'),
        ('f("a\\tb")\ng()\n', 'f("a\tb")\ng()\n', 'f("a\tc")\ng()\n', 'f("a\\tc")\ng()\n'),
        # new alone was escaped: whether its line ends are meant cannot be told
        ("a = 1\nb = 2\n", "a = 1\nb = 2\n", "a = 2\\nb = 2", None),
        ("a = 1\n", "a = 1", "a = 2\\nb = 3", None),
        ('x = "a"\n', 'x = "a"', 'x = "a\\nb"', 'x = "a\\nb"\n'),
        ("s.split(/,/)\n", "s.split(/,/)", "s.split(/\\n/)", "s.split(/\\n/)\n"),
        # reading escapes would tear a text apart
        ("foo()\nbar()\n", "foo()\\nbar()\\n", 'foo()\\nbar(\\"a\\nb\\")\\n', None),
    ],
)
def test_escapes_are_read_where_they_are_none_of_the_text(
    text: str, old: str, new: str, after: str | None
) -> None:
    assert edited(text, old, new) == after


FENCED = "```\nmake run\n```\n"


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "after"),
    [
        ("a.py", '"""Use.\n\nSoon.\n"""\n', "Soon.\n", FENCED, f'"""Use.\n\n{FENCED}"""\n'),
        ("a.py", "x = 1\n", "x = 1\n", "```python\nx = 2\n```\n", "x = 2\n"),
        ("README", "Run it so:\nsoon\n", "soon\n", FENCED, None),
        ("page.html", "<pre>\n```\na\n```\nsoon\n</pre>\n", "soon\n", FENCED, None),
        ("a.md", "Soon.\n", "Soon.\n", FENCED, FENCED),
    ],
)
def test_a_fence_of_new_alone_is_text_wrapping_or_a_doubt(
    path: str, text: str, old: str, new: str, after: str | None
) -> None:
    assert edited(text, old, new, path) == after


def test_numbers_of_a_table_are_its_own() -> None:
    table, numbered = "apple\nbanana\n", "1\tapple\n2\tbanana\n"
    assert edited(table, table, numbered, "a.tsv") == numbered
    assert edited(table, table, numbered, "a.py") is None, "as if copied from a listing: nothing would change"
    assert edited(table, table, numbered, "a.txt") is None, "it cannot be told"
    assert write_whole(table, numbered, path="a.tsv") == Applied(text=numbered)
    assert (
        edited(numbered, "2\tbanana\n", "2\tcherry\n3\tdate\n", "a.tsv") == "1\tapple\n2\tcherry\n3\tdate\n"
    )


def test_old_text_of_blanks_alone_names_no_place() -> None:
    assert edited("a\n", "\n", "b") is None
    assert edited("a\n\n\n\nb\n", "\n\n\n\n", "\n\n") == "a\n\nb\n"


def test_numbers_that_new_alone_has_are_a_doubt_where_they_look_copied() -> None:
    assert edited("def f(a):\n    return a\n", "def f(a):\n", "1: def f(a, b):\n") is None
    assert edited("def f(a):\n    return a\n", "def f(a):\n", "1→def g():\n", "a.txt") is None
    assert edited("ports:\n", "ports:\n", "1: https\n2: ssh\n", "a.yml") == "1: https\n2: ssh\n"


@pytest.mark.parametrize("before", [None, "a = 1\n", 'TEXT = """\na\n"""\nb = 1\nc = 2\n'])
def test_a_file_in_one_line_is_read_or_refused(before: str | None) -> None:
    content = 'TEXT = """\\na\\n"""\\nb = 1\\nc = 3\\n'
    outcome = write_whole(before, content, path="a.py")
    is_known = before is not None and before.startswith("TEXT")
    assert (outcome == Applied(text='TEXT = """\na\n"""\nb = 1\nc = 3\n')) is is_known


def test_an_open_quote_in_a_text_does_not_hide_that_a_file_came_in_one_line() -> None:
    before = '"""The users\' file."""\n\na = 1\nb = 2\n'
    outcome = write_whole(before, before.replace("2", "3").replace("\n", "\\n"), path="a.py")
    assert isinstance(outcome, Refused) or outcome.text == before.replace("2", "3")


def test_dots_of_a_file_of_stubs_leave_nothing_out() -> None:
    stubs = 'class P:\n    def f(self) -> int:\n        """One."""\n        ...\n'
    old = "    def f(self) -> int:\n        ...\n"
    assert edited(stubs, old, '    def g(self) -> int:\n        """One."""\n        ...\n') is None


def test_a_stated_line_does_not_choose_a_place_without_the_blank_lines_that_were_quoted() -> None:
    text = "  a = 1\n\nb:\n    a = 1\nc\n"
    assert isinstance(replace(text, "a = 1 \n\n", "a = 2\n\n", path="a.txt", line_hint=4), Refused)


def test_a_step_of_tabs_is_the_files_step_of_blanks_or_the_nesting_differs() -> None:
    text = "def f():\n    for a in b:\n        c(a)\n    if d:\n        e()\n"
    assert edited(text, "\tfor a in b:\n\t\t\tc(a)\n", "\tfor a in b:\n\t\tc(a)\n\t\td()\n") is None


def test_a_line_of_signs_is_not_the_end_of_another_line() -> None:
    assert edited("INDEX todos (\n  user\n);\nf(a);\n", ");\n", ")\n") == "INDEX todos (\n  user\n)\nf(a);\n"
    assert edited("f(a);\n", ");\n", ") + 1;\n", "a.js") is None
    assert edited("f(a || b);\n", " || ", " && ", "a.js") == "f(a && b);\n"


def test_a_placeholder_that_moves_to_another_depth_says_nothing_of_its_lines() -> None:
    text = "def f():\n    a()\n    b()\n    return 1\n"
    old = "def f():\n    # ...\n    return 1\n"
    assert edited(text, old, "def f():\n    with x:\n        # ...\n    return 2\n") is None
    assert edited(text, old, old.replace("1", "2")) == text.replace("1", "2")


def test_blank_lines_around_old_hide_no_blank_line_of_new() -> None:
    text = "a = 1\nb = [1]\n\n[c]\nd = 1\n"
    old, new = "\nb = [1]  \n\n[c]\nd = 1\n", "b = [1]\nbb = 2\n\nd = 1\n"
    assert edited(text, old, new, "a.toml") == "a = 1\nb = [1]\nbb = 2\n\nd = 1\n"


def test_a_blank_line_that_old_quotes_and_new_does_not_goes() -> None:
    assert edited("a\n\nb\n", "\nb\n", "c\n", "a.txt") == "a\nc\n"
    assert edited("a\nb\n", "\nb\n", "c\n", "a.txt") == "a\nc\n", "two lines do not run together"


def test_a_blank_line_inside_markers_stays_in_new_as_it_was_in_old() -> None:
    old, new = "<<<<<<< SEARCH\n\nb\n=======\n", "\nc\n>>>>>>> REPLACE\n"
    assert edited("a\n\nb\n", old, new, "a.txt") == "a\n\nc\n"
