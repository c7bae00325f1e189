"""An attack is a program that wins by printing a secret, by harming what is watched, or by saying so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox
from tests.security.battery.prelude import PRELUDE
from tests.security.battery.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    name: str
    program: str
    """Python source. Before it stand `PRELUDE`, all that an attacker could know, and `WORD`."""
    needs: str
    """What it takes for it to work without protection: one of `CONDITIONS`, or nothing."""


def attack(name: str, program: str, *, needs: str = "") -> Attack:
    return Attack(name=name, program=program, needs=needs)


def armed(attack: Attack, target: Target, *, here: Path, shown: str) -> Command:
    """The attack with all that an attacker could know: `shown` is where it finds the mounted folder.

    The word that it says when it won is told backwards, so that printing what it knows does not say it.
    """
    known = {**target.known, "HERE": str(here), "SHOWN": shown, "WORD": target.word[::-1]}
    constants = "".join(f"{name} = {value!r}\n" for name, value in known.items())
    return Command(argv=("python", "-"), stdin=(PRELUDE + constants + attack.program).encode(), timeout_s=20)


async def succeeds(attack: Attack, target: Target, sandbox: Sandbox, *, here: Path, shown: str) -> bool:
    result = await sandbox.exec(armed(attack, target, here=here, shown=shown))
    assert result.exit_code not in {124, 126, 127}, f"it did not run: {result}"
    has_told = any(secret.encode() in result.stdout for secret in (target.token, target.word))
    return has_told or target.is_harmed()
