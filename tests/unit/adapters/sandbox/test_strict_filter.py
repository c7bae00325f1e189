"""What the second filter answers, of sandboxes without namespaces, by an interpreter of its language."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from archon.adapters.sandbox.landlock.numbers import NUMBERS
from archon.adapters.sandbox.landlock.strict import ANSWERED_CALLS, answered_calls, strict_filter
from archon.adapters.sandbox.system_calls import MACHINES
from tests.builders.bpf import ALLOW, KILL, Filter, error

FILTERS = {name: Filter(strict_filter(name)) for name in NUMBERS}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
ASKS_THE_GUARD = 0x7FC00000
EPERM, ENOSYS, ENOTTY = error(errno.EPERM), error(errno.ENOSYS), error(errno.ENOTTY)
NO_FAMILY = error(errno.EAFNOSUPPORT)
UPPER = 1 << 32
OTHER, ANOTHER_PROCESS = 2**64 - 1, 4711
on_each = pytest.mark.parametrize("machine", NUMBERS)


def asked(machine: str, name: str, *arguments: int) -> int:
    return FILTERS[machine](MACHINES[machine].architecture, NUMBERS[machine][name], *arguments).answer


@on_each
def test_it_speaks_about_the_machines_of_the_common_filter(machine: str) -> None:
    assert machine in MACHINES
    assert len(FILTERS[machine].instructions) < 256


@on_each
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text())
    known = {name: int(number) for name, number in defined}
    assert {name: known.get(name, number) for name, number in NUMBERS[machine].items()} == NUMBERS[machine]
    assert len(NUMBERS[machine].keys() & known.keys()) > 30


@on_each
@pytest.mark.parametrize("name", ANSWERED_CALLS)
def test_what_changes_any_file_of_the_user_is_left_to_the_guard(machine: str, name: str) -> None:
    if name in NUMBERS[machine]:
        assert asked(machine, name) == asked(machine, name, *[OTHER] * 6) == ASKS_THE_GUARD
        assert answered_calls(machine)[NUMBERS[machine][name]] == name


@on_each
def test_attributes_are_as_on_a_file_system_without(machine: str) -> None:
    for name in ("setxattr", "fsetxattr", "lremovexattr", "setxattrat"):
        assert asked(machine, name) == error(errno.ENOTSUP)


@on_each
def test_what_the_whole_machine_shares_is_absent(machine: str) -> None:
    for name in ("shmget", "shmat", "semget", "msgget", "mq_open", "mq_unlink", "inotify_init1"):
        assert asked(machine, name, *[OTHER] * 6) == ENOSYS


@on_each
def test_the_only_sockets_are_pairs_that_lead_nowhere_else(machine: str) -> None:
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 16, 17, 38, 40):
        assert asked(machine, "socket", family, socket.SOCK_STREAM) == NO_FAMILY
    for kind, answer in (
        (socket.SOCK_STREAM, ALLOW),
        (socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, ALLOW),
        (socket.SOCK_SEQPACKET, ALLOW),
        (socket.SOCK_DGRAM, EPERM),
        (socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, EPERM),
        (socket.SOCK_RAW, EPERM),
        (0, EPERM),
    ):
        assert asked(machine, "socketpair", socket.AF_UNIX, kind) == answer
        assert asked(machine, "socketpair", socket.AF_UNIX | UPPER, kind | UPPER) == answer
        assert asked(machine, "socketpair", socket.AF_INET, kind) == NO_FAMILY
    for name in ("bind", "connect", "listen", "accept", "accept4"):
        assert asked(machine, name) == EPERM


@on_each
def test_a_process_changes_its_own_priority_and_limits_only(machine: str) -> None:
    for name in ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "prlimit64"):
        assert asked(machine, name, 0, OTHER) == ALLOW
        assert asked(machine, name, UPPER, OTHER) == ALLOW
        assert asked(machine, name, ANOTHER_PROCESS) == asked(machine, name, OTHER) == EPERM
    for name, process in (("setpriority", os.PRIO_PROCESS), ("ioprio_set", 1)):
        assert asked(machine, name, process, 0, 5) == ALLOW
        assert asked(machine, name, process, ANOTHER_PROCESS, 5) == EPERM
        for others in (os.PRIO_PGRP + process, os.PRIO_USER + process):
            assert asked(machine, name, others, 0, 5) == EPERM


@on_each
def test_requests_past_the_path_of_a_file_are_refused(machine: str) -> None:
    allowed = (0x5401, 0x5413, 0x541B, 0x5421, 0x5451, 0x40049409, 0x4020940D)
    refused = (0x40086602, 0x401C5820, 0x40806685, 0x50009401, 0x5000940F, 0xC0046686, 0x2, 0xB701)
    for request in allowed:
        assert asked(machine, "ioctl", 3, request) == ALLOW
    for request in refused:
        assert asked(machine, "ioctl", 3, request) == asked(machine, "ioctl", 3, request | UPPER) == ENOTTY


@on_each
def test_leases_and_watches_are_refused_and_other_uses_of_a_descriptor_are_not(machine: str) -> None:
    assert [asked(machine, "fcntl", 3, request) for request in (1024, 1026)] == [EPERM] * 2
    assert {asked(machine, "fcntl", 3, request) for request in (0, 1, 2, 3, 4, 6, 7, 8, 1030, 1031)} == {
        ALLOW
    }


@on_each
def test_calls_that_it_does_not_speak_about_are_left_to_the_common_filter(machine: str) -> None:
    spoken = {*NUMBERS[machine].values()} - {NUMBERS[machine]["seccomp"]}
    architecture = MACHINES[machine].architecture
    others = [number for number in range(600) if number not in spoken]
    assert {FILTERS[machine](architecture, number).answer for number in others} == {ALLOW}


def test_other_numbers_and_other_machines_are_no_way_around() -> None:
    there = MACHINES["x86_64"].architecture
    assert FILTERS["x86_64"](there, (1 << 30) | NUMBERS["x86_64"]["socket"]).answer == ENOSYS
    assert FILTERS["x86_64"](0x40000003, 90).answer == KILL
    assert FILTERS["aarch64"](there, 90).answer == KILL
