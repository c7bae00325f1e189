"""Hands a run the tools it works with."""

from __future__ import annotations

from archon.engine.models.account import Account
from archon.engine.models.calls import Models
from archon.engine.run import Run
from archon.services.platform import Platform
from archon.workflows.toolbox import Toolbox


def account_of(platform: Platform, run: Run) -> Account:
    return Account(run=run, journal=platform.journal, clock=platform.clock)


def toolbox_of(platform: Platform, run: Run) -> Toolbox:
    """The models of the run's task, each in its wrappers, and the places it works in."""
    models = Models(
        spec=run.spec,
        source=platform.models,
        account=account_of(platform, run),
        policy=platform.retry,
        clock=platform.clock,
    )
    return Toolbox(models=models, sandbox=platform.sandbox, folders=platform.folders)
