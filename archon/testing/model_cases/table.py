"""Every case of the suite: what is served, and the one way in which a call may then end."""

from __future__ import annotations

from archon.testing.model_cases.answers import ANSWERS
from archon.testing.model_cases.case import Case
from archon.testing.model_cases.patience import PATIENCE
from archon.testing.model_cases.protocol import SpokenProtocol
from archon.testing.model_cases.replies import REPLIES
from archon.testing.model_cases.streams import STREAMS

CASES = (*STREAMS, *ANSWERS, *REPLIES, *PATIENCE)


def cases_of(protocol: SpokenProtocol) -> list[Case]:
    return [case for case in CASES if protocol in case.only]
