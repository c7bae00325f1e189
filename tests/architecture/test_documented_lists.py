"""The lists in the documentation are the code's: events, statuses, reasons, exit codes, models, settings."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_args

import pytest

from archon.adapters.model.profiles import PROVIDERS
from archon.api.config import LARGEST_BODY_BYTES
from archon.api.errors import RETRY_AFTER_S
from archon.bootstrap import RUN_TIMEOUT_S
from archon.cli.exit_codes import MEANINGS
from archon.domain import errors
from archon.domain.errors import ArchonError
from archon.domain.events import Body, EffectKind
from archon.domain.execution import SandboxLimits
from archon.domain.money import MICROUSD_PER_USD
from archon.domain.task import ADVICE, FailureReason, Status
from archon.engine.workspace import LARGEST_FILE_BYTES
from archon.services.advance_task import STOPPED
from archon.services.look_at_tasks import RUNNER_DIED
from archon.services.roles import ROLES
from archon.services.submit_task import (
    LARGEST_INPUT_BYTES,
    LEAST_FREE_BYTES,
    MOST_BUDGET_MICROUSD,
    MOST_ROUNDS,
)
from archon.settings import variables
from tests.architecture.prose import Page, names, page, pages

USE, JOURNAL = page("docs/use.md"), page("docs/journal.md")
NO_SETTINGS = {"XDG_DATA_HOME", "ARCHON_PROOF", "HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL", "ASAN_OPTIONS"}
NO_SETTINGS |= {"NO_PROXY", "SSL_CERT_FILE", "NO_COLOR"}


def test_the_table_of_events_has_every_kind_with_its_fields() -> None:
    rows = JOURNAL.rows("kind", "fields", "written by", "means")
    written = {names(kind)[0]: names(given) for kind, given, *_ in rows}
    kinds: dict[str, list[str]] = {}
    for cls in get_args(Body):
        defined: list[Any] = list(fields(cls))
        kind = next(str(field.default) for field in defined if field.name == "kind")
        kinds[kind] = [field.name for field in defined if field.name != "kind"]
    assert written == kinds
    assert list(written) == list(kinds), "in the order of the code"


def test_the_table_of_effects_has_every_kind() -> None:
    written = [name for row in JOURNAL.rows("effect", "is", "repeat") for name in names(row[0])]
    assert sorted(written) == sorted(get_args(EffectKind))


def test_the_table_of_statuses_is_complete() -> None:
    assert [names(row[0])[0] for row in USE.rows("status", "meaning")] == [str(status) for status in Status]


def test_each_failure_reason_stands_with_its_advice() -> None:
    written = {names(reason)[0]: advice for reason, advice in USE.rows("reason", "what to do")}
    assert written == {str(reason): ADVICE[reason] for reason in FailureReason}


def test_every_reason_for_a_pause_is_the_code_of_an_error() -> None:
    codes = {
        each.code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, ArchonError)
    }
    written = {names(row[0])[0] for row in USE.rows("reason", "what to do, then `archon resume ID`")}
    assert written <= codes | {STOPPED, RUNNER_DIED}
    assert {STOPPED, RUNNER_DIED} <= written


def test_the_exit_codes_are_those_of_the_help() -> None:
    told = re.findall(r"^ +(\d+) +(.+)$", MEANINGS, re.MULTILINE)
    assert [(code, meaning) for code, meaning in USE.rows("code", "meaning")] == told


def test_the_table_of_providers_is_complete() -> None:
    rows = USE.rows("provider", "key", "names begin with", "default model")
    written = [(label, names(key), names(prefixes), names(model)) for label, key, prefixes, model in rows]
    assert written == [
        (p.label, [p.key_variable] if p.key_variable else [], list(p.prefixes), [p.default_model])
        for p in PROVIDERS
    ]


def test_the_table_of_roles_is_complete() -> None:
    rows = USE.rows("role", "does", "default", "variable")
    assert [(names(role)[0], names(variable)[0]) for role, _, _, variable in rows] == [
        (role.name, role.variable) for role in ROLES
    ]


@pytest.mark.parametrize("each", pages(), ids=lambda each: each.name)
def test_every_setting_that_is_named_exists(each: Page) -> None:
    if each.name == "docs/seeds.md":
        return  # it also names what is still waited for
    named = {code.partition("=")[0] for code in each.code if re.fullmatch(r"[A-Z]+(_[A-Z]+)+(=\S*)?", code)}
    constants = {name for name in named if name.startswith(("RESOLVE_", "MOST_"))}
    assert named - set(variables()) - NO_SETTINGS - constants == set()


def test_the_limits_that_operators_read_are_those_of_the_code() -> None:
    sandbox = SandboxLimits()
    told = [
        f"at most {MOST_ROUNDS} rounds, {MOST_BUDGET_MICROUSD // MICROUSD_PER_USD:,} USD",
        f"inputs of {LARGEST_INPUT_BYTES // 1_000_000} MB each",
        f"body is at most {LARGEST_BODY_BYTES // 1_000_000} MB",
        f"gets {RUN_TIMEOUT_S:.0f} seconds",
        f"{sandbox.memory_mb // 1024} GB of memory, {sandbox.pids} processes",
        f"{sandbox.disk_mb // 1024} GB and {sandbox.files:,} files more in its workspace",
        f"`Retry-After: {RETRY_AFTER_S}`",
        f"less than {LEAST_FREE_BYTES // 1_000_000} MB are free",
        f"file above {LARGEST_FILE_BYTES // 1_000_000} MB",
    ]
    text = " ".join(page("docs/operate.md").text.split())
    assert [each for each in told if each not in text] == []
