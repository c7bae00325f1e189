"""The composition root: the one place that knows both the ports and what stands behind them."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from archon.adapters.clock.system import SystemClock
from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.beginnings import check_beginnings
from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.profile_rows import RowsWith
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import ArchonError, ConfigurationError
from archon.engine.models.retrying import RetryPolicy
from archon.ports.clock import Clock
from archon.ports.folder import FolderSource
from archon.ports.journal import Journal
from archon.ports.owners import Owners
from archon.ports.sandbox import Ask, SandboxProvider
from archon.services.platform import Limits, Platform, RoleModels
from archon.services.roles import ROLES
from archon.settings import Settings

if TYPE_CHECKING:
    from archon.adapters.sandbox.packages import Policy
    from archon.adapters.sandbox.toolchains.prepared import Toolchains
    from archon.adapters.sandbox.way_out import Reach

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 4
MACHINE_SCRATCH = Path("/run/archon")
RUN_TIMEOUT_S = 60.0
"""How long one run of a script may take, unless sandboxes live shorter."""


def database_file(settings: Settings) -> Path:
    return settings.archon_data_dir / "archon.db"


@asynccontextmanager
async def open_platform(
    settings: Settings,
    *,
    adapt: Callable[[Platform], Platform] = lambda platform: platform,
    ask: Ask | None = None,
) -> AsyncIterator[Platform]:
    """Everything wired, and this process known as a living owner of tasks for as long as it is open.

    `ask` asks a person what sandboxes may reach.

    `adapt` may put other adapters in, wrapped around these or instead of them. Raises:
    ConfigurationError where the data directory or the database cannot be used, or a setting is of no model.
    """
    from archon.adapters.sql.database import Database
    from archon.adapters.sql.journal import SqlJournal
    from archon.adapters.sql.measurements import SqlMeasurements
    from archon.adapters.sql.owners import SqlOwners

    check_beginnings({"MODEL_PRICING": settings.model_pricing, "MODEL_LLM_PARAMS": settings.model_llm_params})
    _make_data_directory(settings.archon_data_dir)
    clock = SystemClock()
    database = Database(database_file(settings))
    await database.open()
    owners = SqlOwners(
        database, settings.archon_data_dir / "owners", clock, lease_s=settings.archon_lease_seconds
    )
    models = Models(_providers(settings), clock, _timeouts(settings))
    catalog = ModelCatalog(_providers(settings), clock, settings.model_pricing, settings.model_llm_params)
    try:
        await owners.enter()
        platform = adapt(
            Platform(
                journal=SqlJournal(database, clock),
                owners=owners,
                clock=clock,
                sandbox=sandbox_provider(settings, ask=ask),
                folders=LocalFolders(),
                models=models,
                catalog=catalog,
                directory=ModelDirectory(catalog),
                measurements=SqlMeasurements(database),
                retry=_retry(settings),
                limits=_limits(settings),
                roles=_roles(settings),
                data_directory=settings.archon_data_dir,
                output_directory=settings.local_output_dir,
                output_roots=settings.output_roots,
            )
        )
        async with _beating(owners, clock, settings.archon_lease_seconds / BEATS_PER_LEASE):
            gc.freeze()  # what is loaded by now stays, so the collector need not look at it again
            yield platform
    finally:
        await owners.leave()
        await models.aclose()
        await database.close()


def sandbox_provider(settings: Settings, *, ask: Ask | None = None) -> SandboxProvider:
    """What runs code here: the chosen sandbox, or nothing isolated at all where that was asked for by name.

    Raises: ConfigurationError where the data directory cannot be made.
    """
    _make_data_directory(settings.archon_data_dir)
    if settings.archon_unsafe_no_sandbox:
        from archon.adapters.sandbox.bare import BareProvider

        return BareProvider(folders=LocalFolders())
    return SANDBOX_PROVIDERS[settings.archon_sandbox_provider](settings, ask)


def _bubblewrap(settings: Settings, ask: Ask | None) -> SandboxProvider:
    from archon.adapters.sandbox.bubblewrap import BubblewrapProvider

    return BubblewrapProvider(
        scratch=_scratch(settings),
        folders=LocalFolders(),
        toolchains=toolchains(settings),
        reach=_reach(settings, ask),
    )


def _landlock(settings: Settings, _ask: Ask | None) -> SandboxProvider:
    from archon.adapters.sandbox.landlock.provider import LandlockProvider

    return LandlockProvider(scratch=_scratch(settings), folders=LocalFolders())


def _strongest(settings: Settings, ask: Ask | None) -> SandboxProvider:
    from archon.adapters.sandbox.ordered import OrderedProvider

    return OrderedProvider([_bubblewrap(settings, ask), _landlock(settings, ask)])


def _reach(settings: Settings, ask: Ask | None) -> Reach:
    from archon.adapters.sandbox.packages import reach

    policy = settings.archon_sandbox_packages or ("ask" if ask else "deny")
    return reach(cast("Policy", policy), settings.archon_sandbox_allow, os.environ, ask)


def toolchains(settings: Settings) -> Toolchains:
    """What `archon sandbox prepare` builds, and sandboxes show."""
    from archon.adapters.sandbox.toolchains.prepared import Toolchains

    return Toolchains(settings.archon_data_dir / "toolchains")


def local_folders() -> FolderSource:
    """Folders of this machine whose content nobody vouches for."""
    return LocalFolders()


def _containers(settings: Settings, _ask: Ask | None) -> SandboxProvider:
    from archon.adapters.sandbox.containers.provider import ContainerProvider

    name = settings.archon_sandbox_provider
    return ContainerProvider(
        name, scratch=_scratch(settings), folders=LocalFolders(), toolchains=toolchains(settings)
    )


SANDBOX_PROVIDERS: dict[str, Callable[[Settings, Ask | None], SandboxProvider]] = {
    "auto": _strongest,
    "bubblewrap": _bubblewrap,
    "landlock": _landlock,
    "podman": _containers,
    "docker": _containers,
}


def _scratch(settings: Settings) -> Path:
    """Where sandboxes keep their locks: one place for all of root's, since they share user ids."""
    if os.geteuid() == 0 and os.access(MACHINE_SCRATCH.parent, os.W_OK):
        return MACHINE_SCRATCH
    return settings.archon_data_dir / "scratch"


def scratch_journal() -> Journal:
    """A journal that nothing outlives: what a replay writes into."""
    return MemoryJournal(SystemClock())


def upgrade_database(settings: Settings) -> str:
    """Bring the schema up to this version's; the revision it has then. Raises: DatabaseError."""
    from archon.adapters.sql.migrate import upgrade

    _make_data_directory(settings.archon_data_dir)
    return upgrade(database_file(settings))


def _make_data_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The data directory {directory} cannot be made: {error.strerror}.",
            hint="Set ARCHON_DATA_DIR to a folder that you can write.",
        ) from error


@asynccontextmanager
async def _beating(owners: Owners, clock: Clock, pause_s: float) -> AsyncIterator[None]:
    """Signs of life in the background, for as long as tasks may run here."""

    async def beat() -> None:
        while True:
            await clock.sleep(pause_s)
            try:
                await owners.beat()
            except ArchonError as error:
                log.warning("no sign of life could be given: %s", error)

    heart = asyncio.create_task(beat())
    try:
        yield
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart


def _providers(settings: Settings) -> Providers:
    keys = {name: secret.get_secret_value() for name, secret in settings.provider_keys.items()}
    return Providers(
        keys=ProviderKeys(**keys),
        base_urls={
            "anthropic": settings.anthropic_base_url,
            "openai": settings.openai_base_url,
            "ollama": settings.ollama_host,
        },
        rows=RowsWith(settings.archon_data_dir / "models.toml"),
    )


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(read_s=settings.llm_silence_seconds, answer_s=settings.llm_answer_seconds)


def _retry(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        max_retries=settings.llm_max_retries,
        base_delay_s=settings.llm_retry_base_delay,
        max_delay_s=settings.llm_retry_max_delay,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_rounds=settings.max_iterations,
        budget_microusd=settings.max_task_budget_microusd,
        max_objective_chars=settings.max_task_description_length,
        max_concurrent_tasks=settings.max_concurrent_tasks,
        max_queued_tasks=settings.max_queued_tasks,
        run_timeout_s=min(RUN_TIMEOUT_S, settings.sandbox_timeout_seconds),
        unpriced_tokens=settings.max_unpriced_tokens,
    )


def _roles(settings: Settings) -> RoleModels:
    named = {role.name: getattr(settings, role.variable.lower()) for role in ROLES}
    return RoleModels(**named, params=settings.agent_llm_params)
