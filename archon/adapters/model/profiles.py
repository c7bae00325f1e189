"""What is different about each provider, as data: with `profiles.toml`, the only place that names them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, TypeAlias

Protocol: TypeAlias = Literal["anthropic", "openai", "ollama"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A company's API, or a program that serves models."""

    name: str
    """As in `ProviderKeys`."""
    label: str
    """As people call it."""
    prefixes: tuple[str, ...]
    """How its model strings begin; one that ends in `/` is not part of the model's own name."""
    protocol: Protocol
    base_url: str
    default_model: str
    quick_model: str = ""
    """What is asked for easy work by default; empty where that is the default model."""
    key_variable: str
    """The environment variable that people set; empty where no key is needed."""
    url_variable: str = ""
    list_path: str = "/models"
    """Where it says, for nothing, which models it has; empty where it has no such list."""
    lists_all: bool = False
    """Whether it has no model that it does not list."""
    price_id: str = ""
    """The provider's name in the price list; empty where models cost nothing."""
    start_hint: str = ""
    """What to do when nothing listens."""
    missing_model_hint: str = "Look for a typing error in the model's name."
    """What to do when it does not know the model; `{model}` stands for its name."""
    library: str = ""
    """The module that it needs beside the program; empty where it needs none."""
    install_hint: str = ""
    """How to get that."""

    @property
    def is_installed(self) -> bool:
        return not self.library or find_spec(self.library) is not None


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="anthropic",
        label="Anthropic",
        prefixes=("anthropic/", "claude-"),
        protocol="anthropic",
        base_url="https://api.anthropic.com",
        default_model="claude-sonnet-4-6",
        quick_model="claude-haiku-4-5",
        key_variable="ANTHROPIC_API_KEY",
        url_variable="ANTHROPIC_BASE_URL",
        list_path="/v1/models?limit=1000",
        price_id="anthropic",
    ),
    Provider(
        name="openai",
        label="OpenAI",
        prefixes=("openai/", "gpt-"),
        protocol="openai",
        base_url="https://api.openai.com/v1",
        default_model="gpt-4o",
        key_variable="OPENAI_API_KEY",
        url_variable="OPENAI_BASE_URL",
        price_id="openai",
    ),
    Provider(
        name="gemini",
        label="Google Gemini",
        prefixes=("gemini/",),
        protocol="openai",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        default_model="gemini/gemini-2.5-pro",
        key_variable="GEMINI_API_KEY",
        price_id="google",
    ),
    Provider(
        name="deepseek",
        label="DeepSeek",
        prefixes=("deepseek/",),
        protocol="openai",
        base_url="https://api.deepseek.com/v1",
        default_model="deepseek/deepseek-chat",
        key_variable="DEEPSEEK_API_KEY",
        price_id="deepseek",
    ),
    Provider(
        name="groq",
        label="Groq",
        prefixes=("groq/",),
        protocol="openai",
        base_url="https://api.groq.com/openai/v1",
        default_model="groq/llama-3.3-70b-versatile",
        key_variable="GROQ_API_KEY",
        price_id="groq",
    ),
    Provider(
        name="openrouter",
        label="OpenRouter",
        prefixes=("openrouter/",),
        protocol="openai",
        base_url="https://openrouter.ai/api/v1",
        default_model="openrouter/qwen/qwen3-coder:free",
        key_variable="OPENROUTER_API_KEY",
        price_id="openrouter",
    ),
    Provider(
        name="ollama",
        label="Ollama",
        prefixes=("ollama/",),
        protocol="ollama",
        base_url="http://127.0.0.1:11434",
        default_model="ollama/gemma:2b",
        key_variable="",
        url_variable="OLLAMA_HOST",
        list_path="/api/tags",
        lists_all=True,
        start_hint="Start it with `ollama serve`.",
        missing_model_hint="Get it with `ollama pull {model}`.",
    ),
)
"""Strongest default model first: the order in which a default is chosen."""

LITELLM = Provider(
    name="litellm",
    label="LiteLLM",
    prefixes=("litellm/",),
    protocol="openai",
    base_url="",
    default_model="",
    key_variable="",
    list_path="",
    missing_model_hint="Look for a typing error in the model's name, and at the variables of its provider.",
    library="litellm",
    install_hint="Install it with `uv sync --extra litellm` in Archon's folder",
)
"""No provider but a way to others, whose names follow its own. Nothing is chosen of it by default."""
