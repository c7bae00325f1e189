"""The environment of a measured process: nothing of the caller's but what programs need to be found."""

from __future__ import annotations

import os
from pathlib import Path

from bench.processes import ROOT

KEPT = ("PATH", "LANG", "TMPDIR")
NOTHING_LISTENS = "http://127.0.0.1:9"


def environment(directory: Path, *, model_url: str = NOTHING_LISTENS, **extra: str) -> dict[str, str]:
    """Everything below `directory`, and OpenAI's address and key the only ones set.

    `model_url` is the root of a local model server; `extra` overrides any variable.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": str(directory),
        "PYTHONPATH": str(ROOT),
        "ARCHON_DATA_DIR": str(directory / "data"),
        "LOCAL_OUTPUT_DIR": str(directory / "output"),
        "OPENAI_API_KEY": "bench",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "OLLAMA_HOST": NOTHING_LISTENS,
        **extra,
    }
