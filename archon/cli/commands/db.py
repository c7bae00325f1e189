"""`archon db`: looks after the database."""

from __future__ import annotations

from argparse import Namespace

from archon.bootstrap import upgrade_database
from archon.cli.exit_codes import DONE
from archon.cli.show import out, print_json
from archon.settings import load_settings


def upgrade(arguments: Namespace) -> int:
    revision = upgrade_database(load_settings())
    if arguments.json:
        print_json({"revision": revision})
    else:
        out(f"The database is at revision {revision}.")
    return DONE
