"""Where a task's result may be written, looked at before any money is spent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archon.domain.errors import ConfigurationError, InvalidInput


def check_output_directory(wanted: Path, *, roots: Sequence[Path] | None) -> Path:
    """The real path of a writable output directory, made if it is missing.

    `roots` bounds where a caller over the network may write; None for a person at their own machine.

    Raises: InvalidInput when it lies elsewhere or is no folder; ConfigurationError when it cannot be
    written.
    """
    real = _resolve(wanted)
    if roots is not None and not any(real.is_relative_to(_resolve(root)) for root in roots):
        raise InvalidInput(
            f"Results may not be written to {wanted}.",
            hint="Name a folder under ARCHON_OUTPUT_ROOTS, or none for the default.",
        )
    try:
        if real.exists() and not real.is_dir():
            raise InvalidInput(f"The output directory {wanted} is not a folder.", hint="Name another one.")
        real.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=real):
            return real
    except OSError as error:
        raise ConfigurationError(
            f"The output directory {wanted} cannot be written: {os.strerror(error.errno or 0)}.",
            hint="Make it writable, or name another one.",
        ) from error


def _resolve(path: Path) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(f"{path!s} is no usable path: {error}.", hint="Name another folder.") from error
