"""What the filter of system calls answers, on both machines, by an interpreter of its language."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest

from archon.adapters.sandbox.seccomp import ABSENT_CALLS, FORBIDDEN_CALLS, seccomp_filter
from archon.adapters.sandbox.system_calls import MACHINES
from archon.domain.errors import SandboxUnavailable
from tests.builders.bpf import ALLOW, KILL, Filter, Verdict, error

FILTERS = {name: Filter(seccomp_filter(name)) for name in MACHINES}
COMMON = {
    "x86_64": {"read": 0, "write": 1, "close": 3, "mmap": 9, "futex": 202, "execve": 59, "fork": 57},
    "aarch64": {"read": 63, "write": 64, "close": 57, "mmap": 222, "futex": 98, "execve": 221},
}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
UPPER = 1 << 32
on_each = pytest.mark.parametrize("machine", MACHINES)


EPERM, ENOSYS = error(errno.EPERM), error(errno.ENOSYS)


def asked(machine: str, name: str, *arguments: int) -> int:
    """The answer to a call by its name."""
    there = MACHINES[machine]
    return FILTERS[machine](there.architecture, there.numbers[name], *arguments).answer


def by_number(machine: str, number: int, *arguments: int) -> Verdict:
    return FILTERS[machine](MACHINES[machine].architecture, number, *arguments)


@on_each
def test_the_kernel_takes_the_program(machine: str) -> None:
    """`Filter` has made its checks."""
    assert 50 < len(FILTERS[machine].instructions) < 256


@on_each
@pytest.mark.parametrize("name", FORBIDDEN_CALLS)
def test_what_escapes_start_with_is_forbidden(machine: str, name: str) -> None:
    if name in MACHINES[machine].numbers:
        assert asked(machine, name) == asked(machine, name, *[2**64 - 1] * 6) == EPERM


@on_each
@pytest.mark.parametrize("name", ABSENT_CALLS)
def test_what_programs_fall_back_from_is_absent(machine: str, name: str) -> None:
    if name in MACHINES[machine].numbers:
        assert asked(machine, name) == asked(machine, name, *[2**64 - 1] * 6) == ENOSYS


def test_every_refused_name_is_a_system_call() -> None:
    assert {*FORBIDDEN_CALLS, *ABSENT_CALLS} <= MACHINES["x86_64"].numbers.keys()
    assert not {*FORBIDDEN_CALLS} & {*ABSENT_CALLS}


@on_each
def test_calls_that_new_kernels_brought_are_absent(machine: str) -> None:
    """Also between the known ones, where a machine's own calls are added."""
    last = MACHINES[machine].known[-1].stop
    between = MACHINES[machine].known[-2].stop
    assert by_number(machine, between).answer == by_number(machine, 423).answer == ENOSYS
    assert by_number(machine, between - 1).answer in {ALLOW, EPERM}
    assert by_number(machine, last - 1).answer == ALLOW
    assert by_number(machine, last).answer == by_number(machine, 2**32 - 1).answer == ENOSYS


def test_calls_of_x32_are_absent() -> None:
    """Their numbers are those of x86_64 with a bit set, and some of their own from 512."""
    assert by_number("x86_64", 0x40000000).answer == by_number("x86_64", 0x40000000 | 165).answer == ENOSYS
    assert {by_number("x86_64", number).answer for number in range(512, 548)} == {ENOSYS}


@on_each
@pytest.mark.parametrize("architecture", [0x40000003, 0x40000028, 0, 0xC000003E ^ 1, 0xC00000B7 ^ 1])
def test_calls_of_another_architecture_kill(machine: str, architecture: int) -> None:
    """i386 by `int 0x80` and 32-bit ARM have other numbers for everything."""
    assert FILTERS[machine](architecture, COMMON[machine]["read"]).answer == KILL


@on_each
@pytest.mark.parametrize("flag", [17, 25, 26, 27, 28, 29, 30])
def test_a_clone_stays_in_its_namespaces(machine: str, flag: int) -> None:
    assert asked(machine, "clone", 1 << flag | 17) == EPERM
    assert asked(machine, "clone", UPPER | 1 << flag) == EPERM
    assert asked(machine, "clone", 0, 1 << flag, 1 << flag, 1 << flag, 1 << flag) == ALLOW


@on_each
def test_threads_and_children_are_made_by_clone(machine: str) -> None:
    thread, child, spawned = 0x3D0F00, 0x01200011, 0x4111
    assert {asked(machine, "clone", flags) for flags in (thread, child, spawned)} == {ALLOW}


@on_each
@pytest.mark.parametrize("request_", [0x5412, 0x541C, 0x5423])
def test_terminals_are_not_typed_into(machine: str, request_: int) -> None:
    assert asked(machine, "ioctl", 0, request_) == asked(machine, "ioctl", 0, UPPER | request_) == EPERM
    assert asked(machine, "ioctl", request_, 0x5413, request_) == ALLOW


@on_each
def test_limits_of_others_may_be_asked_and_not_set(machine: str) -> None:
    own, other, address = 0, 7, 0x7FFF_0000_0000
    assert asked(machine, "prlimit64", own, 7, address) == asked(machine, "prlimit64", other, 7, 0) == ALLOW
    assert asked(machine, "prlimit64", other, 7, address) == EPERM  # the lower half of this one is 0
    assert asked(machine, "prlimit64", other, 7, 1) == EPERM


@on_each
def test_a_personality_keeps_addresses_random(machine: str) -> None:
    assert asked(machine, "personality", 0) == asked(machine, "personality", 0xFFFFFFFF) == ALLOW
    assert asked(machine, "personality", 0x0040000) == asked(machine, "personality", UPPER | 0x40000) == EPERM
    assert asked(machine, "personality", 8) == asked(machine, "personality", 0xFFFFFFFE) == EPERM


@on_each
def test_a_filter_of_its_own_may_be_set_but_answers_no_calls(machine: str) -> None:
    assert asked(machine, "seccomp", 1, 0) == asked(machine, "seccomp", 1, 1) == ALLOW
    assert asked(machine, "seccomp", 1, 8) == asked(machine, "seccomp", 1, 1 | 8 | UPPER) == EPERM


@on_each
def test_processes_change_what_is_theirs_but_not_their_memory_map(machine: str) -> None:
    assert asked(machine, "prctl", 35) == asked(machine, "prctl", UPPER | 35) == EPERM
    assert {asked(machine, "prctl", option) for option in (4, 15, 22, 24, 38, 47)} == {ALLOW}


@on_each
@pytest.mark.parametrize(
    ("name", "index"), [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1)]
)
def test_no_file_gets_the_bit_that_makes_who_starts_it_its_owner(machine: str, name: str, index: int) -> None:
    if name not in MACHINES[machine].numbers:
        return
    before = [0o4755] * index
    assert asked(machine, name, *before, 0o4755) == asked(machine, name, *before, UPPER | 0o6755) == EPERM
    assert asked(machine, name, *before, 0o1777) == asked(machine, name, *before, 0o2775) == ALLOW


@on_each
@pytest.mark.parametrize(("name", "index"), [("open", 1), ("openat", 2)])
def test_no_file_is_made_with_that_bit(machine: str, name: str, index: int) -> None:
    """Where none is made the mode means nothing: it may be anything."""
    if name not in MACHINES[machine].numbers:
        return
    before = [0] * index
    unnamed = getattr(os, "O_TMPFILE", 0o20200000)
    for making in (os.O_CREAT, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, unnamed, UPPER | os.O_CREAT):
        assert asked(machine, name, *before, making, 0o4755) == EPERM
        assert asked(machine, name, *before, making, UPPER | 0o4000) == EPERM
        assert asked(machine, name, *before, making, 0o644) == ALLOW
    for using in (os.O_RDONLY, os.O_RDWR | os.O_CLOEXEC, os.O_DIRECTORY, os.O_PATH, UPPER):
        assert asked(machine, name, *before, using, 0o4755) == ALLOW


@on_each
@pytest.mark.parametrize(("name", "index"), [("mknod", 1), ("mknodat", 2)])
def test_fifos_are_made_but_no_devices(machine: str, name: str, index: int) -> None:
    if name not in MACHINES[machine].numbers:
        return
    before = [0] * index
    for kind in (stat.S_IFCHR, stat.S_IFBLK, UPPER | stat.S_IFCHR, 1 << 16 | stat.S_IFBLK):
        assert asked(machine, name, *before, kind | 0o600) == EPERM
    for kind in (stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG, 0):
        assert asked(machine, name, *before, kind | 0o600) == ALLOW
        assert asked(machine, name, *before, kind | 0o4600) == EPERM


@on_each
@pytest.mark.parametrize("name", ["socket", "socketpair"])
def test_sockets_are_of_unix_tcp_and_udp(machine: str, name: str) -> None:
    flags = 0o2004000
    assert {asked(machine, name, 1, kind | flags) for kind in (1, 2, 3, 5)} == {ALLOW}
    for family in (2, 10):
        for kind, protocol in ((1, 0), (1, 6), (2, 0), (2, 17)):
            assert asked(machine, name, family, kind | flags, protocol) == ALLOW
            assert asked(machine, name, UPPER | family, UPPER | kind, UPPER | protocol) == ALLOW
        for kind in (0, 3, 4, 5, 6, 10):
            assert asked(machine, name, family, kind | flags, 0) == EPERM
            assert asked(machine, name, UPPER | family, UPPER | kind, 0) == EPERM
        for protocol in (1, 58, 132, 136, 255, 256, 262):
            assert asked(machine, name, family, 2, protocol) == error(errno.EPROTONOSUPPORT)


@on_each
def test_sockets_to_the_kernel_list_interfaces_only(machine: str) -> None:
    assert asked(machine, "socket", 16, 3, 0) == asked(machine, "socket", UPPER | 16, 2, UPPER) == ALLOW
    others = {asked(machine, "socket", 16, 3, protocol) for protocol in (*range(1, 32), UPPER | 12)}
    assert others == {error(errno.EPROTONOSUPPORT)}


@on_each
def test_sockets_of_no_other_family_are_made(machine: str) -> None:
    families = {*range(64)} - {1, 2, 10, 16}
    answers = {asked(machine, "socket", upper | family, 1) for family in families for upper in (0, UPPER)}
    assert answers == {error(errno.EAFNOSUPPORT)}


@on_each
def test_no_protocol_of_the_kernel_is_put_on_a_connection(machine: str) -> None:
    refused = error(errno.ENOPROTOOPT)
    assert asked(machine, "setsockopt", 3, 6, 31) == refused
    assert asked(machine, "setsockopt", 3, UPPER | 6, UPPER | 31) == refused
    assert asked(machine, "setsockopt", 3, 6, 1) == asked(machine, "setsockopt", 3, 1, 31) == ALLOW


@on_each
def test_common_calls_are_quick(machine: str) -> None:
    """Those that are looked at no closer than by their number are allowed by new kernels without a look."""
    for number in COMMON[machine].values():
        verdict = by_number(machine, number)
        assert (verdict.answer, verdict.loaded) == (ALLOW, frozenset({0, 4}))
        assert verdict.steps <= 12
    opening = by_number(machine, MACHINES[machine].numbers["openat"], 0, 0, os.O_CREAT, 0o644)
    assert opening.steps <= 20


@on_each
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    pattern = r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$"
    said = dict(re.findall(pattern, HEADERS[machine].read_text(), re.MULTILINE))
    ours = MACHINES[machine].numbers
    assert {name: int(said[name]) for name in ours if name in said} == {
        name: number for name, number in ours.items() if name in said
    }
    newest = max(map(int, said.values()))
    assert [name for name, number in ours.items() if name not in said and number <= newest] == []
    own = {int(number) for name, number in said.items() if name != "arch_specific_syscall"} & {*range(300)}
    assert own <= {number for numbers in MACHINES[machine].known for number in numbers}


def test_another_machine_has_no_filter() -> None:
    with pytest.raises(SandboxUnavailable) as refused:
        seccomp_filter("riscv64")
    assert "x86_64, aarch64" in refused.value.hint


def test_this_machine_has_one() -> None:
    assert seccomp_filter() == seccomp_filter(os.uname().machine)
