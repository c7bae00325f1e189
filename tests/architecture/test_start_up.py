"""Reading the command line and the settings costs no library."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTED = """
import sys
before = set(sys.modules)
{statement}
tops = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(" ".join(sorted(tops - sys.stdlib_module_names - {{"archon"}})))
"""


@pytest.mark.parametrize(
    "statement",
    [
        "from archon.cli.parser import build_parser; build_parser().format_help()",
        "from archon.settings import load_settings; load_settings({})",
        "import archon.cli.main",
    ],
)
def test_only_the_standard_library_is_imported(statement: str) -> None:
    program = IMPORTED.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
