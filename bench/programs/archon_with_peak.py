"""The `archon` command, which tells at its end how much memory it has held.

`python -m bench.programs.archon_with_peak FILE ARGUMENT…` writes megabytes into FILE.
"""

from __future__ import annotations

import atexit
import sys
from pathlib import Path

from archon.cli.main import main
from bench.programs.conversation import peak_mb

if __name__ == "__main__":
    file = Path(sys.argv.pop(1))
    atexit.register(lambda: file.write_text(str(peak_mb()), "ascii"))
    main()
