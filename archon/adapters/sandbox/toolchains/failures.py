"""What installers say when they fail, and what a person can do about it."""

from __future__ import annotations

import errno
import re

from archon.domain.errors import ConfigurationError

_CURES = (
    (
        r"hash mismatch|DO NOT MATCH THE HASHES|EINTEGRITY",
        "a package is not the one that was locked",
        "The registry or a cache gave out something else. Empty the installer's cache (`uv cache clean`, "
        "`pip cache purge`, `npm cache clean --force`), and look at who serves your packages.",
    ),
    (
        r"no space left on device|ENOSPC|disk quota exceeded",
        "the disk is full",
        "Free some space, or set ARCHON_DATA_DIR to a folder on a larger disk.",
    ),
    (
        r"certificate|UnknownIssuer|SELF_SIGNED",
        "the package registry's certificate is not trusted",
        "Behind a proxy of your own set SSL_CERT_FILE and NODE_EXTRA_CA_CERTS to its certificate.",
    ),
    (
        r"error sending request|client error|dns error|Connection refused|Failed to establish a new"
        r"|Network connectivity is disabled|Temporary failure in name resolution|Network is unreachable"
        r"|timed out|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH",
        "the package registry cannot be reached",
        "It needs the network this once; behind a proxy set HTTPS_PROXY, for a mirror UV_INDEX_URL, "
        "PIP_INDEX_URL or npm_config_registry.",
    ),
    (
        r"no wheels? with a matching|no matching distribution|no compatible|not found in the package registry"
        r"|E404|was not found|because there (are|is) no versions? of|no usable wheels",
        "a package is not to be had for this machine",
        "The registry in use does not have the locked version for this Python and processor; "
        "a mirror may be out of date.",
    ),
)


def failed(what: str, said: str) -> ConfigurationError:
    """The error for what an installer printed before it gave up."""
    for marks, why, cure in _CURES:
        if re.search(marks, said, re.IGNORECASE):
            return ConfigurationError(f"{what} failed: {why} ({_line_with(marks, said)}).", hint=cure)
    last = " / ".join(line.strip() for line in said.splitlines()[-3:] if line.strip())
    return ConfigurationError(f"{what} failed: {last[:500] or 'without a word'}.", hint="Try again.")


def broken(what: str, error: OSError) -> ConfigurationError:
    """The error for a folder that could not be written."""
    text = f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return failed(what, "No space left on device")
    return ConfigurationError(
        f"{what} failed: {text}.", hint="The data directory must be one that you can write."
    )


def _line_with(marks: str, said: str) -> str:
    lines = (line.strip(" ×╰─▶├│\t") for line in said.splitlines() if re.search(marks, line, re.IGNORECASE))
    return next(lines, "")[:300]
