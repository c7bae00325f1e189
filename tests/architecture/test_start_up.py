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


def test_a_workflow_is_loaded_without_its_library_s_tracing_client() -> None:
    program = (
        "import sys, archon.workflows.script.graph\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in {'langsmith', 'langgraph'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "'langgraph.graph'" in done.stdout
    assert "'langsmith.client'" not in done.stdout


def test_prices_are_read_without_an_http_client_of_their_own() -> None:
    program = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from archon.adapters.model.prices import listed\n"
        "print(listed('openai', 'gpt-4o', datetime.now(UTC)) is not None, 'httpx2' in sys.modules)\n"
        "from genai_prices.update_prices import UpdatePrices\n"
        "print(isinstance(UpdatePrices, type))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "True"]


def test_a_workflow_is_loaded_without_what_only_agents_with_tools_need() -> None:
    program = (
        "import sys, archon.workflows.script.graph\n"
        "print([name for name in sys.modules if name.startswith('archon.tools.edit')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]
