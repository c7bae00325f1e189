"""How the text of a variable becomes the value of a setting."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from archon.domain.egress import Destination
from archon.domain.errors import InvalidInput
from archon.domain.money import LARGEST_USD, microusd
from archon.domain.parameters import merged, read_layer
from archon.domain.pricing import pricing
from archon.domain.task import Price
from archon.domain.values import JsonObject
from archon.services.roles import role_of_agent


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that prints as stars wherever it is shown by accident."""

    value: str

    def __repr__(self) -> str:
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        return self.value


class Unfit(ValueError):
    """A text whose fault has words of its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the text of a setting becomes its value."""

    parse: Callable[[str], object]
    """Raises: ValueError when the text is not what `expects` says."""
    expects: str
    """Ends the sentence "Write …"."""
    is_shown: bool = True
    """Whether an error may quote the text: not where it may hold a secret."""


def between(low: float, high: float, number: type[int] | type[float], what: str) -> Kind:
    def parse(text: str) -> float:
        value = number(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(parse, f"{what} from {low} to {high}")


def whole(low: int, high: int) -> Kind:
    return between(low, high, int, "a whole number")


def seconds(low: int, high: int) -> Kind:
    return between(low, high, float, "seconds")


def _dollars(text: str) -> Decimal:
    microusd(text)
    return Decimal(text)


def _switch(text: str) -> bool:
    if text.lower() not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ValueError
    return text.lower() in {"1", "true", "yes", "on"}


def folder(text: str) -> Path:
    return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 - takes `..` out, follows no link


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(folder(part) for part in text.split(":") if part.strip())


def _secret(text: str) -> Secret:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError
    return Secret(text)


def one_of(*words: str) -> Kind:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return Kind(parse, f"{', '.join(words[:-1])} or {words[-1]}")


def _destinations(text: str) -> tuple[Destination, ...]:
    try:
        return tuple(Destination.parse(part) for part in text.split(",") if part.strip())
    except InvalidInput as error:
        raise ValueError from error


def _model(text: str) -> str:
    if not text.isprintable():
        raise ValueError
    return text


def _model_parameters(text: str) -> dict[str, JsonObject]:
    try:
        return read_layer(text)
    except ValueError as error:
        raise Unfit(str(error)) from None


def _agent_parameters(text: str) -> dict[str, JsonObject]:
    """By role: an agent may be called by either of its names."""
    found: dict[str, JsonObject] = {}
    for agent, parameters in _model_parameters(text).items():
        try:
            role = role_of_agent(agent)
        except ValueError as error:
            raise Unfit(str(error)) from None
        found[role] = merged(found.get(role, {}), parameters)
    return found


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    if not re.fullmatch(r"[!-~]+", text) or parts.port == 0:
        raise ValueError
    return text.rstrip("/")


def _address_with_key(text: str) -> str:
    """Both a user and a key would be sent as the one `Authorization` that a request has."""
    parts = urlsplit(_address(text))
    if parts.username is not None or parts.password is not None:
        raise Unfit("it holds a user or a password, which would be sent in the place of the key")
    return _address(text)


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


Folder: TypeAlias = Annotated[Path, Kind(folder, "the path of a folder")]
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
KeyedAddress: TypeAlias = Annotated[
    str,
    Kind(
        _address_with_key,
        "an address such as https://models.example.org/v1, without a user or a password",
        is_shown=False,
    ),
]
OllamaHost: TypeAlias = Annotated[
    str, Kind(_ollama, "an address such as http://127.0.0.1:11434", is_shown=False)
]
Origins: TypeAlias = Annotated[
    tuple[str, ...],
    Kind(_origins, "origins such as localhost:3000 or https://example.org with commas between them"),
]
Destinations: TypeAlias = Annotated[
    tuple[Destination, ...],
    Kind(_destinations, "HOST:PORT, or several with commas between them, such as pypi.org:443"),
]
Dollars: TypeAlias = Annotated[Decimal, Kind(_dollars, f"dollars from 0 to {LARGEST_USD}, such as 0.50")]
SandboxKind: TypeAlias = Annotated[str, one_of("auto", "bubblewrap", "landlock", "podman", "docker")]
Pricing: TypeAlias = Annotated[
    dict[str, Price],
    Kind(
        pricing,
        'JSON such as {"gpt-4o": {"input": 2.5, "output": 10}, "groq/": "free"}: dollars for a million '
        "tokens, by a model or the beginning of its name (cache_read and cache_write may be said too)",
    ),
]
ModelParameters: TypeAlias = Annotated[
    dict[str, JsonObject],
    Kind(
        _model_parameters,
        'JSON such as {"ollama/": {"temperature": 0.1}}: parameters by model or its beginning',
    ),
]
AgentParameters: TypeAlias = Annotated[
    dict[str, JsonObject],
    Kind(_agent_parameters, 'JSON such as {"planner": {"effort": "high"}}: parameters by agent'),
]
Switch: TypeAlias = Annotated[bool, Kind(_switch, "1 or 0")]
