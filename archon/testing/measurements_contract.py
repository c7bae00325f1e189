"""What every store of findings about models keeps. Subclass it and give it a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.measured import Findings, Measured
from archon.ports.measurements import Measurements
from archon.testing.journal_contract import ON_ONE_JOURNAL

AT = datetime(2026, 3, 1, 12, 30, 1, 7, tzinfo=UTC)
FOUND = Findings(reports_length=True, takes_tools=False, context_seen_tokens=4_000, tokens_per_s=31.5)

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
findings = st.builds(
    Findings,
    takes_schema=st.none() | st.booleans(),
    context_lost_tokens=st.none() | st.integers(1, 10**9),
    first_text_s=st.none() | st.floats(0, 1e6),
    cost_microusd=st.integers(0, 10**12),
    price_known=st.booleans(),
)


def measured(model: str = "ollama/m", *, after_s: int = 0, found: Findings = FOUND) -> Measured:
    return Measured(model=model, measured_at=AT + timedelta(seconds=after_s), findings=found)


class MeasurementsContract:
    """Needs a `measurements` fixture: a store with nothing in it."""

    async def test_nothing_is_known_at_first(self, measurements: Measurements) -> None:
        assert await measurements.all() == {}

    async def test_findings_come_back_as_they_were(self, measurements: Measurements) -> None:
        await measurements.store(measured())
        await measurements.store(measured("groq/b"))
        assert await measurements.all() == {"ollama/m": measured(), "groq/b": measured("groq/b")}

    async def test_the_newest_findings_about_a_model_replace_the_earlier(
        self, measurements: Measurements
    ) -> None:
        await measurements.store(measured())
        await measurements.store(measured(after_s=60, found=replace(FOUND, takes_tools=True)))
        (kept,) = (await measurements.all()).values()
        assert (kept.measured_at, kept.findings.takes_tools) == (AT + timedelta(seconds=60), True)

    @ON_ONE_JOURNAL
    @given(name=names, found=findings)
    async def test_any_name_and_any_findings_are_kept(
        self, measurements: Measurements, name: str, found: Findings
    ) -> None:
        await measurements.store(measured(name, found=found))
        assert (await measurements.all())[name] == measured(name, found=found)
