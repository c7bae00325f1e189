"""The filter of system calls against a second account of its rules, in sets, over random calls."""

from __future__ import annotations

import errno

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archon.adapters.sandbox.seccomp import ABSENT_CALLS, FORBIDDEN_CALLS, seccomp_filter
from archon.adapters.sandbox.system_calls import MACHINES
from tests.builders.bpf import ALLOW, Filter, error


def expected(machine: str, number: int, arguments: list[int]) -> int:
    there = MACHINES[machine]
    if not any(number in numbers for numbers in there.known):
        return error(errno.ENOSYS)
    names = {value: name for name, value in there.numbers.items()}
    name = names.get(number, "")
    if name in FORBIDDEN_CALLS:
        return error(errno.EPERM)
    if name in ABSENT_CALLS:
        return error(errno.ENOSYS)
    low = [each & 0xFFFFFFFF for each in arguments]
    if name in {"socket", "socketpair"}:
        return expected_socket(*low[:3])
    if name == "setsockopt":
        return error(errno.ENOPROTOOPT) if low[1:3] == [6, 31] else ALLOW
    if name == "prlimit64":
        return error(errno.EPERM) if low[0] and arguments[2] else ALLOW
    return error(errno.EPERM) if is_forbidden(name, low) else ALLOW


def is_forbidden(name: str, low: list[int]) -> bool:
    sets_user = [bool(each & 0o4000) for each in low]
    makes_file = [bool(each & 0o20000100) for each in low]
    is_device = [each & 0o170000 in {0o20000, 0o60000} for each in low]
    return {
        "clone": bool(low[0] & 0x7E020000),
        "personality": low[0] not in {0, 0xFFFFFFFF},
        "prctl": low[0] == 35,
        "seccomp": bool(low[1] & 8),
        "ioctl": low[1] in {0x5412, 0x541C, 0x5423},
        "mknod": sets_user[1] or is_device[1],
        "mknodat": sets_user[2] or is_device[2],
        "open": makes_file[1] and sets_user[2],
        "openat": makes_file[2] and sets_user[3],
    }.get(name, name in {"chmod", "fchmod", "creat"} and sets_user[1]) or (
        name in {"fchmodat", "fchmodat2"} and sets_user[2]
    )


def expected_socket(family: int, kind: int, protocol: int) -> int:
    if family == 1 or (family == 16 and protocol == 0):
        return ALLOW
    if family not in {2, 10, 16}:
        return error(errno.EAFNOSUPPORT)
    if family != 16 and kind & 0xF not in {1, 2}:
        return error(errno.EPERM)
    return ALLOW if family != 16 and protocol in {0, 6, 17} else error(errno.EPROTONOSUPPORT)


NAMED = {number for each in MACHINES.values() for number in each.numbers.values()}
NUMBERS = st.one_of(
    st.sampled_from(sorted({number + near for number in NAMED for near in (-1, 0, 1)} - {-1})),
    st.integers(0, 600),
    st.integers(0, 2**32 - 1),
)
TELLING = (0, 1, 2, 3, 6, 8, 10, 16, 17, 31, 35, 0o100, 0o4755, 0o20000, 0o60000, 0o104755, 0o20200000)
WORDS = st.one_of(
    st.sampled_from((*TELLING, 0x5412, 0x541C, 0x5423, 0x7E020000, 0xFFFFFFFF)),
    st.integers(0, 31).map(lambda bit: 1 << bit),
    st.integers(0, 2**32 - 1),
)
HALVES = st.one_of(st.just(0), WORDS)
ARGUMENTS = st.lists(st.builds(lambda low, high: low | high << 32, WORDS, HALVES), min_size=6, max_size=6)


@pytest.mark.parametrize("machine", MACHINES)
@given(number=NUMBERS, arguments=ARGUMENTS)
@example(number=0xFFFFFFFF, arguments=[0] * 6)
def test_it_answers_as_the_rules_say(machine: str, number: int, arguments: list[int]) -> None:
    run = Filter(seccomp_filter(machine))
    verdict = run(MACHINES[machine].architecture, number, *arguments)
    assert verdict.answer == expected(machine, number, arguments)
    assert verdict.steps <= 24
