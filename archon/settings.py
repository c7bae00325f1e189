"""Every setting a person can make, read once from the environment and `.env`.

Standard library only: the thin client and `make demo` read settings too, and pydantic alone would cost
them 240 ms of CPU where this costs 30.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from archon.domain.errors import ConfigurationError
from archon.domain.money import LARGEST_USD, microusd


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that prints as stars wherever it is shown by accident."""

    value: str

    def __repr__(self) -> str:
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Kind:
    """How the text of a setting becomes its value."""

    parse: Callable[[str], object]
    """Raises: ValueError when the text is not what `expects` says."""
    expects: str
    """Ends the sentence "Write …"."""
    is_shown: bool = True
    """Whether an error may quote the text: not where it may hold a secret."""


def _between(low: float, high: float, number: type[int] | type[float], what: str) -> Kind:
    def parse(text: str) -> float:
        value = number(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(parse, f"{what} from {low} to {high}")


def _whole(low: int, high: int) -> Kind:
    return _between(low, high, int, "a whole number")


def _seconds(low: int, high: int) -> Kind:
    return _between(low, high, float, "seconds")


def _dollars(text: str) -> Decimal:
    microusd(text)
    return Decimal(text)


def _switch(text: str) -> bool:
    if text.lower() not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ValueError
    return text.lower() in {"1", "true", "yes", "on"}


def _folder(text: str) -> Path:
    return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - takes `..` out, follows no link


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(_folder(part) for part in text.split(":") if part.strip())


def _secret(text: str) -> Secret:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError
    return Secret(text)


def _one_of(*words: str) -> Kind:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return Kind(parse, f"{', '.join(words[:-1])} or {words[-1]}")


def _model(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    if not re.fullmatch(r"[!-~]+", text) or parts.port == 0:
        raise ValueError
    return text.rstrip("/")


def _ollama(text: str) -> str:
    """As Ollama itself reads the variable: a bare host is enough, and "everywhere" is reached here."""
    if "://" in text:
        return _address(text)
    parts = urlsplit(f"//{text}")
    host = parts.hostname or ""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound to
    return _address(f"http://{f'[{host}]' if ':' in host else host}:{parts.port or 11434}")


def _origin(text: str) -> str:
    if text == "*":
        return text
    address = _address(text if "://" in text else f"http://{text}")
    if urlsplit(address).path:
        raise ValueError
    return address


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(part.strip()) for part in text.split(",") if part.strip())


Folder: TypeAlias = Annotated[Path, Kind(_folder, "the path of a folder")]
Folders: TypeAlias = Annotated[
    tuple[Path, ...], Kind(_folders, "the paths of folders with colons between them")
]
Key: TypeAlias = Annotated[Secret | None, Kind(_secret, "the key alone, without blanks", is_shown=False)]
Model: TypeAlias = Annotated[
    str | None, Kind(_model, "the name of a model, such as claude-sonnet-4-6 or ollama/gemma:2b")
]
Address: TypeAlias = Annotated[
    str, Kind(_address, "an address such as https://models.example.org/v1", is_shown=False)
]
OllamaHost: TypeAlias = Annotated[
    str, Kind(_ollama, "an address such as http://127.0.0.1:11434", is_shown=False)
]
Origins: TypeAlias = Annotated[
    tuple[str, ...],
    Kind(_origins, "origins such as localhost:3000 or https://example.org with commas between them"),
]
Dollars: TypeAlias = Annotated[Decimal, Kind(_dollars, f"dollars from 0 to {LARGEST_USD}, such as 0.50")]
Switch: TypeAlias = Annotated[bool, Kind(_switch, "1 or 0")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the variable of its name in capitals; `.env.example` says what each is for."""

    archon_data_dir: Folder = field(default_factory=lambda: _folder("~/.local/share/archon"))
    local_output_dir: Folder = field(default_factory=lambda: _folder("archon-output"))
    archon_output_roots: Folders = ()

    anthropic_api_key: Key = None
    openai_api_key: Key = None
    gemini_api_key: Key = None
    groq_api_key: Key = None
    deepseek_api_key: Key = None
    openrouter_api_key: Key = None
    anthropic_base_url: Address = "https://api.anthropic.com"
    openai_base_url: Address = "https://api.openai.com/v1"
    ollama_host: OllamaHost = "http://127.0.0.1:11434"

    model_planner: Model = None
    model_coder: Model = None
    model_fixer: Model = None
    model_fallback: Model = None
    llm_max_retries: Annotated[int, _whole(0, 100)] = 6
    llm_retry_base_delay: Annotated[float, _seconds(0, 3600)] = 5.0
    llm_retry_max_delay: Annotated[float, _seconds(0, 3600)] = 60.0

    max_iterations: Annotated[int, _whole(1, 100)] = 3
    max_task_budget_usd: Dollars = Decimal("0.50")
    max_task_description_length: Annotated[int, _whole(1, 1_000_000)] = 10_000
    max_concurrent_tasks: Annotated[int, _whole(1, 1000)] = 5
    max_queued_tasks: Annotated[int, _whole(0, 1_000_000)] = 100
    archon_lease_seconds: Annotated[float, _seconds(1, 3600)] = 30.0

    sandbox_timeout_seconds: Annotated[float, _seconds(1, 86_400)] = 3600.0
    archon_sandbox_provider: Annotated[str, _one_of("auto", "bubblewrap", "podman", "docker")] = "auto"
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
    return Settings(**values)


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
