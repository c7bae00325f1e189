"""What is known of models at one moment: who was reached, and what probes measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archon.domain.errors import NoModelConfigured
from archon.domain.measured import Measured
from archon.domain.reach import USABLE, Reach, Standing, standing
from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject
from archon.ports.directory import Directory
from archon.services.resolve_models import as_measured, asked_with


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One model, as it is at this moment."""

    choice: ModelChoice
    provider: str
    """Empty where a script or a person answers."""
    standing: Standing
    roles: tuple[str, ...] = ()
    """Those that have it as their own."""

    @property
    def is_usable(self) -> bool:
        return self.standing.state in USABLE

    @property
    def basis(self) -> str:
        """Whether what is said of it was measured, and when."""
        return f"measured {self.choice.measured_at}" if self.choice.measured_at else "assumed"


@dataclass(frozen=True, slots=True)
class Register:
    """Looks models up in it by their names."""

    directory: Directory
    reached: Sequence[Reach]
    measured: Mapping[str, Measured]

    def choice(self, name: str, agent_params: JsonObject) -> ModelChoice:
        """The model as a task would be given it, whether or not its key is there.

        Raises: NoModelConfigured when the name begins like no provider's; ConfigurationError.
        """
        asked = asked_with(self.directory.outline(name), agent_params)
        return as_measured(self.directory, asked, self.measured)

    def listed(self, choice: ModelChoice, roles: Sequence[str] = ()) -> ListedModel:
        """The model with what came of asking its provider."""
        try:
            canonical = self.directory.canonical(choice.name)
        except NoModelConfigured:
            canonical = choice.name
        provider = canonical.partition("/")[0]
        reach = next((each for each in self.reached if each.provider == provider), None)
        return ListedModel(
            choice=choice,
            provider=reach.provider if reach else "",
            standing=standing(canonical, reach),
            roles=tuple(roles),
        )
