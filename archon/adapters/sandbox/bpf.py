"""Compiles decisions about a system call to classic BPF, the machine language of seccomp filters.

A filter has one register and sees `struct seccomp_data`, 64 bytes: the number of the call, the machine, where
it was made, and six arguments of 64 bits. Jumps lead forward only, and a conditional one at most 255
instructions far. So a program is laid out from its end: whatever a decision leads to has its place already,
what was placed before is used again, and what is too far away gets an unconditional jump in between.

Source: Linux, Documentation/networking/filter.rst and include/uapi/linux/{bpf_common,filter,seccomp}.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

NUMBER = 0
"""Where `struct seccomp_data` has the number of the call; all offsets are in bytes."""
ARCHITECTURE = 4
_ARGUMENTS = 16
_LOAD = 0x20
"""BPF_LD | BPF_W | BPF_ABS"""
_AND = 0x54
"""BPF_ALU | BPF_AND | BPF_K"""
_JUMP = 0x05
"""BPF_JMP | BPF_JA"""
_RETURN = 0x06
"""BPF_RET | BPF_K"""
_REACH = 254
"""One less than a conditional jump has: the jump that is added for one branch moves the other by one."""
_MAXIMUM = 4096
"""BPF_MAXINSNS"""


class Condition(IntEnum):
    """What of the register is asked, unsigned, in 32 bits."""

    EQUAL = 0x15
    AT_LEAST = 0x35
    ANY_BIT = 0x45


@dataclass(frozen=True, slots=True)
class Answer:
    """The end: what the kernel does with the call."""

    value: int


@dataclass(frozen=True, slots=True)
class Load:
    """Take a word of 32 bits into the register, and go on."""

    offset: int
    then: Decision


@dataclass(frozen=True, slots=True)
class Keep:
    """Clear all but these bits of the register, and go on."""

    bits: int
    then: Decision


@dataclass(frozen=True, slots=True)
class Branch:
    condition: Condition
    operand: int
    yes: Decision
    no: Decision


Decision: TypeAlias = Answer | Load | Keep | Branch


def argument(index: int, then: Decision) -> Load:
    """Go on with the lower half of an argument, counted from 0, on a little-endian machine.

    The kernel takes an `int`, a mode or flags from there and ignores the upper half, so that a filter which
    compared all 64 bits could be passed by setting one of those.
    """
    return Load(_ARGUMENTS + 8 * index, then)


def argument_above(index: int, then: Decision) -> Load:
    """Go on with the upper half of an argument: where it is an address, both halves count."""
    return Load(_ARGUMENTS + 8 * index + 4, then)


def one_of(values: tuple[int, ...], yes: Decision, no: Decision) -> Decision:
    for value in reversed(values):
        no = Branch(Condition.EQUAL, value, yes, no)
    return no


def any_bit(bits: int, yes: Decision, no: Decision) -> Decision:
    return Branch(Condition.ANY_BIT, bits, yes, no)


def by_range(starts: list[tuple[int, Decision]]) -> Decision:
    """A binary search: each decision holds from its number, the first of which is 0, up to the next one's."""
    if len(starts) == 1:
        return starts[0][1]
    middle = len(starts) // 2
    return Branch(Condition.AT_LEAST, starts[middle][0], by_range(starts[middle:]), by_range(starts[:middle]))


def compiled(decision: Decision) -> bytes:
    """The program as an array of `struct sock_filter`, at most 4096 of them, 8 bytes each."""
    layout = _Layout()
    layout.place(decision)
    return layout.program()


class _Layout:
    """A program that grows towards its beginning; a place is counted from its end."""

    def __init__(self) -> None:
        self._instructions: list[bytes] = []
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, decision: Decision) -> int:
        """Where the decision begins, after it was put there unless the same is there already."""
        match decision:
            case Answer(value):
                return self._placed((_RETURN, value))
            case Load(offset, then):
                return self._placed((_LOAD, offset, self.place(then)))
            case Keep(bits, then):
                return self._placed((_AND, bits, self.place(then)))
            case Branch(condition, operand, yes, no):
                return self._placed((condition, operand, self.place(yes), self.place(no)))

    def program(self) -> bytes:
        if len(self._instructions) > _MAXIMUM:
            raise ValueError(f"{len(self._instructions)} instructions are more than the kernel takes")
        return b"".join(reversed(self._instructions))

    def _placed(self, meaning: tuple[int, ...]) -> int:
        """`meaning` is an instruction's code, its operand and the places it leads to."""
        if meaning not in self._places:
            code, operand, *targets = meaning
            if len(targets) == 2:
                yes, no = [self._within(_REACH, target) for target in targets]
                self._add(code, operand, self._distance(yes), self._distance(no))
            else:
                for target in targets:
                    self._within(0, target)
                self._add(code, operand)
            self._places[meaning] = len(self._instructions) - 1
        return self._places[meaning]

    def _within(self, reach: int, target: int) -> int:
        """The target itself if the next instruction gets there by itself, else a jump to it."""
        if self._distance(target) <= reach:
            return target
        self._add(_JUMP, self._distance(target))
        return len(self._instructions) - 1

    def _distance(self, target: int) -> int:
        """How many instructions lie between the next one to be added and the target."""
        return len(self._instructions) - 1 - target

    def _add(self, code: int, operand: int, yes: int = 0, no: int = 0) -> None:
        self._instructions.append(struct.pack("=HBBI", code, yes, no, operand))
