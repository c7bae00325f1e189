"""For each kind of report: one fault in two runs has one signature, each other fault another one."""

from __future__ import annotations

import itertools
import time

import pytest

from archon.domain.signature import error_signature
from tests.builders.python_reports import CHAIN, PYTEST, PYTHON_KINDS, UNITTEST
from tests.builders.report_kind import Kind
from tests.builders.tool_reports import ESLINT, GO_TEST, JEST, TAP, TOOL_KINDS, VITEST

KINDS = (*PYTHON_KINDS, *TOOL_KINDS)


def signature_of(kind: Kind, report: str, root: str = "/workspace") -> str:
    output = report.replace("/workspace", root)
    return error_signature(output, exit_code=kind.exit_code, root=root).text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_same_fault_in_another_run_keeps_its_signature(kind: Kind) -> None:
    again = kind.report
    for before, after in kind.varies:
        assert before in again
        again = again.replace(before, after)
    assert signature_of(kind, again, "/tmp/job-8f3a21/repo") == signature_of(kind, kind.report)
    coloured = again.replace("\n", "\x1b[0m\n\x1b[31m")
    assert signature_of(kind, coloured) == signature_of(kind, kind.report)


@pytest.mark.parametrize(
    ("kind", "change"), [(kind, change) for kind in KINDS for change in kind.tells], ids=str
)
def test_another_fault_of_the_same_kind_has_another_signature(kind: Kind, change: tuple[str, str]) -> None:
    assert change[0] in kind.report
    assert signature_of(kind, kind.report.replace(*change)) != signature_of(kind, kind.report)


def test_no_two_kinds_share_a_signature() -> None:
    pairs = itertools.combinations([signature_of(kind, kind.report) for kind in KINDS], 2)
    assert all(one != other for one, other in pairs)


@pytest.mark.parametrize("report", [PYTEST, UNITTEST, VITEST, JEST, GO_TEST, TAP])
def test_a_run_that_counts_failures_failed_whatever_its_exit_code_says(report: str) -> None:
    hidden = error_signature(report, exit_code=0).text
    assert hidden == error_signature(report, exit_code=1).text != "no error"


@pytest.mark.parametrize(
    "report",
    [
        "= 3 passed in 0.1s =\n",
        "Tests:       3 passed, 3 total\n",
        "ℹ fail 0\n",
        "0 failed\n",
        CHAIN,
        ESLINT,
    ],
)
def test_a_run_without_failures_that_exits_with_0_has_none(report: str) -> None:
    assert error_signature(report, exit_code=0).text == "no error"


def test_what_the_code_spells_out_is_no_accident() -> None:
    report = "=== FAILURES ===\n___ test_a ___\nt.py:1: in test_a\n    {code}\nE   assert {said}\n"
    texts = [
        error_signature(report.format(code=code, said=said), exit_code=1).text
        for code, said in (
            ("assert f() == 6.28319", "1.23456 == 6.28319"),
            ("assert f() == 6.28319", "1.98765 == 6.28319"),
            ("assert f() == 6.28317", "1.23456 == 6.28317"),
        )
    ]
    assert texts[0] == texts[1] != texts[2]


def test_noise_and_a_cut_around_a_report_leave_its_signature() -> None:
    noise = "".join(map(chr, range(256))).replace("\n", "").replace("\x1b", "")
    wanted = error_signature(CHAIN, exit_code=1).text
    assert error_signature(f"{noise}\n{CHAIN}", exit_code=1).text == wanted
    assert error_signature(f"one\n[... truncated ...]\n{CHAIN}", exit_code=1).text == wanted
    cut = "[... truncated 9 lines ...]\n" + PYTEST.partition("= FAILURES ")[2].partition("\n")[2]
    assert error_signature(cut, exit_code=1).text == error_signature(PYTEST, exit_code=1).text


def test_ten_megabytes_before_a_traceback_are_read_quickly() -> None:
    output = "2026-01-01 12:00:00 [12] ERROR cannot do /tmp/a/b.py:1\n" * 190_000 + CHAIN
    started = time.process_time()
    assert error_signature(output, exit_code=1).exception == "RuntimeError"
    assert time.process_time() - started < 5


JUNK = (
    "a.py:1: error: x\n", " --> a.py:1:1\n", "{", "{a, ", "[{", "1.", "-_", " FAIL  a\n", "not ok 1 - a\n",
    "_ _ ", "  ● a\n", "panic: x\n", "TAP version 13\n", "1 failed, ", "= 1 passed, ", "aA1a", "Mon ",
    "<time> 12 ", "<hex>-", "    at f (/a.js:1:1)\n", "/a.js:1\n^\nx\n", "  1:1 error x\n", "[cause]: a\n",
    "Expected:\n", "/a/b", "tmpabcdef",
)  # fmt: skip


@pytest.mark.parametrize("piece", JUNK)
def test_a_megabyte_of_a_tools_own_words_takes_linear_time(piece: str) -> None:
    junk = piece * (10**6 // len(piece))
    started = time.process_time()
    for head in ("", "Error: ", "=== FAILURES ===\n___ a ___\n", "⎯⎯⎯ Failed Tests 1 ⎯⎯⎯\n"):
        assert error_signature(head + junk, exit_code=1).text
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "report",
    [
        "Error: connect ECONNREFUSED 127.0.0.1:{}\n    at f (a.js:1:2)\n",
        'OperationalError: connection to server at "localhost" (127.0.0.1), port {} failed: refused\n',
        "curl: (7) Failed to connect to localhost port {} after 0 ms: Connection refused\n",
    ],
)
def test_the_port_of_a_service_that_is_not_there_tells_faults_apart(report: str) -> None:
    one, other, again = (
        error_signature(report.format(port), exit_code=1).text for port in (5432, 6379, 5432)
    )
    assert one == again != other
    handed_out = {error_signature(report.format(port), exit_code=1).text for port in (43_210, 54_321)}
    assert len(handed_out) == 1
