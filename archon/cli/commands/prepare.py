"""`archon sandbox prepare`: builds the toolchains that sandboxes show."""

from __future__ import annotations

from argparse import Namespace

from archon.bootstrap import toolchains
from archon.cli.exit_codes import DONE
from archon.cli.show import out, print_json, say
from archon.domain.errors import InvalidInput
from archon.domain.values import JsonObject
from archon.settings import load_settings


def prepare(arguments: Namespace) -> int:
    """The places of what was built go to stdout, the progress to stderr."""
    known = toolchains(load_settings())
    names = arguments.names or known.names
    for name in names:
        if name not in known.names:
            raise InvalidInput(
                f"There is no toolchain {name!r}.", hint=f"There are {' and '.join(known.names)}."
            )
    places: JsonObject = {}
    for name in names:
        if arguments.clean:
            for place in known.remove(name, say):
                say(f"{name}: {place} is in use and stays")
            continue
        places[name] = str(known.prepare(name, say))
        if not arguments.json:
            out(f"{name:<11} {places[name]}")
    if arguments.json:
        print_json(places)
    return DONE
