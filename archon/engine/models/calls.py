"""Model calls as journaled effects, and conversations that only ever grow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial

from archon.domain.conversation import CallRef, Message, ModelRequest, ModelResponse, ToolCall
from archon.domain.errors import BudgetExhausted, ModelRefusedRequest
from archon.domain.events import Charge, FellBack, Problem, Retrying
from archon.domain.money import to_usd
from archon.domain.parameters import merged
from archon.domain.said import Said
from archon.domain.sizing import sized
from archon.domain.task import FALLBACK, ModelChoice, Question, TaskSpec
from archon.domain.values import Json, JsonObject, digest
from archon.engine.context.window import Window
from archon.engine.models.account import Account
from archon.engine.models.answered import answered_calls
from archon.engine.models.attended import AttendedModel
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
from archon.ports.model import Attended, Model, ModelSource, TokenCounter

LARGEST_REPLY_CHARS = 2_000_000
"""A longer reply is taken for one that was cut off: none that is worth reading is so long."""

LONGEST_PLAIN_NAME = 56
"""Of a call's id or tool, with room for a number behind it."""


@dataclass(frozen=True)
class Models:
    """The models of one task, each in its wrappers."""

    spec: TaskSpec
    source: ModelSource
    account: Account
    policy: RetryPolicy
    clock: Clock
    _fallen: set[str] = field(default_factory=set, init=False)
    """Models that another one stood in for: asked first all the same, but once and without retries."""

    def choice(self, role: str) -> ModelChoice:
        return self.spec.models[role]

    def role(self, agent: str, usual: str) -> str:
        """The role whose model an agent asks: one of its own where the task has that, or the usual one."""
        return agent if agent in self.spec.models else usual

    def take_tools(self, role: str) -> bool:
        """Whether the role's model, and the one behind it, are offered tools natively."""
        asked = (self.choice(role), self.spec.models.get(FALLBACK))
        return all(choice.takes_tools for choice in asked if choice is not None)

    def of(self, role: str) -> Model:
        """The role's model: fallback, retries, the context's size, the budget. Raises: NoModelConfigured."""
        choice = self.choice(role)
        first = self._stack(choice, choice.params)
        behind = self.spec.models.get(FALLBACK)
        if behind is None or behind.name == choice.name:
            return first
        parameters = merged(behind.params, choice.agent_params)
        second = self._stack(sized(behind, parameters), parameters)
        return FallbackModel(first=first, second=second, second_name=behind.name, tell=self._fall)

    def _stack(self, choice: ModelChoice, parameters: JsonObject) -> Model:
        opened = self.source.open(choice.name, choice.profile)
        answering: Model = opened
        if isinstance(opened, Attended):
            answering = AttendedModel(inner=opened, desk=opened, tell=self.account.tell)
        budgeted = BudgetedModel(inner=answering, choice=choice, account=self.account)
        counter = opened if isinstance(opened, TokenCounter) else None
        fitting = FittingModel(inner=budgeted, choice=choice, counter=counter)
        asked = ParametersModel(inner=fitting, parameters=parameters)
        policy = replace(self.policy, max_retries=0) if choice.name in self._fallen else self.policy
        return RetryingModel(inner=asked, policy=policy, clock=self.clock, tell=self.account.tell)

    async def _fall(self, news: Retrying | FellBack, ref: CallRef) -> None:
        self._fallen.add(news.model)
        await self.account.tell(news, ref)


@dataclass
class Conversation:
    """One model's turns in one scope. What was said is only added to, until it no longer fits.

    Then old results of tools, and what else may go, are left out in one large step, and the chain of hashes
    starts anew with what is left.
    """

    scope: Scope
    models: Models
    request: ModelRequest
    """The head of the conversation: who is asked and what stands in front of its messages."""
    recall: str = ""
    """The tool by which the model asks for `original`; empty where it has none."""
    _base: str = field(default="", init=False)
    _call_ids: set[str] = field(default_factory=set, init=False)
    _window: Window | None = field(default=None, init=False)

    async def send(self, *new: Message) -> ModelResponse:
        """Say something and return the answer, which becomes part of the conversation.

        Raises: Refusal when the provider refuses the request, or it is too long whatever is left out; Parked
        while the budget waits for a person; ModelError when the provider could not be had.
        """
        said = replace(self.request, messages=Said.of(self.request.messages).and_then(*new))
        base, recorded = self._base, dict[str, Json]()
        compacted = self._view.look(said)
        if compacted is not None:
            new, base = compacted.messages, ""
            said = replace(said, messages=Said(new), measured=None)
            recorded["left_out"] = compacted.left_out.to_json()
        recorded["new"] = messages_to_json(new)
        recorded["base" if base else "head"] = base or head_to_json(self.request)
        hashed = digest(recorded)
        response = response_from_json(await self._answer(said, hashed, recorded))
        if compacted is not None:
            self._view.take(compacted.left_out)
        self._base = hashed
        return self._continue(said, response)

    def original(self, name: str) -> str | None:
        """What was left out, by the name that stands in its place: a call's id gives its result.

        None for a name that is none of this conversation.
        """
        return self._view.original(name, self.request.messages)

    @property
    def _view(self) -> Window:
        if self._window is None:
            self._window = Window(self.models.choice(self.request.role), self.recall)
        return self._window

    async def _answer(self, said: ModelRequest, hashed: str, recorded: JsonObject) -> Json:
        """The recorded answer. A person is asked where there is no money for it."""
        request: JsonObject = {"agent": self.request.agent, **recorded}
        while True:
            run = self.scope.run
            ref = CallRef(
                task_id=run.task_id,
                key=self.scope.upcoming,
                hash=hashed,
                earlier=partial(answered_calls, run.history),
            )
            perform = partial(self._perform, replace(said, ref=ref))
            try:
                return (await self.scope.effect("model", request, perform)).result
            except Refusal as refusal:
                if refusal.problem.code != BudgetExhausted.code:
                    raise
                await self.scope.ask(_budget_question(refusal.problem, self.models.spec))

    def _continue(self, said: ModelRequest, response: ModelResponse) -> ModelResponse:
        """Add the answer to the conversation."""
        calls = tuple(map(self._told_apart, response.tool_calls)) if self.request.tools else ()
        response = replace(response, tool_calls=calls) if calls else response
        answer = response.as_message(with_calls=bool(self.request.tools))
        measured = self._view.measured(said, answer, response)
        self.request = replace(said, messages=Said.of(said.messages).and_then(answer), measured=measured)
        return response

    def _told_apart(self, call: ToolCall) -> ToolCall:
        """The call under an id of its own, and both its names in letters that every provider takes.

        Some number the calls of each answer anew, some write dots and colons that others refuse.
        """
        plain, name = _plain(call.id), _plain(call.name)
        unique, count = plain, len(self._call_ids)
        while unique in self._call_ids:
            unique, count = f"{plain}_{count}", count + 1
        self._call_ids.add(unique)
        return call if (unique, name) == (call.id, call.name) else replace(call, id=unique, name=name)

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


def _plain(name: str) -> str:
    """Source: Anthropic's and OpenAI's references: ids and names of tools match `[a-zA-Z0-9_-]{1,64}`."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST_PLAIN_NAME]


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
