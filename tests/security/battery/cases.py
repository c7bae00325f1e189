"""A table of attacks as the cases of one test."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


def each(
    name: str, table: Mapping[str, object], failing: Mapping[str, str] | None = None
) -> pytest.MarkDecorator:
    """The argument `name` for every row of the table; a row in `failing` fails, for the reason given."""
    failing = failing or {}
    assert failing.keys() <= table.keys()
    marks = {row: [pytest.mark.xfail(reason=reason, strict=True)] for row, reason in failing.items()}
    return pytest.mark.parametrize(
        name, [pytest.param(value, id=row, marks=marks.get(row, [])) for row, value in table.items()]
    )
