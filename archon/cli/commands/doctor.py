"""`archon doctor`: what this machine has, what it lacks, and the cure."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from dataclasses import asdict

from archon.bootstrap import open_platform
from archon.cli.exit_codes import CONFIGURATION, DONE
from archon.cli.safe_text import printable
from archon.cli.show import out_wrapped, print_json
from archon.cli.toolchains import prepared_line
from archon.services.examine import Finding, examine
from archon.settings import load_settings, lookalikes


def doctor(arguments: Namespace) -> int:
    async def work() -> int:
        settings = load_settings()
        async with open_platform(settings) as platform:
            findings = await examine(platform)
        # They are a matter of choice: nothing is wrong where they are missing.
        findings.append(Finding(part="toolchains", is_well=True, found=prepared_line(settings)))
        findings += [
            Finding(part="settings", is_well=False, found=f"{name} sets nothing", cure=f"Write {meant}?")
            for name, meant in lookalikes().items()
        ]
        if arguments.json:
            print_json([asdict(finding) for finding in findings])
        else:
            for finding in findings:
                mark = "✓" if finding.is_well else "✗"
                out_wrapped(f"{mark} {finding.part:<10} {printable(finding.found)}", hang=13)
                if finding.cure:
                    out_wrapped(f"  cure: {printable(finding.cure)}", hang=8)
        return DONE if all(finding.is_well for finding in findings) else CONFIGURATION

    return asyncio.run(work())
