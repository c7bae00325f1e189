"""`archon serve`: the HTTP API and the embedded runner in one process."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.domain.errors import ConfigurationError
from archon.settings import Settings, load_settings


def serve(arguments: Namespace) -> int:
    settings = load_settings()
    _check_exposure(arguments.host, settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for library in ("alembic", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)
    asyncio.run(_serve(settings, arguments.host, arguments.port))
    return DONE


async def _serve(settings: Settings, host: str, port: int) -> None:
    from archon.api import server
    from archon.api.app import create_app
    from archon.api.config import ApiConfig

    key = settings.api_key.get_secret_value() if settings.api_key else None
    app = create_app(
        lambda: open_platform(settings), config=ApiConfig(api_key=key, cors_origins=settings.cors_origins)
    )
    await server.serve(app, server.listen(host, port), stop=server.stop_on_signals())


def _check_exposure(host: str, settings: Settings) -> None:
    """Raises: ConfigurationError for an open door to the network without a key."""
    if settings.api_key is None and not _is_loopback(host):
        raise ConfigurationError(
            f"Serving on {host} would let anybody on the network run tasks.",
            hint="Set API_KEY, or serve on 127.0.0.1.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
