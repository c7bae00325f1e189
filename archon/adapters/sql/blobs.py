"""Values kept once by their hash, compressed, as long as some task refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import zstandard
from sqlalchemy import Connection, bindparam, delete, exists, literal, select
from sqlalchemy.dialects.sqlite import insert

from archon.adapters.sql.compiled import Compiled
from archon.adapters.sql.schema import blob_refs, blobs
from archon.domain.errors import InvalidInput
from archon.domain.values import Digest, TaskId
from archon.ports.journal import LARGEST_BLOB_BYTES

_AT_ONCE = 500
"""Hashes in one query; SQLite allows 32,766 variables, older ones 999."""

_DATA = select(blobs.c.sha256, blobs.c.data).where(blobs.c.sha256.in_(bindparam("wanted", expanding=True)))
_ADD = Compiled(insert(blobs).on_conflict_do_nothing())
_REFER = Compiled(insert(blob_refs).on_conflict_do_nothing())
_SWEEP = delete(blobs).where(
    blobs.c.created_at < bindparam("before"),
    ~exists(select(literal(1)).where(blob_refs.c.sha256 == blobs.c.sha256)),
)


@dataclass(frozen=True, slots=True)
class Compressed:
    size: int
    data: bytes


def compress(values: Mapping[Digest, bytes]) -> dict[Digest, Compressed]:
    """Raises: InvalidInput for a value that is too large to be kept."""
    for sha256, data in values.items():
        if len(data) > LARGEST_BLOB_BYTES:
            raise InvalidInput(
                f"The value {sha256[:12]}… has {len(data):,} bytes; {LARGEST_BLOB_BYTES:,} are allowed.",
                hint="Leave it out, or make it smaller.",
            )
    return {sha256: Compressed(len(data), zstandard.compress(data)) for sha256, data in values.items()}


def keep(connection: Connection, task_id: TaskId, values: Mapping[Digest, Compressed], *, now: int) -> None:
    """Keep the values and note that the task refers to them; what is there already stays."""
    if not values:
        return
    _ADD.run_each(
        connection,
        [
            {"sha256": sha256, "size": value.size, "data": value.data, "created_at": now}
            for sha256, value in values.items()
        ],
    )
    _REFER.run_each(connection, [{"sha256": sha256, "task_id": task_id} for sha256 in values])


def load(connection: Connection, wanted: Iterable[Digest]) -> dict[Digest, bytes]:
    """The values that are kept, decompressed; those that are not are left out."""
    return {
        Digest(row.sha256): zstandard.decompress(row.data)
        for part in _parts(list(wanted))
        for row in connection.execute(_DATA, {"wanted": part})
    }


def sweep(connection: Connection, *, before: int) -> int:
    """Remove the values older than `before` that no task refers to, and return how many."""
    return connection.execute(_SWEEP, {"before": before}).rowcount


def _parts(wanted: Sequence[Digest]) -> Iterable[Sequence[Digest]]:
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
