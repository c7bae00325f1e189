"""The public registries that packages are installed from, and those that a host is set up to use instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from archon.domain.egress import Destination, canonical_host
from archon.domain.errors import InvalidInput

PACKAGE_HOSTS: tuple[Destination, ...] = tuple(
    Destination(host, 443)
    for host in (
        *("pypi.org", "files.pythonhosted.org"),
        *("registry.npmjs.org", "registry.yarnpkg.com"),
        *("index.crates.io", "static.crates.io"),
        *("proxy.golang.org", "sum.golang.org"),
        *("rubygems.org", "index.rubygems.org"),
        *("repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org"),
        *("api.nuget.org", "repo.packagist.org"),
    )
)
"""What pip, uv, npm, yarn, cargo, go, gem, mvn, gradle, dotnet and composer ask without being told otherwise.

Names that only serve to publish, such as upload.pypi.org, are left out.
"""

_VARIABLES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
    *("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("npm_config_registry", "NPM_CONFIG_REGISTRY"),
)
_PORTS = {"https": 443, "http": 80}


def registries(environment: Mapping[str, str]) -> tuple[Destination, ...]:
    """The public ones, and those that this environment names for pip, uv and npm: host and port alone.

    Users and passwords in their URLs go nowhere. What is no http(s) URL is left out.
    """
    urls = (url for name in _VARIABLES for url in environment.get(name, "").split())
    return tuple(dict.fromkeys((*PACKAGE_HOSTS, *(found for url in urls for found in _destination(url)))))


def _destination(url: str) -> Iterator[Destination]:
    """Of a URL, which uv lets a name stand before: `internal=https://host/simple`."""
    scheme_at = url.find("://")
    named_at = url.rfind("=", 0, max(scheme_at, 0))
    try:
        parts = urlsplit(url[named_at + 1 :])
        if parts.scheme in _PORTS and parts.hostname:
            yield Destination(canonical_host(parts.hostname), parts.port or _PORTS[parts.scheme])
    except (ValueError, InvalidInput):
        return
