"""The image of all sandboxes: a few folders and links, made on this machine and imported by the engine."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import PurePosixPath

from archon.adapters.sandbox.containers.client import Client
from archon.adapters.sandbox.containers.root import Root


async def ensure_image(client: Client, root: Root) -> str:
    """The name of the image for a root, imported where the engine does not have it yet.

    Raises: SandboxUnavailable when it cannot be imported.
    """
    archive = packed(root)
    name = f"localhost/archon-sandbox:{hashlib.sha256(archive).hexdigest()[:16]}"
    known = await client.call("image", "inspect", "--format", "{{.Id}}", name)
    if known.exit_code != 0:
        await client.answer("import", "-", name, stdin=archive)
    return name


def packed(root: Root) -> bytes:
    """A tar archive of a root's folders and links, the same bytes for the same root."""
    links = {PurePosixPath(place): target for place, target in root.links.items()}
    places = [*map(PurePosixPath, root.folders), *links]
    folders = {above for place in places for above in place.parents} | {*places} - {*links}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for place in sorted(folders - {PurePosixPath("/")}):
            tar.addfile(_entry(place, tarfile.DIRTYPE, 0o755))
        for place in sorted(links):
            entry = _entry(place, tarfile.SYMTYPE, 0o777)
            entry.linkname = links[place]
            tar.addfile(entry)
    return archive.getvalue()


def _entry(place: PurePosixPath, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(str(place).lstrip("/"))
    entry.type, entry.mode = kind, mode
    return entry
