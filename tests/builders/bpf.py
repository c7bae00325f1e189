"""Runs a seccomp filter as the kernel would, after its checks."""

from __future__ import annotations

import struct
from dataclasses import dataclass

LOAD, AND, JUMP, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06
"""All that is used of the language. Source: include/uapi/linux/bpf_common.h."""

ALLOW = 0x7FFF0000
KILL = 0x80000000


def error(number: int) -> int:
    """The answer that makes a call fail with this."""
    return 0x00050000 | number


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    answer: int
    steps: int
    """How many instructions it took."""
    loaded: frozenset[int]
    """The offsets of the words that were looked at, in bytes."""


class Filter:
    def __init__(self, program: bytes) -> None:
        self.instructions = list(struct.iter_unpack("=HBBI", program))
        self._check()

    def __call__(self, architecture: int, number: int, *arguments: int) -> Verdict:
        """The answer to a call: 32 bits for its number and 64 for each argument."""
        data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
        register, place, steps = 0, 0, 0
        loaded: set[int] = set()
        while True:
            code, yes, no, operand = self.instructions[place]
            place, steps = place + 1, steps + 1
            if code == RETURN:
                return Verdict(answer=operand, steps=steps, loaded=frozenset(loaded))
            if code == LOAD:
                loaded.add(operand)
                (register,) = struct.unpack_from("=I", data, operand)
            elif code == AND:
                register &= operand
            elif code == JUMP:
                place += operand
            else:
                place += yes if self._holds(code, register, operand) else no

    @staticmethod
    def _holds(code: int, register: int, operand: int) -> bool:
        return {
            EQUAL: register == operand,
            AT_LEAST: register >= operand,
            ANY_BIT: bool(register & operand),
        }[code]

    def _check(self) -> None:
        """Source: bpf_check_classic and seccomp_check_filter in the kernel."""
        count = len(self.instructions)
        assert 0 < count <= 4096
        assert self.instructions[-1][0] == RETURN
        for place, (code, yes, no, operand) in enumerate(self.instructions):
            assert code in {LOAD, AND, JUMP, EQUAL, AT_LEAST, ANY_BIT, RETURN}
            assert code != LOAD or (operand % 4 == 0 and operand < 64)
            assert place + 1 + max(yes, no, operand if code == JUMP else 0) < count or code == RETURN
