"""`archon models`: which there are and whether they can be had; `probe` measures what one can do."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.listing import print_listing
from archon.cli.listing_json import listing_json
from archon.cli.probe_table import measured_json, print_measured
from archon.cli.safe_text import printable
from archon.cli.show import print_json, say
from archon.services.list_models import list_models
from archon.services.probe_model import DEFAULT_LIMIT_MICROUSD, LONGEST_TOKENS, probe_model
from archon.settings import load_settings


def models(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            listing = await list_models(platform, every_row=arguments.all)
        if arguments.json:
            print_json(listing_json(listing))
        else:
            print_listing(listing)
        return DONE

    return asyncio.run(work())


def probe(arguments: Namespace) -> int:
    limit, longest = arguments.max_usd, arguments.context_tokens
    tell = _silent if arguments.quiet else _say

    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            measured = await probe_model(
                platform,
                arguments.name,
                limit_microusd=DEFAULT_LIMIT_MICROUSD if limit is None else limit,
                longest_tokens=LONGEST_TOKENS if longest is None else longest,
                tell=tell,
            )
        if arguments.json:
            print_json(measured_json(measured))
        else:
            print_measured(measured)
        return DONE

    return asyncio.run(work())


def _silent(line: str) -> None:
    return


def _say(line: str) -> None:
    """A line of progress."""
    say(printable(line))
