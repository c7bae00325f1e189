"""What scripted models say in these tests: whole conversations of `script`, call by call."""

from __future__ import annotations

import json
from pathlib import Path

PLAN = "1. Add the numbers from 1 to 10.\n2. Print the sum."

CHECKS = '''Two checks.

```python checks.py
def check_prints_the_sum(result):
    """The sum of 1 to 10 is printed."""
    assert result.stdout.strip() == "55", f"printed {result.stdout.strip()!r}, expected '55'"


def check_writes_the_sum(result):
    """The sum is written to sum.txt."""
    file = result.workspace / "sum.txt"
    assert file.exists(), "there is no sum.txt"
    assert file.read_text().strip() == "55", f"sum.txt holds {file.read_text()!r}"
```
'''

GOOD = """```python main.py
from pathlib import Path

total = sum(range(1, 11))
Path("sum.txt").write_text(f"{total}\\n")
print(total)
```
"""

OFF_BY_ONE = GOOD.replace("range(1, 11)", "range(1, 10)")
CRASHES = GOOD.replace("total = ", "total = undefined_name + ")

REPAIR = f"The range stops one too early.\n\n{GOOD}"


def program(reply: str) -> str:
    """The one file of a reply."""
    return reply.split("```python main.py\n")[1].split("```")[0]


def write_script(file: Path, *replies: str) -> str:
    """A scripted model's name, for a file with these replies."""
    file.write_text("\n".join(json.dumps(reply) for reply in replies))
    return f"scripted/{file}"
