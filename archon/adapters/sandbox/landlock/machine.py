"""Whether the kernel of this machine has what it takes."""

from __future__ import annotations

import os
import shutil

from archon.adapters.sandbox.landlock import kernel
from archon.adapters.sandbox.landlock.numbers import NUMBERS
from archon.domain.errors import SandboxUnavailable

LEAST_ABI = 6
"""The first that keeps signals in, without which a command could kill the agent that has to end it, and, as
an ordinary user, all that this user runs."""
_VERSION = 1
"""LANDLOCK_CREATE_RULESET_VERSION"""


def landlock_abi() -> int:
    """The version of Landlock. Raises: SandboxUnavailable where it does too little, or is not there."""
    if os.uname().machine not in NUMBERS:
        raise SandboxUnavailable(
            f"There is no filter of system calls for {os.uname().machine}.",
            hint="Use bubblewrap, podman or docker: ARCHON_SANDBOX_PROVIDER names one.",
        )
    try:
        abi = kernel.called("syscall", kernel.CREATE_RULESET, None, 0, _VERSION)
    except OSError as error:
        raise SandboxUnavailable(
            f"This kernel has no Landlock in use: {error.strerror}.",
            hint="It takes Linux 6.12 or newer, with landlock in the list of the boot parameter lsm=.",
        ) from error
    if abi < LEAST_ABI or not _keeps_signals_in():
        raise SandboxUnavailable(
            f"This kernel's Landlock is too old: it is version {abi}, and cannot keep signals in.",
            hint="It takes Linux 6.12 or newer.",
        )
    return abi


def demand_setpriv() -> None:
    """Raises: SandboxUnavailable without the program by which root becomes somebody else."""
    if shutil.which("/usr/bin/setpriv") is None:
        raise SandboxUnavailable(
            "/usr/bin/setpriv is not installed.", hint="Install it: `apt install util-linux`."
        )


def _keeps_signals_in() -> bool:
    """There are kernels that say 6 and cannot. Source: Red Hat Enterprise Linux 9.7."""
    try:
        rules = kernel.ruleset(
            files=kernel.EVERY_FILE_RIGHT,
            network=kernel.EVERY_NETWORK_RIGHT,
            scopes=kernel.OWN_SOCKETS_AND_SIGNALS,
        )
    except OSError:
        return False
    os.close(rules)
    return True
