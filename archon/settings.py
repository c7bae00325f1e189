"""Every setting a person can make, read once from the environment and `.env`.

Standard library only: the thin client and `make demo` read settings too, and pydantic alone would cost
them 240 ms of CPU where this costs 30.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from archon.domain.errors import ConfigurationError
from archon.domain.money import microusd
from archon.setting_kinds import (
    Address,
    AgentParameters,
    Destinations,
    Dollars,
    Folder,
    Folders,
    Key,
    KeyedAddress,
    Kind,
    Model,
    ModelParameters,
    OllamaHost,
    Origins,
    Pricing,
    SandboxKind,
    Secret,
    Switch,
    Unfit,
    folder,
    one_of,
    seconds,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the variable of its name in capitals; `.env.example` says what each is for."""

    archon_data_dir: Folder = field(default_factory=lambda: folder("~/.local/share/archon"))
    local_output_dir: Folder = field(default_factory=lambda: folder("archon-output"))
    archon_output_roots: Folders = ()

    anthropic_api_key: Key = None
    openai_api_key: Key = None
    gemini_api_key: Key = None
    groq_api_key: Key = None
    deepseek_api_key: Key = None
    openrouter_api_key: Key = None
    anthropic_base_url: Address = "https://api.anthropic.com"
    openai_base_url: KeyedAddress = "https://api.openai.com/v1"
    ollama_host: OllamaHost = "http://127.0.0.1:11434"

    model_planner: Model = None
    model_coder: Model = None
    model_fixer: Model = None
    model_checker: Model = None
    model_judge: Model = None
    model_orchestrator: Model = None
    model_backend: Model = None
    model_database: Model = None
    model_frontend: Model = None
    model_qa: Model = None
    model_reviewer: Model = None
    model_git: Model = None
    model_devops: Model = None
    model_fallback: Model = None
    model_pricing: Pricing = field(default_factory=dict)
    model_llm_params: ModelParameters = field(default_factory=dict)
    agent_llm_params: AgentParameters = field(default_factory=dict)
    llm_max_retries: Annotated[int, whole(0, 100)] = 6
    llm_retry_base_delay: Annotated[float, seconds(0, 3600)] = 5.0
    llm_retry_max_delay: Annotated[float, seconds(0, 3600)] = 60.0
    llm_silence_seconds: Annotated[float, seconds(1, 86_400)] = 120.0
    llm_answer_seconds: Annotated[float, seconds(1, 86_400)] = 3600.0

    max_iterations: Annotated[int, whole(1, 100)] = 3
    max_task_budget_usd: Dollars = Decimal("0.50")
    max_unpriced_tokens: Annotated[int, whole(0, 1_000_000_000)] = 500_000
    max_task_description_length: Annotated[int, whole(1, 1_000_000)] = 10_000
    max_concurrent_tasks: Annotated[int, whole(1, 1000)] = 5
    max_queued_tasks: Annotated[int, whole(0, 1_000_000)] = 100
    archon_lease_seconds: Annotated[float, seconds(1, 3600)] = 30.0

    sandbox_timeout_seconds: Annotated[float, seconds(1, 86_400)] = 3600.0
    archon_sandbox_provider: SandboxKind = "auto"
    archon_sandbox_allow: Destinations = ()
    archon_sandbox_packages: Annotated[str | None, one_of("ask", "allow", "deny")] = None
    archon_unsafe_no_sandbox: Switch = False

    api_key: Key = None
    cors_origins: Origins = ("http://localhost:3000", "http://localhost:5173")

    @property
    def max_task_budget_microusd(self) -> int:
        return microusd(self.max_task_budget_usd)

    @property
    def output_roots(self) -> tuple[Path, ...]:
        """Folders below which a caller of the API may have files written: absolute, at least one."""
        return self.archon_output_roots or (self.local_output_dir,)

    @property
    def provider_keys(self) -> dict[str, Secret]:
        """The keys that are set, by the name of their provider."""
        providers = ("anthropic", "openai", "gemini", "groq", "deepseek", "openrouter")
        keys = {provider: getattr(self, f"{provider}_api_key") for provider in providers}
        return {provider: key for provider, key in keys.items() if key is not None}


ALIASES = {"CORS_ALLOWED_ORIGINS": "cors_origins"}
"""Second names of variables; where both are set, the first one counts."""


def variables() -> dict[str, str]:
    """The name of the `Settings` field that each environment variable sets."""
    return {each.name.upper(): each.name for each in fields(Settings)} | ALIASES


def lookalikes(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Names in the environment and `.env` that set nothing, but are nearly a variable's → that variable.

    Raises: ConfigurationError for a `.env` that cannot be read.
    """
    from difflib import get_close_matches

    known = [*variables(), "XDG_DATA_HOME"]
    given = {
        name for texts in _sources(os.environ if environ is None else environ).values() for name in texts
    }
    near = {name: get_close_matches(name, known, n=1, cutoff=0.88) for name in sorted(given - set(known))}
    return {name: found[0] for name, found in near.items() if found}


NOT_FROM_A_FILE = (
    "archon_sandbox_allow",
    "archon_sandbox_packages",
    "archon_sandbox_provider",
    "archon_unsafe_no_sandbox",
)
"""What opens sandboxes: a program could write `.env` where people work in the workspace itself."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, then `.env` in the working directory, then the defaults.

    Names count in any case, and an empty value counts as none. `environ` is `os.environ` unless given.

    Raises: ConfigurationError with one line that names the variable, what is wrong and what to write.
    """
    kinds = {each.name: each.type.__metadata__[0] for each in fields(Settings)}  # type: ignore[union-attr]
    values: dict[str, Any] = {}
    for origin, texts in _sources(os.environ if environ is None else environ).items():
        for variable, name in variables().items():
            if variable in texts and name not in values:
                values[name] = _value(kinds[name], texts[variable], f"{variable} from {origin}")
                if origin == ".env" and name in NOT_FROM_A_FILE:
                    _only_the_default(variable, name, values[name])
    return Settings(**values)


def _only_the_default(variable: str, name: str, value: object) -> None:
    """Raises: ConfigurationError for another value."""
    if value != next(each.default for each in fields(Settings) if each.name == name):
        raise ConfigurationError(
            f"{variable} does not count in .env, which a program in a sandbox may be able to write.",
            hint="Set it in the environment itself, or take it out of .env.",
        )


def _sources(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Where settings come from, the strongest first."""
    data_home = environ.get("XDG_DATA_HOME", "")
    data_home = data_home if Path(data_home).is_absolute() else "~/.local/share"
    return {
        "the environment": _named(environ),
        ".env": _named(_read_dotenv(Path(".env"))),
        "XDG_DATA_HOME": {"ARCHON_DATA_DIR": f"{data_home}/archon"},
    }


def _named(texts: Mapping[str, str]) -> dict[str, str]:
    """By names in capitals, without empty values; a name written in capitals wins over another case."""
    return {name.upper(): text.strip() for name, text in sorted(texts.items(), reverse=True) if text.strip()}


def _value(kind: Kind, text: str, variable: str) -> object:
    try:
        return kind.parse(text)
    except Unfit as error:
        raise ConfigurationError(
            f"{variable} cannot be used: {error}.", hint=f"Write {kind.expects}, or leave it out."
        ) from None
    except (ValueError, RuntimeError):  # RuntimeError: there is no home to put for `~`
        fault = f"is {text[:60]!r}" if kind.is_shown else "cannot be used (it is not shown, being secret)"
        raise ConfigurationError(
            f"{variable} {fault}.", hint=f"Write {kind.expects}, or leave it out for the default."
        ) from None


def _read_dotenv(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines() if file.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        fault = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(
            f"{file} cannot be read: {fault}.", hint="Mend it or move it away."
        ) from None
    pairs = [_pair(number, line.strip()) for number, line in enumerate(lines, 1)]
    return dict(pair for pair in pairs if pair)


def _pair(number: int, line: str) -> tuple[str, str] | None:
    """Name and value of a line of `.env`; None for a blank line or a comment."""
    if not line or line.startswith("#"):
        return None
    name, equals, text = line.removeprefix("export ").partition("=")
    text = text.strip()
    quote = text[:1] if text[:1] in {"'", '"'} else ""
    text, closing, rest = text[1:].partition(quote) if quote else (re.split(r"(?:^|\s)#", text)[0], "", "")
    if not (name.strip() and equals) or closing != quote or not re.match(r"\s*(#|$)", rest):
        raise ConfigurationError(
            f"Line {number} of .env is not understood.",
            hint="Write NAME=value; quotes are needed only around a ` #` in the value.",
        )
    return name.strip(), text
