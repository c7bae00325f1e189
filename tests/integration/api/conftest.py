"""A platform for tests that need nothing special of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.adapters.model.scripted import ScriptedModel
from archon.services.platform import Platform
from tests.integration.api.server_world import CODE, PLAN, build_platform


@pytest.fixture
def script() -> ScriptedModel:
    """What the model of `platform` says: a plan and a draft, for one task that executes nothing."""
    return ScriptedModel([PLAN, CODE])


@pytest.fixture
def platform(tmp_path: Path, script: ScriptedModel) -> Platform:
    return build_platform(tmp_path, script)
