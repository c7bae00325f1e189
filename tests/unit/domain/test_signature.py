"""The same fault has one signature in every run; another fault has another."""

from __future__ import annotations

import linecache
import time
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.frames import Frame, Location
from archon.domain.signature import ErrorSignature, error_signature
from archon.domain.volatile import steady

PROGRAM = """
def parse(row):
    return {"id": int(row["id"])}


def load(rows):
    return [parse(row) for row in rows]


load([{"id": "1"}, {}])
"""


def crash(source: str, *, root: str = "/workspace", lines_above: int = 0, name: str = "main.py") -> str:
    """What Python really prints for a program that fails, as if it lay in that folder."""
    moved = "\n" * lines_above + source
    path = f"{root}/{name}"
    linecache.cache[path] = (len(moved), None, moved.splitlines(keepends=True), path)
    try:
        exec(compile(moved, path, "exec"), {"__name__": "__main__"})
    except Exception:  # noqa: BLE001 (the program may fail by anything)
        return traceback.format_exc()
    finally:
        linecache.cache.pop(path)
    raise AssertionError("the program did not fail")


def of(source: str, *, root: str = "/workspace", lines_above: int = 0) -> ErrorSignature:
    output = crash(source, root=root, lines_above=lines_above)
    return error_signature(output, exit_code=1, root=root)


def test_a_crash_is_named_by_type_message_and_innermost_frames() -> None:
    signature = of(PROGRAM)
    assert (signature.exception, signature.message) == ("KeyError", "'id'")
    assert signature.frames[-1] == Frame("main.py", "parse")
    assert signature.locations[-1] == Location("main.py", 3, "parse")
    assert signature.text.startswith("KeyError: 'id' at main.py:parse < ")


@given(st.integers(0, 300), st.sampled_from(["/workspace", "/tmp/job-1/repo", "/home/a b/x.y", "/"]))
def test_moved_lines_and_another_folder_change_nothing(lines_above: int, root: str) -> None:
    assert of(PROGRAM, root=root.rstrip("/") or "/r", lines_above=lines_above).text == of(PROGRAM).text


@pytest.mark.parametrize(
    "changed",
    [
        PROGRAM.replace('row["id"]', 'row["key"]'),
        PROGRAM.replace("def parse", "def read").replace("parse(row)", "read(row)"),
        PROGRAM.replace('"1"', '"x"'),
        PROGRAM.replace('{"id": int', '{"id": undefined or int'),
        "import nothing_of_this_name\n",
        "assert 1 > 2\n",
        "assert 1 > 3\n",
        "raise KeyError('id')\n",
    ],
)
def test_another_fault_has_another_signature(changed: str) -> None:
    assert of(changed).text != of(PROGRAM).text


def test_an_assertion_without_a_message_is_told_by_its_code() -> None:
    assert of("assert 1 > 2\n").message == "assert 1 > 2"


def test_a_chain_is_named_by_its_end_and_its_cause() -> None:
    source = "try:\n    {}['port']\nexcept KeyError:\n    raise RuntimeError('no settings') from None\n"
    chained = of(source.replace(" from None", ""))
    assert (chained.exception, chained.cause) == ("RuntimeError", "KeyError: 'port'")
    assert of(source).cause == ""


def test_endless_recursion_has_one_signature_wherever_it_stops() -> None:
    source = "def ping(n):\n    pong(n)\n\ndef pong(n):\n    ping(n)\n\n{}(0)\n"
    output = [crash(source.format(start)) for start in ("ping", "pong")]
    assert len({error_signature(one, exit_code=1).text for one in output}) == 1


def test_a_syntax_error_is_placed() -> None:
    signature = of("def f(:\n    pass\n", lines_above=2)
    assert signature.exception == "SyntaxError"
    assert signature.locations[-1].line == 3


def test_an_exception_group_is_read() -> None:
    group = "raise ExceptionGroup('all', [ValueError('{}'), KeyError('k')])\n"
    signature = of(group.format("inner"))
    assert signature.further == 2
    assert signature.text != of(group.format("other")).text


def test_frames_of_libraries_are_left_out() -> None:
    output = crash("import json\n\ndef load():\n    json.loads('{')\n\nload()\n")
    signature = error_signature(output, exit_code=1)
    assert signature.exception == "JSONDecodeError"
    assert signature.frames == (Frame("main.py", "<module>"), Frame("main.py", "load"))


LONG = """\
=================================== FAILURES ===================================
___________________________________ test_sum ___________________________________

tmp_path = PosixPath('{temporary}')

    def test_sum(tmp_path):
>       total([Item({address}), None])

{test}:{line}:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

    def total(items):
>       return sum(item.price for item in items)
E       AttributeError: {message}

shop/sums.py:{line}: AttributeError
----------------------------- Captured stdout call -----------------------------
Traceback (most recent call last):
ValueError: printed by the program
=========================== short test summary info ============================
FAILED {test}::test_sum - AttributeError: {message}
============================== 1 failed in {seconds}s ===============================
"""


def long_report(line: int, message: str = "'NoneType' object has no attribute 'price'") -> str:
    return LONG.format(
        line=line,
        message=message,
        test="tests/test_sums.py",
        temporary=f"/tmp/pytest-of-me/pytest-{line}/test_sum0",
        address=hex(0x7F0000000000 + line),
        seconds=line / 100,
    )


@given(st.integers(1, 10**6))
def test_a_pytest_failure_keeps_its_signature_while_lines_times_and_addresses_change(line: int) -> None:
    signature = error_signature(long_report(line), exit_code=1)
    assert signature.text == error_signature(long_report(7), exit_code=1).text
    assert signature.frames == (Frame("tests/test_sums.py", "test_sum"), Frame("shop/sums.py", "total"))
    assert signature.locations[-1] == Location("shop/sums.py", line, "total")


def test_pytests_styles_name_the_same_exception_and_place() -> None:
    banner, error = "=== FAILURES ===\n", "AttributeError: 'NoneType' object has no attribute 'price'"
    short = (
        f"{banner}___ test_sum ___\nt.py:2: in test_sum\n    total([])\nshop.py:4: in total\nE   {error}\n"
    )
    header = "Traceback (most recent call last):"
    native = f'{banner}___ test_sum ___\n{header}\n  File "/workspace/shop.py", line 4, in total\n{error}\n'
    single = f"{banner}E   {error}\n/workspace/shop.py:4: {error}\n"
    for report in (short, native, single):
        signature = error_signature(report, exit_code=1)
        assert (signature.exception, signature.locations[-1].file) == ("AttributeError", "shop.py")
        assert signature.locations[-1].line == 4


def test_one_more_failing_test_is_another_state_and_their_order_is_none() -> None:
    one, two = (f"___ test_{name} ___\nt.py:2: in test_{name}\nE   KeyError: '{name}'\n" for name in "ab")
    three = "___ test_c ___\nt.py:2: in test_c\nE   KeyError: 'c'\n"
    texts = [
        error_signature(f"=== FAILURES ===\n{body}", exit_code=1).text
        for body in (one, one + two, one + two + three, one + three + two)
    ]
    assert len(set(texts)) == 3
    assert texts[2] == texts[3]


def test_an_error_while_collecting_is_placed_in_the_test_file() -> None:
    report = (
        "=== ERRORS ===\n___ ERROR collecting tests/test_a.py ___\nImportError while importing test module\n"
        "Traceback:\n/usr/lib/python3.11/importlib/__init__.py:126: in import_module\n    return x\n"
        "tests/test_a.py:3: in <module>\n    import gone\nE   ModuleNotFoundError: No module named 'gone'\n"
    )
    signature = error_signature(report, exit_code=2)
    assert signature.text == "ModuleNotFoundError: No module named 'gone' at tests/test_a.py:<module>"


@pytest.mark.parametrize(
    ("output", "exit_code", "text"),
    [
        ("build.sh: line 12: TARGET: unbound variable\n", 1, "shell: TARGET: unbound variable at build.sh"),
        ("/workspace/build.sh: 3: nope: not found\n", 127, "shell: nope: not found at build.sh"),
        ("bash: line 1: nope: command not found\n", 127, "shell: nope: command not found"),
        (
            "one\ntwo\nrm: cannot remove 'x': No such file or directory\n",
            1,
            "exit 1: rm: cannot remove 'x': No such file or directory",
        ),
        (
            "usage: a.py [-h]\na.py: error: invalid choice: 'x'\n",
            2,
            "exit 2: a.py: error: invalid choice: 'x'",
        ),
        ("step 1\nstep 2\n", 137, "SIGKILL: the process was ended by a signal"),
        ("", 124, "timeout: the command ran out of time"),
        ("", 3, "exit 3"),
        ("\x1b[31mall wrong here\x1b[0m\n", 1, "exit 1: all wrong here"),
        ("ValueError: handled\n", 0, "no error"),
    ],
)
def test_failures_without_a_traceback_are_named(output: str, exit_code: int, text: str) -> None:
    assert error_signature(output, exit_code=exit_code).text == text


def test_what_varies_between_runs_is_taken_from_a_message() -> None:
    first = (
        "pid 812: <Job at 0x7f12a0> 9f0e7c52-0b1d-4c6e-9a51-1d2c3b4a5f60 wrote /tmp/tmpab12cd34/out.csv after"
        " 1.52 s at 2026-01-02T03:04:05.678Z to 127.0.0.1:40122, key deadbeef01, 1795238982.91, line 7"
    )
    second = (
        "pid 99: <Job at 0x7fffee> 11111111-0b1d-4c6e-9a51-1d2c3b4a5f60 wrote /tmp/tmpzz99yy88/out.csv after"
        " 310 ms at 2027-11-12 13:14:15 to 127.0.0.1:555, key 0123abcd99, 1795239999.04, line 70"
    )
    assert steady(first, "/workspace") == steady(second, "/workspace")


@pytest.mark.parametrize(
    ("one", "other"),
    [("'a'", "'b'"), ("key 3", "key 4"), ("status 404", "status 500"), ("/data/a.csv", "/data/b.csv")],
)
def test_what_tells_faults_apart_stays_in_a_message(one: str, other: str) -> None:
    assert steady(one, "/workspace") != steady(other, "/workspace")


@given(st.text(max_size=300), st.integers(-20, 255))
def test_any_output_has_a_signature_of_one_line(output: str, exit_code: int) -> None:
    signature = error_signature(output, exit_code=exit_code)
    assert signature.text
    assert "\n" not in signature.text


JUNK = (
    "a", "a ", "/a", "at a:1:", " at (\n", "E   _ = 1\n", "___ ___\n", "tmp", "0x", "\x1b[", "12:", "  | ",
    "[a-]", 'File "', '  File "a", line 1, in a\n', "E   ", "FAILED a - b\n", "(a) ", "+-",
    "Traceback (most recent call last):\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", JUNK)
def test_a_megabyte_of_junk_takes_linear_time(piece: str) -> None:
    junk = piece * (10**6 // len(piece))
    started = time.process_time()
    for output in (junk, f"Traceback (most recent call last):\n{junk}\nKeyError: {junk}", f"E   A: {junk}"):
        assert error_signature(output, exit_code=1).text
    assert time.process_time() - started < 5
