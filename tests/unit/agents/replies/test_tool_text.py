"""Tool calls in text: known forms are read, what has no single meaning is refused, no value is changed."""

from __future__ import annotations

import json
import time

import jsonschema  # noqa: F401 - here, because the first import takes longer than an example may
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archon.agents.replies.tool_arguments import properties
from archon.agents.replies.tool_text import Broken, CallsReply, explain, read_calls, show_results, spell_calls
from archon.domain.conversation import ToolCall, ToolResult
from archon.domain.values import Json, JsonObject
from tests.builders.tools import TOOLS

READ = '<call tool="read">\n<path>a.py</path>\n</call>'
RUN = '<call tool="run">\n<command>make</command>\n</call>'


def read(text: str, finish_reason: str = "stop") -> CallsReply | Broken:
    return read_calls(text, TOOLS, finish_reason=finish_reason)


def calls(text: str) -> list[tuple[str, JsonObject]]:
    reply = read(text)
    assert isinstance(reply, CallsReply), reply
    return [(call.name, call.arguments) for call in reply.calls]


def complaint(text: str, finish_reason: str = "stop") -> str:
    reply = read(text, finish_reason)
    assert isinstance(reply, Broken), reply
    return reply.complaint


READ_A = ("read", {"path": "a.py"})
WRITE_A = ("write", {"path": "a.py", "content": "x = 1\nif x < 2:\n    print('&')"})
FUNCTION = json.dumps({"name": "read", "arguments": {"path": "a.py"}})


@pytest.mark.parametrize(
    "text",
    [
        READ,
        f"I look at it first.\n\n{READ}\n",
        f"```xml\n{READ}\n```",
        f"```\n{READ}\n```\nThen I will see.",
        f"~~~~tool_call\n{READ}\n~~~~",
        f"<think>perhaps {RUN}</think>\n{READ}",
        f"perhaps\n{RUN}\n</think>\n{READ}",
        f"{READ}<|im_end|>",
        "<call tool='read'><path>a.py</path></call>",
        "<call tool=read>\n<path>\na.py\n</path>\n</call>",
        '<call tool="read">\n  <path>a.py</path>\n</call>',
        '<call tool="read">\r\n<path>\r\na.py\r\n</path>\r\n</call>\r\n',
        '<call tool="read">\n<path>a.py</path>',
        '<call tool="read">{"path": "a.py"}</call>',
        '<tool name="read"><path>a.py</path></tool>',
        "<read>\n<path>a.py</path>\n</read>",
        f"<tool_call>\n{FUNCTION}\n</tool_call>",
        f"<tool_call>\n{FUNCTION}",
        "<tool_call>\n<function=read>\n<parameter=path>\na.py\n</parameter>\n</function>\n</tool_call>",
        '<function=read>{"path": "a.py"}</function>',
        '<function_calls>\n<invoke name="read">\n<parameter name="path">a.py</parameter>\n</invoke>\n'
        "</function_calls>",
        f"[TOOL_CALLS] [{FUNCTION}]</s>",
        '[TOOL_CALLS]read[ARGS]{"path": "a.py"}',
        '<|python_tag|>{"name": "read", "parameters": {"path": "a.py"}}<|eom_id|>',
        '<|python_tag|>read(path="a.py")<|eom_id|>',
        "[read(path='a.py')]",
        '```tool_code\nprint(default_api.read(path="a.py"))\n```',
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n"
        '```json\n{"path": "a.py"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        'Thought: I read it.\nAction: read\nAction Input: {"path": "a.py"}',
        FUNCTION,
        f"```json\n{FUNCTION}\n```",
        f"I read it:\n```json\n[\n{FUNCTION}\n]\n```",
        '```json\n{"tool": "read", "path": "a.py"}\n```',
        '{"tool": "read", "args": {"path": "a.py"}}',
        '{"action": "read", "action_input": {"path": "a.py"}}',
        '{"type": "function", "function": {"name": "read", "arguments": "{\\"path\\": \\"a.py\\"}"}}',
        '{"thought": "I read it", "tool": "read", "path": "a.py"}',
        "{'name': 'read', 'arguments': {'path': 'a.py',}}",
        f'{{"tool_calls": [{FUNCTION}]}}',
        f"<|tool_call|>[{FUNCTION}]<|/tool_call|>",
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>"
        '{"path": "a.py"}<|tool_call_end|><|tool_calls_section_end|>',
        '<|channel|>commentary to=functions.read <|constrain|>json<|message|>{"path": "a.py"}<|call|>',
        "<|channel|>analysis<|message|>I read it.<|end|><|start|>assistant<|channel|>commentary"
        ' to=functions.read<|message|>{"path": "a.py"}<|call|>',
        "{“name”: “read”, “arguments”: {“path”: “a.py”}}",
    ],
)
def test_every_known_form_of_a_call_is_read(text: str) -> None:
    assert calls(text) == [READ_A]


@pytest.mark.parametrize(
    "text",
    [
        f'<call tool="write">\n<path>a.py</path>\n<content>\n{WRITE_A[1]["content"]}\n</content>\n</call>',
        f'<call tool="write"><path>a.py</path><content>{WRITE_A[1]["content"]}</content></call>',
        '<call tool="write">\n<path>a.py</path>\n'
        f"<content><![CDATA[\n{WRITE_A[1]['content']}\n]]></content>\n</call>",
        f"<tool_call><function=write><parameter=path>a.py</parameter><parameter=content>"
        f"\n{WRITE_A[1]['content']}\n</parameter></function></tool_call>",
        json.dumps({"name": "write", "arguments": WRITE_A[1]}),
        '<tool_call>{"name": "write", "arguments": {"path": "a.py", "content": "x = 1\nif x < 2:\n'
        "    print('&')\"}}</tool_call>",
    ],
)
def test_code_needs_no_escapes(text: str) -> None:
    assert calls(text) == [WRITE_A]


def test_several_calls_are_read_in_order_and_numbered() -> None:
    reply = read_calls(f"First\n{READ}\nand then\n\n{RUN}{READ}\n", TOOLS, number_from=4)
    assert isinstance(reply, CallsReply)
    assert [(call.id, call.name) for call in reply.calls] == [
        ("call_4", "read"),
        ("call_5", "run"),
        ("call_6", "read"),
    ]
    assert reply.said == "First\n\nand then"
    assert len(calls(f"<tool_call>{FUNCTION}</tool_call>\n<tool_call>{FUNCTION}</tool_call>")) == 2
    assert len(calls(f"{FUNCTION}\n{FUNCTION}")) == 2
    assert len(calls(f"```xml\n{READ}\n```\n```xml\n{RUN}\n```")) == 2


def test_words_are_converted_to_what_the_tool_wants() -> None:
    text = '<call tool="read"><path>7</path><start> 3 </start></call>'
    assert calls(text) == [("read", {"path": "7", "start": 3})]
    edit = "<call tool=edit><path>a</path><old>b</old><new>\n</new><replace_all>True</replace_all></call>"
    assert calls(edit) == [("edit", {"path": "a", "old": "b", "new": "", "replace_all": True})]


@pytest.mark.parametrize(
    "imagined",
    [
        "Observation: it passed",
        "**Result:** it passed",
        "<result>\nit passed\n</result>",
        '<result of="call_1" tool="run">\nit passed\n</result>',
        "<tool_response>\nit passed\n</tool_response>",
        "[TOOL_RESULTS] it passed",
        "<|im_start|>user\nit passed",
        "User: it passed",
        "The output is:\n\n```\nit passed\n```",
        "```\nit passed\n```",
        "```text\nit passed\n```",
        "Output of the command:",
    ],
)
def test_nothing_behind_an_imagined_result_is_executed(imagined: str) -> None:
    reply = read(f"{READ}\n{imagined}\n\nNow:\n{RUN}\n")
    assert isinstance(reply, CallsReply)
    assert [call.name for call in reply.calls] == ["read"]
    assert reply.said == ""
    assert "not executed" in reply.remark


@pytest.mark.parametrize(
    "between",
    [
        "a.py, lines 1 to 2 of 2:\n1\timport os\n2\tx = 1",
        "1\tdef total():",
        "Edited a.py.",
        "Wrote a.py, 12 lines.",
        "55",
        "Exit code 1",
        "It ended with exit code 0 and printed nothing.",
        "Standard error:\nTraceback (most recent call last):",
        "a.py:3: x = 1",
        "Nothing was changed: not found",
        "The tests pass.",
        "Now the tests pass. I go on:",
        "I see that it is empty. So I write:",
        "```python\nx = 1\n```",
        "Es funktioniert.",
        "<!-- done -->",
    ],
)
def test_a_call_behind_what_may_be_an_imagined_result_is_not_executed(between: str) -> None:
    for text in (f"{READ}\n{between}\n{RUN}\n", f"{READ}\n\n{between}\n\nThen I run it:\n{RUN}\n{RUN}"):
        reply = read(text)
        assert isinstance(reply, CallsReply)
        assert [call.name for call in reply.calls] == ["read"]
        assert "not executed" in reply.remark


@pytest.mark.parametrize(
    "between",
    [
        *("and then", "Then I run it.", "Now let me run the tests:", "2. Run it:", "Step 2:", "Next,"),
        *("Finally, I'll run it to be sure.", "The tests:", "Dann führe ich es aus:", "To see it, I run it."),
        *("### Step 2", "**Then** we need to run it.", "---"),
    ],
)
def test_words_that_only_lead_to_the_next_call_do_not_hold_it_up(between: str) -> None:
    reply = read(f"{READ}\n{between}\n{RUN}")
    assert isinstance(reply, CallsReply)
    assert ([call.name for call in reply.calls], reply.remark) == (["read", "run"], "")


@pytest.mark.parametrize(
    "between", ["Alternatively:", "Otherwise I run:", "Else:", "If that fails, I will run:", "Or I run it:"]
)
def test_a_call_that_hangs_on_the_result_before_waits_for_it(between: str) -> None:
    reply = read(f"{READ}\n{between}\n{RUN}")
    assert isinstance(reply, CallsReply)
    assert [call.name for call in reply.calls] == ["read"]
    assert "not executed" in reply.remark


@pytest.mark.parametrize(
    "above",
    [
        *("I will not do this:", "Never do this:", "You could call:", "For example:\n", "Bad:", "He wrote:"),
        *("The documentation says:", "I would not run", "A wrong call would be:", "Not like this:"),
        *("As an example I show the call\nthat runs make:", "Calls would look so:", "The last call was:"),
        *("An example is", "Instead of calling", "Here is how a call is written:", "I won't run"),
        *("docs/notes.md contains:", "Shall I run this?", "After you confirm I will run:", "Pseudocode:"),
        *("Previously I called:", "I ran this before:", "Would you like me to run:", "Zum Beispiel:"),
    ],
)
def test_a_quoted_call_is_told_and_never_executed(above: str) -> None:
    assert complaint(f"{above}\n{RUN}")
    reply = read(f"{above}\n```xml\n{RUN}\n```\n```\n{RUN}\n```\n")
    assert isinstance(reply, CallsReply)
    assert reply.calls == () and "not executed" in reply.remark


@pytest.mark.parametrize(
    "above",
    [
        *("I look at it.", "The test does not pass. Let me run it:", "I do not know yet, so I run it:"),
        *(
            "Now I should run the tests:",
            "I can use the run tool:",
            "It looks like a bug. I run it:",
        ),
        *(
            "The user asked for a sum, so I run it:",
            "What does it print? I run it:",
            "I ran the linter already, so the tests are next:",
            "If it is there, I can run it:",
            "This should show it:",
            "E.g. 3 fails. I run it:",
        ),
    ],
)
def test_words_that_lead_to_a_call_make_it_no_example(above: str) -> None:
    assert [name for name, _ in calls(f"{above}\n{RUN}")] == ["run"]


@pytest.mark.parametrize(
    "text",
    [
        f"```xml\n{RUN}\nand so on\n```",
        f"```\n{RUN}\n# done\n```",
        f"```json\n{FUNCTION}\n[]\n```",
        f"```python main.py\n{RUN}\n```",
        f"```md\n{RUN}\n```",
        f"```bash\n{RUN}\n```",
        f"**README.md**\n```\n{RUN}\n```",
        f"File: notes.txt\n\n```text\n{RUN}\n```",
    ],
)
def test_a_call_in_a_block_that_may_be_something_else_is_told(text: str) -> None:
    assert "begin a call that is meant at the start of a line" in complaint(text)


@pytest.mark.parametrize(
    "text",
    [
        f"<example>\n{RUN}\n</example>",
        f"<!--\n{RUN}\n-->",
        f"<pre>\n{RUN}\n</pre>",
        f"```\nI do it:\n{RUN}\n```",
        f"```python\nTEXT = '''\n{RUN}\n'''\n```",
    ],
)
def test_a_call_within_something_else_is_not_executed_and_told(text: str) -> None:
    reply = read(text)
    assert isinstance(reply, CallsReply)
    assert reply.calls == () and "not executed" in reply.remark


@pytest.mark.parametrize(
    "behind",
    [
        *(
            "Wait, that is wrong.",
            "This is only an example.",
            "I would not run that.",
            "Scratch that.",
            "Shall I run this?",
        ),
        *("That is what you could call.", "Actually, do not run it.", "No, it deletes everything."),
    ],
)
def test_a_call_that_is_taken_back_is_not_executed(behind: str) -> None:
    assert "take a call back" in complaint(f"{RUN}\n{behind}\n{READ}")
    assert "take a call back" in complaint(f"{RUN}\n\n{behind}")


def test_words_behind_the_last_call_do_no_harm() -> None:
    for behind in ("Wait for the result.", "I will not do anything else before I see it.", "This reads it."):
        assert calls(f"{READ}\n{behind}") == [READ_A]


def test_what_was_found_may_be_told_before_a_call() -> None:
    assert calls(f"Observation: the test fails.\n```\nE  assert 1 == 2\n```\nSo:\n{READ}") == [READ_A]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "All is done.",
        'Use `<call tool="run">` to run something, and end it with `</call>`.',
        f"For example:\n```xml\n{RUN}\n```",
        f"The syntax is:\n\n```\n{RUN}\n```\nIs that right?",
        f"```python\nTEXT = '''\n{RUN}\n'''\n```",
        f"```python\n{FUNCTION}\n```",
        f"> {RUN}".replace("\n", "\n> "),
        f"<think>\n{RUN}\n</think>\nNothing to do.",
        f"<think>\n{RUN}",
        '```json\n{"name": "demo", "version": "1.0"}\n```',
        '```json\n{"tool": "ruff", "line-length": 100}\n```',
        '{"name": "list"}',
        '```json\n{"name": "read", "private": true}\n```',
        "read(path='a.py')",
        "```python\nread(path='a.py')\n```",
        "I could read the list, then edit and run.",
        "<summary> is a tag of HTML.",
        "```tool_code\nfor x in y:\n    read(x)\n```",
        "Action: none is needed.",
    ],
)
def test_what_is_only_said_or_quoted_is_no_call(text: str) -> None:
    reply = read(text)
    assert isinstance(reply, CallsReply)
    assert reply.calls == ()


def test_a_quoted_example_beside_a_call_is_not_executed() -> None:
    assert calls(f"The format is:\n```xml\n{RUN}\n```\nSo I write\n\n{READ}") == [READ_A]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<call tool="raed">\n<path>a</path>\n</call>', "do you mean read?"),
        ('<call tool="read">\n<file>a</file>\n</call>', "'file'"),
        ('<call tool="read">\n</call>', "path, which is missing"),
        ('<call tool="read">\n<path>a</path>\n<path>b</path>\n</call>', "twice"),
        ('<call tool="read">\n<path>a</path>\n<path>a</path>\n</call>', "twice"),
        ('<call tool="read">\n<path>a</path>\n<start>x</start>\n</call>', "/start"),
        ('<call tool="read">\n<path>a.py\n</call>', "path is not closed"),
        ('<call tool="read">\n<path>a.py', "path is not closed"),
        ('<call tool="read">', "cut off"),
        ('<call tool="read">\n<path', "where the next argument"),
        ('<call tool="read">\na.py\n</call>', "'a.py'"),
        ('<call tool="read">\n<path>a</path>\n...\n</call>', "'...'"),
        (f"{READ} reads the file", "in the same line"),
        (f"I do: {READ}", "start of a line"),
        (f"For example:\n{RUN}", "example"),
        ('&lt;call tool="read"&gt;', "start of a line"),
        ("the rest\n</content>\n</call>", "'</content>' closes nothing"),
        ('<call tool="write"><path>a</path><content>x</content>y</content></call>', "number both"),
        (
            '<call tool="run"><command>\nx\n</command></call>\n</command>\n</call>',
            "closes nothing",
        ),
        ('<call tool="edit"><path>a</path><old>x\n<old>y</old><new>z</new></call>', "holds <old>"),
        (f'<call tool="run"><command>x\n{RUN}', "holds <command>"),
        ('<call tool="run"><command>if a &lt; b</command></call>', "&lt;"),
        ('<call tool="run"><command>\n```bash\nmake\n```\n</command></call>', "fence"),
        ('<call tool="run"><command><![CDATA[a]]>b</command></call>', "CDATA"),
        (
            '<call tool="write">\n  <path>a</path>\n  <content>\n    x\n  y\n  </content></call>',
            "indentation",
        ),
        ('<call tool="run"><command>\nx\n  </command></call>', "indentation"),
        ('  <call tool="run">\n  <command>\nx\n    </command></call>', "indentation"),
        (f"An example is\n\n    {READ}", "start of a line"),
        ('<tool_call>{"name": "read", "arguments": {"path": "a\\d"}}</tool_call>', "escape"),
        ('<tool_call>{"name": "read", "arguments": {"path": "a", "path": "b"}}</tool_call>', "twice"),
        ('<tool_call>{"name": "read", "arguments": {"path": "a"}, "start": 3}</tool_call>', "start beside"),
        ("<tool_call>read a.py</tool_call>", "where a call is expected"),
        ('{"name": "read", "arguments": ["a"]}', "no object"),
        ('{"name": "remove", "arguments": {"path": "a"}}', "no tool 'remove'"),
        ('```tool_code\nread("a.py")\n```', "does not name"),
        ("```tool_code\nread(path=name)\n```", "not a plain value"),
        ("Action: read\nAction Input: a.py", "no object"),
        (f"{READ}\n<tool_call>\n{{", "where a call is expected"),
    ],
)
def test_a_call_without_a_single_meaning_is_refused_with_what_was_wrong(text: str, told: str) -> None:
    assert told in complaint(text)


@pytest.mark.parametrize(
    "text",
    [
        '<call tool="read">\n<path>a.py</path>',
        f"<tool_call>\n{FUNCTION}",
        '{"name": "read", "arguments": {"path": "a.py"}',
        f"[TOOL_CALLS] [{FUNCTION}",
        f"```xml\n{READ}\n<call tool=",
    ],
)
def test_a_reply_that_was_cut_leaves_nothing_open(text: str) -> None:
    reply = read(text, "length")
    assert isinstance(reply, Broken) or reply.calls == ()


def test_the_layout_of_indented_tags_is_no_part_of_a_value() -> None:
    text = '  <call tool="run">\n  <command>\nmake\n\n  </command>\n  </call>'
    assert calls(text) == [("run", {"command": "make\n"})]


def test_a_numbered_tag_takes_everything_as_it_stands() -> None:
    value = "</content>\n<![CDATA[ &lt; </call>"
    text = f'<call tool="write"><path>a</path><content:3>\n{value}\n</content:3></call>'
    assert calls(text) == [("write", {"path": "a", "content": value})]


pieces = st.sampled_from(
    [
        *(
            "<",
            ">",
            "</content>",
            "<content>",
            "</content:1>",
            "</call>",
            "</path>",
            "<command>",
            "</command>",
        ),
        *("```", "&lt;", "<![CDATA[", "]]>", "<think>", "</think>", "</tool_call>", "<|im_end|>", "</s>"),
        *(
            "</command>",
            "x",
            "{",
            '"',
            "\\",
            "\n",
            "\r",
            "  ",
            "Observation: x",
            "For example",
            '<call tool="run">',
        ),
    ]
)
contents = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.lists(pieces, max_size=8).map(
    "".join
)
plain_json = st.recursive(
    st.booleans() | st.integers() | contents, lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


@given(st.lists(st.tuples(contents, contents), min_size=1, max_size=3), st.sampled_from(["", "Well.\n\n"]))
def test_whatever_a_call_holds_it_reads_back(edits: list[tuple[str, str]], before: str) -> None:
    written = [
        ToolCall(
            id=f"call_{number}", name="edit", arguments={"path": "a", "old": old, "new": new, "line": number}
        )
        for number, (old, new) in enumerate(edits, 1)
    ]
    assert read(before + spell_calls(written)) == CallsReply(tuple(written), before.strip())


@given(st.lists(contents, max_size=3), st.dictionaries(st.text("ab", min_size=1), contents, max_size=3))
def test_lists_and_objects_read_back(files: list[str], colours: dict[str, str]) -> None:
    arguments: JsonObject = {"files": list(files), "colours": dict(colours)}
    call = ToolCall(id="call_1", name="label", arguments=arguments)
    assert read(spell_calls([call])) == CallsReply((call,), "")


@example("</content></call>", "\n{}\n", True)
@given(contents, st.sampled_from(["\n{}\n", "{}"]), st.booleans())
def test_a_value_in_plain_tags_is_taken_as_it_is_or_refused(value: str, layout: str, is_fenced: bool) -> None:
    text = f'<call tool="write">\n<path>a</path>\n<content>{layout.format(value)}</content>\n</call>'
    reply = read(f"```xml\n{text}\n```" if is_fenced else text)
    if isinstance(reply, CallsReply):
        assert [call.name for call in reply.calls] == ["write"]
        content = reply.calls[0].arguments["content"]
        exact = {value, value.removesuffix("\n"), value.removesuffix("\r\n").removeprefix("\r\n")}
        edges = {part.removeprefix("\n") for part in exact} if layout == "{}" else {value}
        cdata = value.strip().removeprefix("<![CDATA[").removesuffix("]]>")
        is_cdata = value.strip().startswith("<![CDATA[")
        assert content in exact | edges or (is_cdata and str(content).strip() == cdata.strip())


@given(st.dictionaries(st.sampled_from(["path", "content"]), contents, min_size=2))
def test_a_call_in_json_is_taken_as_it_is(arguments: dict[str, str]) -> None:
    spelled = json.dumps({"name": "write", "arguments": arguments})
    expected: list[tuple[str, Json]] = [("write", dict(arguments))]
    assert calls(f"<tool_call>\n{spelled}\n</tool_call>") == expected
    assert calls(f"Well.\n```json\n{spelled}\n```\nThat is all.") == expected


prose = st.sampled_from(
    [
        "I will ",
        '`<call tool="run">` ',
        "`</call>` ",
        "\n\n",
        "\n> quoted",
        "\n```python\nx = 1\n```\n",
        "- item",
        "{braces} ",
        "[1]",
        "{'name': 3}",
        "a < b",
        "Observation: x",
        '"quoted" **bold** ',
    ]
)


@given(st.lists(prose, max_size=12).map("".join))
def test_prose_never_yields_a_call(text: str) -> None:
    assert calls(text) == []


@given(st.text(max_size=200) | st.lists(pieces | prose, max_size=20).map("".join))
def test_whatever_the_reply_nothing_but_known_tools_is_called(text: str) -> None:
    reply = read(text)
    if isinstance(reply, CallsReply):
        assert {call.name for call in reply.calls} <= {tool.name for tool in TOOLS}
    else:
        assert reply.complaint


def test_the_explanation_shows_every_tool_with_a_call_that_can_be_read() -> None:
    text = explain(TOOLS)
    assert text == explain(list(TOOLS))
    for tool in TOOLS:
        shown = text.partition(f"## {tool.name}\n")[2].partition("\n## ")[0]
        assert tool.description in shown
        assert all(name in shown for name in properties(tool))
        assert [name for name, _ in calls(shown[shown.index("<call") :])] == [tool.name]


def test_results_are_shown_with_their_tools() -> None:
    made = [ToolCall(id="call_1", name="read", arguments={}), ToolCall(id="call_2", name="run", arguments={})]
    shown = show_results(
        [
            ToolResult(call_id="call_1", content="a </result> b\n"),
            ToolResult(call_id="call_2", content="no such command", is_error=True),
        ],
        made,
    )
    assert shown == (
        '<result_ of="call_1" tool="read">\na </result> b\n</result_>\n\n'
        '<result of="call_2" tool="run" failed="true">\nno such command\n</result>'
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"name": /*\n' * 40_000,
        '{"name": "read", "arguments": {"path": "\n' * 20_000,
        "<read>\n<path>" * 40_000,
        "```\n" * 100_000,
        "```\n{\n" * 50_000,
        "<tool_call>" * 50_000,
        "`" * 400_000,
        "[TOOL_CALLS]" * 50_000,
        "<think>" * 100_000,
        "x\n" + "<think>\n" * 100_000,
        "Action: read\n" * 50_000,
        "<!--\n" * 100_000,
        "<pre>\n</pre>\n" * 40_000,
        f"{READ}\n" + "Then I run it. " * 50_000,
        "```xml\nFor example:\n```\n" * 30_000,
        "[" * 300_000,
        "[read(" * 50_000,
        "x <" * 200_000,
        f"{READ}\n" + "Observation: x\n" * 50_000,
        f"{READ}\n" * 20_000,
        '<call tool="write"><path>a</path><content>' + "<" * 300_000 + "</content></call>",
        '<call tool="write"><path>a</path><content>' + "```\n" * 100_000 + "</content></call>",
    ],
)
def test_a_hostile_reply_is_read_in_reasonable_time(text: str) -> None:
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 5
