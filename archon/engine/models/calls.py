"""Model calls as journaled effects, and conversations that only ever grow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from archon.domain.conversation import CallRef, Message, ModelRequest, ModelResponse
from archon.domain.errors import BudgetExhausted, ModelRefusedRequest
from archon.domain.events import Charge, Problem
from archon.domain.money import to_usd
from archon.domain.parameters import merged
from archon.domain.task import ModelChoice, Question, TaskSpec
from archon.domain.values import JsonObject, digest
from archon.engine.models.account import Account
from archon.engine.models.budgeted import BudgetedModel
from archon.engine.models.closing import closing
from archon.engine.models.codec import (
    head_to_json,
    messages_to_json,
    response_from_json,
    response_to_json,
)
from archon.engine.models.fallback import FallbackModel
from archon.engine.models.fitting import FittingModel
from archon.engine.models.parameters import ParametersModel
from archon.engine.models.retrying import RetryingModel, RetryPolicy
from archon.engine.outcomes import Performed, Refusal
from archon.engine.scope import Scope
from archon.ports.clock import Clock
from archon.ports.model import Model, ModelSource

LARGEST_REPLY_CHARS = 2_000_000
"""A longer reply is taken for one that was cut off: none that is worth reading is so long."""

FALLBACK = "fallback"
"""The role whose model stands behind all others."""


@dataclass(frozen=True)
class Models:
    """The models of one task, each in its wrappers."""

    spec: TaskSpec
    source: ModelSource
    account: Account
    policy: RetryPolicy
    clock: Clock

    def choice(self, role: str) -> ModelChoice:
        return self.spec.models[role]

    def role(self, agent: str, usual: str) -> str:
        """The role whose model an agent asks: one of its own where the task has that, or the usual one."""
        return agent if agent in self.spec.models else usual

    def of(self, role: str) -> Model:
        """The role's model: fallback, retries, the context's size, the budget. Raises: NoModelConfigured."""
        choice = self.choice(role)
        first = self._stack(choice, choice.params)
        behind = self.spec.models.get(FALLBACK)
        if behind is None or behind.name == choice.name:
            return first
        second = self._stack(behind, merged(behind.params, choice.agent_params))
        return FallbackModel(first=first, second=second, second_name=behind.name)

    def _stack(self, choice: ModelChoice, parameters: JsonObject) -> Model:
        opened = self.source.open(choice.name, choice.profile)
        budgeted = BudgetedModel(inner=opened, choice=choice, account=self.account)
        fitting = FittingModel(inner=budgeted, choice=choice)
        asked = ParametersModel(inner=fitting, parameters=parameters)
        return RetryingModel(inner=asked, policy=self.policy, clock=self.clock)


@dataclass
class Conversation:
    """One model's turns in one scope. What was said is never changed, only added to."""

    scope: Scope
    models: Models
    request: ModelRequest
    """The head of the conversation: who is asked and what stands in front of its messages."""
    _base: str = field(default="", init=False)

    async def send(self, *new: Message) -> ModelResponse:
        """Say something and return the answer, which becomes part of the conversation.

        Raises: Refusal when the provider refuses the request; Parked while the budget waits for a
        person; ModelError when the provider could not be had.
        """
        recorded: JsonObject = {"new": messages_to_json(new)}
        recorded["base" if self._base else "head"] = self._base or head_to_json(self.request)
        hashed = digest(recorded)
        request: JsonObject = {"agent": self.request.agent, **recorded}
        said = replace(self.request, messages=(*self.request.messages, *new))
        while True:
            ref = CallRef(task_id=self.scope.run.task_id, key=self.scope.upcoming, hash=hashed)
            perform = partial(self._perform, replace(said, ref=ref))
            try:
                done = await self.scope.effect("model", request, perform)
                break
            except Refusal as refusal:
                if refusal.problem.code != BudgetExhausted.code:
                    raise
                await self.scope.ask(_budget_question(refusal.problem, self.models.spec))
        response = response_from_json(done.result)
        self._base = hashed
        answer = response.as_message(with_calls=bool(self.request.tools))
        self.request = replace(said, messages=(*said.messages, answer))
        return response

    async def _perform(self, request: ModelRequest) -> Performed:
        try:
            response = _bounded(await self._complete(request))
        except (BudgetExhausted, ModelRefusedRequest) as error:
            raise Refusal(Problem(code=error.code, message=error.message, hint=error.hint)) from error
        charge = Charge(
            reservation_id=response.reservation_id,
            cost_microusd=response.cost_microusd,
            model=response.model,
            input_tokens=response.usage.input_tokens,
            output_tokens=response.usage.output_tokens,
            cache_read_tokens=response.usage.cache_read_tokens,
            cache_write_tokens=response.usage.cache_write_tokens,
            price_known=response.price_known,
            unpriced_tokens=0 if response.price_known else response.usage.total_tokens,
        )
        return Performed(result=response_to_json(replace(response, reservation_id="")), charge=charge)

    async def _complete(self, request: ModelRequest) -> ModelResponse:
        response: ModelResponse | None = None
        async with closing(self.models.of(request.role).respond(request)) as deltas:
            async for delta in deltas:
                if isinstance(delta, ModelResponse):
                    response = delta
        assert response is not None, "BudgetedModel lets no stream end without an answer"  # noqa: S101
        return response


def _bounded(response: ModelResponse) -> ModelResponse:
    """A reply that the journal can keep, paid for as it is."""
    if len(response.text) <= LARGEST_REPLY_CHARS:
        return response
    return replace(response, text=response.text[:LARGEST_REPLY_CHARS], finish_reason="length")


def _budget_question(problem: Problem, spec: TaskSpec) -> Question:
    limit = to_usd(spec.budget_microusd)
    return Question(
        topic="budget",
        text=f"{problem.message} (The task was submitted with {limit:.2f} USD.)",
        options=("raise the budget", "cancel"),
        target=problem.message,
    )
