"""What is different about each provider and model, as data: the only place that names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Protocol: TypeAlias = Literal["anthropic", "openai", "ollama"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """What a model can do. A request's wish that the profile does not know is left out silently."""

    context_tokens: int
    max_output_tokens: int
    takes_temperature: bool = True
    takes_schema: bool = False
    """Whether replies can be held to a JSON Schema by the provider."""
    takes_tools: bool = True
    takes_cache_marks: bool = False
    output_limit_field: str = "max_tokens"
    """Chat completions only: how the provider names the limit of the reply's length."""


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
    key_variable: str
    """The environment variable that people set; empty where no key is needed."""
    url_variable: str = ""
    price_id: str = ""
    """The provider's name in the price list; empty where models cost nothing."""
    start_hint: str = ""
    """What to do when nothing listens."""
    missing_model_hint: str = "Look for a typing error in the model's name."
    """What to do when it does not know the model; `{model}` stands for its name."""


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="anthropic",
        label="Anthropic",
        prefixes=("anthropic/", "claude-"),
        protocol="anthropic",
        base_url="https://api.anthropic.com",
        default_model="claude-sonnet-4-6",
        key_variable="ANTHROPIC_API_KEY",
        url_variable="ANTHROPIC_BASE_URL",
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
        start_hint="Start it with `ollama serve`.",
        missing_model_hint="Get it with `ollama pull {model}`.",
    ),
)
"""Strongest default model first: the order in which a default is chosen."""

_CLAUDE = ModelProfile(
    context_tokens=200_000, max_output_tokens=64_000, takes_schema=True, takes_cache_marks=True
)
_CLAUDE_EARLY = ModelProfile(context_tokens=200_000, max_output_tokens=4_096, takes_cache_marks=True)
_CLAUDE_LATEST = ModelProfile(
    context_tokens=200_000,
    max_output_tokens=64_000,
    takes_schema=True,
    takes_cache_marks=True,
    takes_temperature=False,
)
_GPT = ModelProfile(context_tokens=128_000, max_output_tokens=16_384, takes_schema=True)
_GPT_REASONING = ModelProfile(
    context_tokens=400_000,
    max_output_tokens=128_000,
    takes_schema=True,
    takes_temperature=False,
    output_limit_field="max_completion_tokens",
)

PROFILES: dict[str, ModelProfile] = {
    # Opus 4.7 and what came after it answer 400 to a temperature, so an unknown Claude gets none.
    "anthropic/": _CLAUDE_LATEST,
    "anthropic/claude-3-": _CLAUDE_EARLY,
    "anthropic/claude-opus-4-1": ModelProfile(
        context_tokens=200_000, max_output_tokens=32_000, takes_schema=True, takes_cache_marks=True
    ),
    "anthropic/claude-opus-4-5": _CLAUDE,
    "anthropic/claude-opus-4-6": _CLAUDE,
    "anthropic/claude-sonnet-4-": _CLAUDE,
    "anthropic/claude-haiku-4-": _CLAUDE,
    # A server of one's own behind OPENAI_BASE_URL may know any name, and least.
    "openai/": ModelProfile(context_tokens=32_768, max_output_tokens=8_192),
    "openai/gpt-": _GPT,
    "openai/gpt-4": ModelProfile(context_tokens=8_192, max_output_tokens=4_096),
    "openai/gpt-4o": _GPT,
    "openai/gpt-4.1": ModelProfile(context_tokens=1_000_000, max_output_tokens=32_768, takes_schema=True),
    "openai/gpt-5": _GPT_REASONING,
    "openai/gpt-6": _GPT_REASONING,
    "openai/o": _GPT_REASONING,
    "gemini/": ModelProfile(context_tokens=1_000_000, max_output_tokens=65_536, takes_schema=True),
    "gemini/gemini-2.0-": ModelProfile(context_tokens=1_000_000, max_output_tokens=8_192, takes_schema=True),
    "deepseek/": ModelProfile(context_tokens=64_000, max_output_tokens=8_192),
    "groq/": ModelProfile(context_tokens=131_072, max_output_tokens=8_192),
    "groq/llama-3.3-70b-versatile": ModelProfile(context_tokens=131_072, max_output_tokens=32_768),
    "openrouter/": ModelProfile(context_tokens=32_768, max_output_tokens=8_192),
    # Ollama keeps memory for the whole context from the first call on, so it is asked for little.
    "ollama/": ModelProfile(context_tokens=8_192, max_output_tokens=4_096, takes_schema=True),
    "ollama/gemma:": ModelProfile(
        context_tokens=8_192, max_output_tokens=4_096, takes_schema=True, takes_tools=False
    ),
    "ollama/qwen2.5-coder": ModelProfile(context_tokens=32_768, max_output_tokens=8_192, takes_schema=True),
}
"""By provider and beginning of the model's own name; the longest that fits counts."""


def profile_of(provider: str, model: str) -> ModelProfile:
    """The profile of a provider's model, by its own name; an unknown model has its provider's row."""
    name = f"{provider}/{model}"
    return PROFILES[max((prefix for prefix in PROFILES if name.startswith(prefix)), key=len)]
