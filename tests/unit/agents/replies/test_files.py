"""Whole files in a reply: what is surely one is taken, nothing leaves the workspace, nothing is guessed."""

from __future__ import annotations

import time
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archon.agents.replies.completeness import has_placeholder, is_change
from archon.agents.replies.files import FilesReply, parse_files
from archon.agents.replies.languages import extension
from archon.domain.paths import refusal

SCRIPT = "import sys\n\nprint(sys.argv)\n"


def read(reply: str, default_name: str | None = None) -> FilesReply:
    return parse_files(reply, default_name=default_name)


@pytest.mark.parametrize(
    "introduction",
    [
        "**tool.py**",
        "`tool.py`",
        "`tool.py`:",
        "tool.py:",
        "### tool.py",
        "#### 2. `tool.py` (the entry point)",
        "- **`tool.py`** - what people start",
        "File: tool.py",
        "**Filename:** `tool.py`",
        "=== tool.py ===",
        "Now create `./tool.py`:",
        "Save this as `tool.py`",
        "## tool.py\n\nThis reads the arguments.\n",
        "<!-- tool.py -->",
        "// tool.py",
        "tool.py\n-------",
        "*File: tool.py*",
        "`File: tool.py`",
        "**File 1: `tool.py`**",
        "(file: tool.py)",
        "__tool.py__",
        "@tool.py",
        "tool.py - the entry point",
        "==> tool.py <==",
        '<file name="tool.py">',
        "<file>tool.py</file>",
        "\U0001f4c4 tool.py",
        "ファイル: tool.py",
    ],
)
def test_a_name_above_the_fence_names_the_file(introduction: str) -> None:
    assert read(f"{introduction}\n\n```python\n{SCRIPT}```\n").files == {"tool.py": SCRIPT}


@pytest.mark.parametrize(
    "info",
    [
        *("python tool.py", "python:tool.py", "tool.py", 'py title="tool.py"', "python {file=tool.py}"),
        *("python|tool.py", "python;tool.py", "python=tool.py", "python @tool.py", "python\ttool.py"),
        *("python // tool.py", "python - tool.py", "python {1,3} tool.py", "python {tool.py}"),
    ],
)
def test_a_name_in_the_fence_names_the_file(info: str) -> None:
    assert read(f"```{info}\n{SCRIPT}```").files == {"tool.py": SCRIPT}


def test_a_first_line_comment_names_the_file_and_leaves_json_valid() -> None:
    reply = read('```js\n// web/a.js\nlet x;\n```\n```json\n// web/b.json\n{"x": 1}\n```')
    assert reply.files == {"web/a.js": "// web/a.js\nlet x;\n", "web/b.json": '{"x": 1}\n'}


@pytest.mark.parametrize(
    "path",
    [
        "/etc/cron.d/job",
        "../tool.py",
        "lib/../../tool.py",
        "~/.profile",
        "C:\\tool.py",
        "\\\\host\\share\\tool.py",
        "lib\\tool.py",
        ".git/hooks/pre-push",
        "vendor/.GIT/config",
        ".git./config",
        "to\x07ol.py",
        "to\u202eol.py",
        "//etc/tool.py",
        "%2e%2e/tool.py",
        "..%2ftool.py",
        "%252e%252e/tool.py",
        "&#46;&#46;/tool.py",
        "．．/tool.py",
        "‥/tool.py",
        "..∕tool.py",
        "／etc/tool.py",
        "Ｃ：/tool.py",
        "lib/.. /tool.py",
        "..;/tool.py",
        ".../tool.py",
        "$HOME/tool.py",
        "${HOME}/tool.py",
        "%USERPROFILE%/tool.py",
        "file:///tool.py",
        "https://example.org/tool.py",
        "tool.py::$DATA",
        "tool.py.",
        ".git /config",
        ".git::$INDEX_ALLOCATION/config",
        "%2egit/config",
        ".ｇit/config",
        ".gıt/config",
        "GIT~1/config",
        "C:",
        ".",
        "./.",
    ],
)
def test_an_unsafe_path_is_refused_with_a_reason_and_the_rest_is_used(path: str) -> None:
    reply = read(f"File: {path}\n```\nx\n```\n\n**lib/ok.py**\n```python\ny = 1\n```\n")
    assert reply.files == {"lib/ok.py": "y = 1\n"}
    assert [(file.path, bool(file.reason)) for file in reply.refused] == [(path, True)]


@pytest.mark.parametrize(
    "path",
    ["routes/$id.tsx", "app/[id]/(group)/page.tsx", "@types/a.d.ts", "50%.txt", "größe.py", "..a/b"],
)
def test_an_odd_but_harmless_path_is_taken(path: str) -> None:
    assert read(f"File: {path}\n```\nx\n```\n").files == {path: "x\n"}


@given(st.text(max_size=60) | st.from_regex(r"(\.\./|/|~|\.git/|[a-c]/|\\|C:){1,6}[a-z.]{0,6}"))
def test_no_path_ever_leaves_the_workspace(path: str) -> None:
    for reply in (f"```python {path}\nx\n```", f"File: {path}\n```\nx\n```", f"**{path}**\n```\nx\n```"):
        for taken in read(reply).files:
            pure = PurePosixPath(taken)
            assert not pure.is_absolute()
            assert refusal(taken) is None
            assert not {"..", ".git", "~"} & set(pure.parts)


@example({"a.py": "◁/THINK▷"})
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.(py|txt|css)", fullmatch=True),
        st.text(alphabet=st.characters(exclude_characters="`~\r", exclude_categories=["Cs"]), max_size=200),
        min_size=1,
        max_size=5,
    ).filter(lambda files: not any(p.startswith(f"{q}/") for p in files for q in files))
)
def test_files_written_with_named_fences_read_back_exactly(files: dict[str, str]) -> None:
    whole = {
        path: text
        for path, text in files.items()
        if not has_placeholder(text, extension(path)) and not is_change(text, extension(path))
    }
    reply = "\n\n".join(f"```text {path}\n{text}\n```" for path, text in whole.items())
    assert read(reply).files == {path: f"{text}\n" for path, text in whole.items()}


def test_the_last_version_of_a_file_counts() -> None:
    reply = read("**a.py**\n```python\nx = 1\n```\nNo:\n\n**./a.py**\n```python\nx = 2\n```\n")
    assert reply.files == {"a.py": "x = 2\n"}


@pytest.mark.parametrize(
    "reply",
    [
        "Run `tool.py`:\n```bash\npython tool.py\n```",
        "Output of `tool.py`:\n```\nhello\n```",
        "**tool.py**\n```console\n$ python tool.py\n```",
        "The layout of `app/main.py`:\n```\napp/\n├── main.py\n```",
        "## Node.js\n```js\nlet x\n```",
        "`a.py` imports `b.py`:\n```python\nimport b\n```",
        "```python\nx = 1\n```",
        "```12:20:tool.py\nx = 1\n```",
        "Name: the second part\n```python\nx = 1\n```",
        "File: see the text below\n```python\nx = 1\n```",
        "A test for `tool.py`:\n```python\nx = 1\n```",
    ],
)
def test_commands_output_trees_and_nameless_blocks_are_no_files(reply: str) -> None:
    assert read(reply) == FilesReply({}, ())


@pytest.mark.parametrize(
    "reply",
    [
        "**tool.py**\n```diff\n-x\n+y\n```",
        "**tool.py**\n```python\n@@ -1,2 +1,2 @@\n-x\n+y\n```",
        "**tool.py**\n```python\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```",
        "**tool.py**\n```python\nx = 1\n# ... the rest stays unchanged ...\n```",
        "In `tool.py`, change the last line:\n```python\nx = 1\n```",
        "**tool.py**\n```python\n- x = 0\n+ x = 1\n  print(x)\n```",
        "**tool.py**\n```\ndiff --git a/tool.py b/tool.py\n--- a/tool.py\n+++ b/tool.py\n```",
        "**tool.py**\n```python\nimport sys\n...\nprint(1)\n```",
        "**tool.py**\n```python\nimport sys\n[...]\nprint(1)\n```",
        "**tool.py**\n```python\n# existing code\nprint(1)\n```",
        "**tool.py**\n```python\n# previous code...\nprint(1)\n```",
        "**tool.py**\n```python\n# imports as before\nprint(1)\n```",
        "**tool.py**\n```python\nx = 1\n# remaining methods here\n```",
        "**tool.py**\n```python\nx = 1\n# code omitted for brevity\n```",
        "**tool.py**\n```python\nx = 1\n# --- snip ---\n```",
        "**tool.js**\n```js\nlet x\n// (rest unchanged)\n```",
        "**tool.js**\n```js\nlet x\n\nand so on\n```js\nlet y\n```",
        "**notes.md**\n```md\n# T\n```\nThen:\n```\nmore\n```\n",
    ],
)
def test_what_is_not_surely_a_whole_file_is_refused_with_a_reason(reply: str) -> None:
    read_back = read(reply)
    assert read_back.files == {}
    assert read_back.refused[0].reason


def test_an_excerpt_that_explains_a_whole_file_is_passed_over() -> None:
    whole = f"**tool.py**\n```python\n{SCRIPT}```\n"
    assert read(f"{whole}\nThe part in `tool.py` that matters:\n```python\nimport sys\n```") == FilesReply(
        {"tool.py": SCRIPT}, ()
    )


@pytest.mark.parametrize(
    "code",
    [
        "# drop the remaining items\nitems.clear()\nx = ...\n",
        "# Load existing users\nx = 1\n",
        "# take the rest of the line\nx = 1\n",
        "# Loading...\nx = 1\n",
        "class P(Protocol):\n    def f(self): ...\n",
        "class E(Exception):\n    ...\n\nx = 1\n",
        '"""\n>>> for x in y:\n...     print(x)\n...\n"""\n',
    ],
)
def test_dots_and_words_of_a_program_are_no_placeholder(code: str) -> None:
    assert read(f"**tool.py**\n```python\n{code}```").files == {"tool.py": code}


def test_a_markdown_file_may_hold_fenced_blocks_of_its_own_length() -> None:
    page = "# Tool\n\n```bash\nmake\n```\n\nor\n\n```\nmake all\n```\n\nend\n"
    reply = read(f"**README.md**\n```markdown\n{page}```\n\n**tool.py**\n```python\n{SCRIPT}```\n")
    assert reply.files == {"README.md": page, "tool.py": SCRIPT}


def test_a_fence_inside_a_python_string_does_not_end_the_file() -> None:
    code = 'PAGE = """\n```\ncode\n```\n"""\n'
    assert read(f"```python page.py\n{code}```\n").files == {"page.py": code}


def test_a_list_item_gives_its_indentation_back() -> None:
    reply = read("1. `a.py`\n\n   ```python\n   if x:\n       y()\n   ```\n")
    assert reply.files == {"a.py": "if x:\n    y()\n"}


def test_tabs_indent_a_block_as_well_and_a_fence_may_end_the_last_line() -> None:
    assert read("- `a.py`\n\n\t```python\n\tif x:\n\t\ty()\n\t```\n").files == {"a.py": "if x:\n\ty()\n"}
    assert read("**a.py**\n```python\nx = 1\ny = 2```\n").files == {"a.py": "x = 1\ny = 2\n"}


def test_an_unclosed_last_block_is_flagged() -> None:
    assert read("**a.py**\n```python\nx = 1\ny =").is_cut
    assert read("<think>Let me see").is_cut
    assert not read("**a.py**\n```python\nx = 1\n```").is_cut


def test_blocks_in_the_thinking_are_no_files() -> None:
    reply = read("<think>\n```python a.py\nx = 1\n```\n</think>\n```python b.py\ny = 1\n```")
    assert reply.files == {"b.py": "y = 1\n"}


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<think>", "</think>"),
        ("<think time=3>", "</think>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("◁think▷", "◁/think▷"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>\n<|begin_of_solution|>"),
    ],
)
def test_thinking_is_passed_over_in_every_spelling(opening: str, closing: str) -> None:
    answer = "```python b.py\ny = 1\n```\n"
    assert read(f"{opening}\n```python a.py\nx = 1\n```\n{closing}{answer}").files == {"b.py": "y = 1\n"}
    later = f"{answer}{opening}\n```python b.py\nx = 1\n```\n{closing}\nDone."
    assert read(later).files == {"b.py": "y = 1\n"}


def test_a_file_may_hold_the_tags_of_thinking() -> None:
    code = "<think>\nx\n</think>\n"
    assert read(f"```text a.txt\n{code}```\n").files == {"a.txt": code}


@pytest.mark.parametrize("line", ["</think>", "[/THINK]", "◁/think▷", "<think>\n</think>", "</reasoning>"])
@pytest.mark.parametrize(
    "around", ["{}\n", "x\n{}\ny\n", 'PAGE = """\n```\n{}\n```\n"""\n', "'''\n~~~ x\n{}\n~~~\n'''\n"]
)
def test_what_ends_a_thought_ends_none_within_a_file(line: str, around: str) -> None:
    code = around.format(line)
    reply = f"```python a.py\nx = 1\n```\n```python b.py\n{code}```\n```python c.py\nz = 1\n```"
    assert read(reply).files == {"a.py": "x = 1\n", "b.py": code, "c.py": "z = 1\n"}


@pytest.mark.parametrize(
    "thought",
    [
        "I try:\n```python b.py\nx = 1\n```\nNo.\n</think>\n",
        "I try:\n```python b.py\nx = 1\n</think>\n",
        "I try:\n```\nx = 1\n[/THINK]\n",
        "Well.\n<think>\n```python b.py\nx = 1\n</think>\n",
        "Well.\n<think>a</think>\n<think>\n```python b.py\nx = 1\n```\n</think>",
    ],
)
def test_a_thought_that_began_before_a_fence_takes_it_with_it(thought: str) -> None:
    assert read(f"{thought}```python b.py\ny = 1\n```\nDone.").files == {"b.py": "y = 1\n"}


def test_no_file_is_taken_out_of_a_thought_that_never_ends() -> None:
    reply = read("```python a.py\nx = 1\n```\n<think>\nor\n```python a.py\nx = 2\n```\n")
    assert reply == FilesReply({"a.py": "x = 1\n"}, (), is_cut=True)


GOOD, BAD = "```python main.py\nx = 1\n```\n", "```python main.py\nx = 0\n```\n"


@pytest.mark.parametrize(
    "words",
    [
        *("For example, a bad version would be:", "For comparison, the old version was:", "Before:", "Bad:"),
        *(
            "Do not write it like this:",
            "The wrong way:",
            "**Original code**",
            "It would fail as:",
            "# Before",
        ),
        *(
            "It is right now. Never do this:",
            "The naive version:",
            "Instead of:",
            "The code before:",
        ),
    ],
)
def test_a_version_that_is_not_meant_is_not_written_wherever_it_stands(words: str) -> None:
    kept = FilesReply({"main.py": "x = 1\n"}, ())
    assert read(f"{GOOD}\n{words}\n{BAD}") == kept
    assert read(f"{words}\n{BAD}\nThe file:\n{GOOD}") == kept
    assert read(f"**main.py**\n```\nx = 1\n```\n{words}\n\n**main.py**\n```\nx = 0\n```") == kept
    assert read(f"```python\nx = 1\n```\n{words}\n```python\nx = 0\n```", "main.py") == kept
    alone = read(f"{words}\n{BAD}")
    assert alone.files == {} and "not meant" in alone.refused[0].reason


@pytest.mark.parametrize(
    "words",
    [
        *("Here is an example implementation:", "The old version was slow. Now:", "The file is not empty:"),
        *("Instead of the previous code, use:", "Replace the old file with this:", "DISPUTE check_a: wrong"),
        *("Here is the fixed version of the broken code:", "It was bad before.", "The corrected original:"),
    ],
)
def test_words_about_other_versions_keep_no_file_from_being_taken(words: str) -> None:
    assert read(f"{words}\n{GOOD}") == FilesReply({"main.py": "x = 1\n"}, ())


def test_a_first_line_that_is_only_the_name_is_no_part_of_the_file() -> None:
    assert read("```python\nlib/a.py\nx = 1\n```", "main.py").files == {"lib/a.py": "x = 1\n"}
    assert read("```text\nlib/a.py\nlib/b.py\n```").files == {}


@pytest.mark.parametrize(
    ("label", "info", "comment"),
    [("### a.py", "python", "# b.py\n"), ("### a.py", "python:b.py", ""), ("", "python b.py", "# a.py\n")],
)
def test_a_block_with_the_names_of_two_files_is_refused(label: str, info: str, comment: str) -> None:
    reply = read(f"{label}\n```{info}\n{comment}{SCRIPT}```\n")
    assert reply.files == {}
    assert "also named" in reply.refused[0].reason


@pytest.mark.parametrize("comment", ["# tool.py", "# src/tool.py", "# ./tool.py", "# What starts it"])
def test_a_comment_with_the_same_name_is_no_second_one(comment: str) -> None:
    assert read(f"**src/tool.py**\n```python\n{comment}\n{SCRIPT}```\n").files == {
        "src/tool.py": f"{comment}\n{SCRIPT}"
    }


def test_a_traceback_under_the_name_of_a_program_is_no_program() -> None:
    trace = 'Traceback (most recent call last):\n  File "tool.py", line 1\nValueError\n'
    assert read(f"tool.py\n```\n{trace}```\n").files == {}
    assert read(f"error.log\n```\n{trace}```\n").files == {"error.log": trace}


def test_two_names_that_look_the_same_are_no_two_files() -> None:
    reply = read("```python caf\u00e9.py\nx = 1\n```\n```python cafe\u0301.py\nx = 2\n```")
    assert reply.files == {"caf\u00e9.py": "x = 1\n"}
    assert [file.path for file in reply.refused] == ["cafe\u0301.py"]


def test_data_is_no_program() -> None:
    assert read('{"files": [{"path": "main.py", "content": "x = 1"}]}', "main.py").files == {}


def test_a_name_cannot_be_a_file_and_a_folder() -> None:
    reply = read("```text lib/a.txt\nx\n```\n```text lib/a.txt/b.txt\ny\n```")
    assert list(reply.files) == ["lib/a.txt"]
    assert [file.path for file in reply.refused] == ["lib/a.txt/b.txt"]


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{SCRIPT}```",
        f"```\n{SCRIPT}```",
        f"First:\n```bash\npip install x\n```\n```python\n{SCRIPT}```\nRun:\n```\npython tool.py\n```",
        f"```python\nx = 1\n```\nSorry, corrected:\n```python\n{SCRIPT}```",
        f"```python\n{SCRIPT}```\nExample usage:\n```python\nimport tool\n```",
        SCRIPT,
    ],
)
def test_a_single_nameless_script_takes_the_default_name(reply: str) -> None:
    assert read(reply, "tool.py").files == {"tool.py": SCRIPT}


@pytest.mark.parametrize(
    "reply",
    [
        *("I cannot.", "Sorry", "", "```python\nx = 1\n```\nUse:\n```python\nrun()\n```"),
        *("```python\n    return x\n```", "```python\n>>> x\n1\n```", "```\nIt is done.\n```"),
        *("```python\nx = 1\n# ... rest of the code\n```", "```python\n- x\n+ y\n```"),
    ],
)
def test_no_script_or_an_undecided_one_takes_no_default_name(reply: str) -> None:
    assert read(reply, "tool.py").files == {}


def test_a_hostile_reply_is_read_in_reasonable_time() -> None:
    assert read("```\n" * 100_000).files == {}
    assert read("```md x.md\n" * 20_000 + "```").is_cut
    assert read("x\n" + "<think>\n" * 50_000).files == {}
    assert len(read("```python a.py\nx\n" * 5_000).refused) == 4_999
    assert read("# File: " + " (" * 200_000 + "\n```\nx\n```").files == {}


@pytest.mark.parametrize(
    "reply",
    [
        "```python a.py\n" + SCRIPT * 40_000 + "```",
        "```python\n" + SCRIPT * 40_000 + "```",
        SCRIPT * 40_000,
        f"```python a.py\n{SCRIPT}```\n" * 15_000,
        "```python a.py\n" + 'x = """\n```\n"""\n' * 60_000 + "```",
        "```python a.py\n" + '"' * 1_000_000 + "\n```",
        '```python a.py\n\\"""\n' * 20_000,
        "<think>a</think>\n" * 60_000,
        "x\n" + "<think>a</think>```\n" * 50_000,
        "x\n" + "</think>\n" * 100_000,
        "```\n<think>\n" * 70_000,
    ],
)
def test_a_megabyte_is_read_in_a_second_or_two(reply: str) -> None:
    started = time.process_time()
    read(reply, "tool.py")
    assert time.process_time() - started < 3
