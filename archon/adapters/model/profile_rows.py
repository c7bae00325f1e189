"""Reads tables of what models can do: the one that ships with the program, and an operator's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from archon.domain.errors import ConfigurationError
from archon.domain.profile import ModelProfile

Rows: TypeAlias = Mapping[str, ModelProfile]
"""By provider and beginning of the model's own name, such as `openai/gpt-4o`."""

SHIPPED = Path(__file__).with_name("profiles.toml")
MOST_TOKENS = 100_000_000
OUTPUT_LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")

_FIELDS = {each.name: each for each in fields(ModelProfile)}
_REQUIRED = [name for name, each in _FIELDS.items() if each.default is MISSING]


@cache
def shipped_rows() -> Rows:
    """The program's own table, read when it is first asked for."""
    return read_rows(SHIPPED.read_text("utf-8"), "the program's own table", {})


@dataclass
class RowsWith:
    """The shipped table with an operator's file over it, read again when the file has changed."""

    file: Path
    _seen: tuple[int, int] | None = field(default=None, init=False)
    _rows: Rows = field(default_factory=dict, init=False)

    def __call__(self) -> Rows:
        """Raises: ConfigurationError that names the file, the row and the field."""
        try:
            found = self.file.stat()
            if (found.st_mtime_ns, found.st_size) != self._seen:
                self._rows = read_rows(self.file.read_text("utf-8"), str(self.file), shipped_rows())
                self._seen = (found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            return shipped_rows()
        except (OSError, UnicodeDecodeError) as error:
            fault = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise _wrong(str(self.file), f"it cannot be read: {fault}", "Mend it or move it away.") from None
        return self._rows


def read_rows(text: str, source: str, known: Rows) -> Rows:
    """The `known` rows with those of a TOML text over them.

    A row says what differs from the next shorter one that its name begins with, and from the known
    one of its own name. Raises: ConfigurationError.
    """
    try:
        given: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(source, f"it is not TOML: {error}", "Put each row's name into quotes.") from None
    rows = dict(known)
    for name in sorted(given, key=len):
        rows[name] = _row(source, name, given[name], rows, begins_provider=not known)
    return rows


def best_row(rows: Rows, name: str) -> ModelProfile | None:
    """The row whose name is the longest beginning of `name`; None where none is."""
    fitting = [prefix for prefix in rows if name.startswith(prefix)]
    return rows[max(fitting, key=len)] if fitting else None


def _row(source: str, name: str, given: object, rows: Rows, *, begins_provider: bool) -> ModelProfile:
    if not isinstance(given, dict):
        raise _wrong(
            source,
            f"{name!r} is no row",
            f'A row is a table, such as ["ollama/{name}"] with its fields below.',
        )
    for key, value in given.items():
        _check(source, name, key, value)
    behind = best_row(rows, name)
    if behind is not None:
        return _bounded(replace(behind, **given))
    if not begins_provider or any(each not in given for each in _REQUIRED):
        raise _wrong(
            source,
            f"the row {name!r} begins like no provider's",
            'A row is called after its provider, such as "openai/gpt-4o" or "ollama/gemma".',
        )
    return _bounded(ModelProfile(**given))


def _check(source: str, name: str, key: str, value: object) -> None:
    if key not in _FIELDS:
        raise _wrong(
            source,
            f"the row {name!r} has an unknown field {key!r}",
            f"The fields are {', '.join(_FIELDS)}.",
        )
    kind = str(_FIELDS[key].type)
    is_right = {
        "int": isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS,
        "bool": isinstance(value, bool),
        "str": isinstance(value, str),
    }[kind]
    if key == "output_limit_field":
        is_right = value in OUTPUT_LIMIT_FIELDS
    if not is_right:
        wanted = {
            "int": f"a whole number from 1 to {MOST_TOKENS}",
            "bool": "true or false",
            "str": f"one of {', '.join(OUTPUT_LIMIT_FIELDS)}" if key == "output_limit_field" else "a text",
        }[kind]
        raise _wrong(
            source, f"the field {key!r} of the row {name!r} is {str(value)[:60]!r}", f"Write {wanted}."
        )


def _bounded(profile: ModelProfile) -> ModelProfile:
    """A row whose reply fits its context, where a smaller context was all that was said."""
    return replace(profile, max_output_tokens=min(profile.max_output_tokens, profile.context_tokens))


def _wrong(source: str, what: str, cure: str) -> ConfigurationError:
    return ConfigurationError(f"In {source}: {what}.", hint=cure)
