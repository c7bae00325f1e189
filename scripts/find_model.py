"""Print the model that a run would use, or a blank line, and then the folder that results go to.

Runs on a bare Python before anything is installed, so that `make demo` can say first what it will show.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

sys.path.insert(0, str(Path(__file__).parents[1]))

from archon.domain.errors import ConfigurationError
from archon.settings import Settings, load_settings

LOCAL_DEFAULT = "gemma:2b"
"""The local model that plans and drafts when nothing else is named."""


def find_model(settings: Settings) -> str:
    """Where model replies would come from, in words; empty when from nowhere."""
    if settings.model_planner and settings.model_coder and settings.model_fixer:
        return "the models that MODEL_PLANNER, MODEL_CODER and MODEL_FIXER name"
    if settings.provider_keys:
        return f"your key for {next(iter(settings.provider_keys))}"
    if ollama_has(LOCAL_DEFAULT, settings.ollama_host):
        return f"{LOCAL_DEFAULT} of the Ollama at {settings.ollama_host}"
    return ""


def ollama_has(name: str, address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"{address}/api/tags", timeout=1) as answer:
            return any(model["name"] == name for model in json.load(answer)["models"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError):  # nobody, or no Ollama, is there
        return False


if __name__ == "__main__":
    try:
        found = load_settings()
    except ConfigurationError as error:
        sys.exit(f"demo: {error}")
    sys.stdout.write(f"{find_model(found)}\n{found.local_output_dir}\n")
