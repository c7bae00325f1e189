"""The protocols by name, apart from their adapters so that choosing a model imports none of them."""

from __future__ import annotations

from archon.adapters.model.anthropic import ANTHROPIC
from archon.adapters.model.ollama import OLLAMA
from archon.adapters.model.openai import OPENAI
from archon.adapters.model.profiles import Protocol
from archon.adapters.model.wire import Dialect

DIALECTS: dict[Protocol, Dialect] = {"anthropic": ANTHROPIC, "openai": OPENAI, "ollama": OLLAMA}
