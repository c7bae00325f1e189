"""Every model behind one name: providers', scripted and manual ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archon.adapters.model.manual import ManualModel
from archon.adapters.model.profiles import LITELLM
from archon.adapters.model.route import MANUAL, SCRIPTED, Providers, Route, local_path
from archon.adapters.model.scripted import ScriptFile
from archon.adapters.model.timeouts import Timeouts
from archon.domain.profile import ModelProfile
from archon.ports.clock import Clock
from archon.ports.model import Model

if TYPE_CHECKING:
    from archon.adapters.model.http import Transport


@dataclass
class Models:
    """A `ModelSource`. All its providers share one connection pool, made at the first request."""

    providers: Providers
    clock: Clock
    timeouts: Timeouts = field(default_factory=Timeouts)
    _opened: dict[tuple[str, ModelProfile | None], Model] = field(default_factory=dict, init=False)
    _transport: Transport | None = field(default=None, init=False)

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        """As the port says; the same model for the same name, so that a script goes on where it was.

        `scripted/FILE` and `manual/DIR` name paths, absolute (`manual//srv/answers`) or relative to the
        working directory.
        """
        is_local = local_path(name, SCRIPTED) or local_path(name, MANUAL)
        key = (name, None if is_local else profile)
        if key not in self._opened:
            self._opened[key] = self._make(*key)
        return self._opened[key]

    async def aclose(self) -> None:
        """Close every connection. May be called twice."""
        if self._transport is not None:
            await self._transport.aclose()

    def _make(self, name: str, profile: ModelProfile | None) -> Model:
        if path := local_path(name, SCRIPTED):
            return ScriptFile(path)
        if path := local_path(name, MANUAL):
            return ManualModel(folder=path, clock=self.clock)
        return self._wire(self.providers.route(name, profile))

    def _wire(self, route: Route) -> Model:
        if route.provider is LITELLM:
            from archon.adapters.model.litellm import LiteLLMModel

            return LiteLLMModel(route=route, timeouts=self.timeouts)
        from archon.adapters.model.dialects import DIALECTS
        from archon.adapters.model.http import Transport
        from archon.adapters.model.wire import WireModel

        self._transport = self._transport or Transport(timeouts=self.timeouts)
        return WireModel(route=route, dialect=DIALECTS[route.provider.protocol], transport=self._transport)
