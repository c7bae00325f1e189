"""Prompts are files beside their agents; a variable that nobody fills is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(name: str) -> Template:
    return Template(files("archon.agents").joinpath(f"{name}.md").read_text("utf-8"))


def render(name: str, **variables: str) -> str:
    """The prompt `name` with `$variables` filled in. Raises: KeyError for one that is missing."""
    return _template(name).substitute(variables).strip() + "\n"
