"""The tables, the same on SQLite and Postgres. Times are microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

REVISION = "0003"
"""The revision of the migrations that makes these tables."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("objective", Text, nullable=False),
    Column("workflow", String, nullable=False),
    Column("step", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("lease_epoch", Integer, nullable=False),
    Column("lease_owner", String, nullable=True),
    Column("limit_microusd", BigInteger, nullable=False),
    Column("spent_microusd", BigInteger, nullable=False),
    Column("reserved_microusd", BigInteger, nullable=False),
    Column("unpriced_microusd", BigInteger, nullable=False, server_default="0"),
    Column("unpriced_tokens", BigInteger, nullable=False, server_default="0"),
    Column("unpriced_reserved_tokens", BigInteger, nullable=False, server_default="0"),
    Column("unpriced_token_limit", BigInteger, nullable=True),
    Index(None, "status", "id"),
)

events = Table(
    "events",
    metadata,
    Column("task_id", String, ForeignKey("tasks.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("key", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("payload", Text, nullable=False),  # of what was written before there was `squeezed`; then empty
    Column("squeezed", LargeBinary, nullable=True),
    sqlite_with_rowid=False,
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

blob_refs = Table(
    "blob_refs",
    metadata,
    Column("sha256", String, ForeignKey("blobs.sha256"), primary_key=True),
    Column("task_id", String, ForeignKey("tasks.id"), primary_key=True),
    sqlite_with_rowid=False,
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", String, primary_key=True),
    Column("task_id", String, ForeignKey("tasks.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("model", String, nullable=False),
    Column("worst_microusd", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    Column("unpriced_tokens", BigInteger, nullable=False, server_default="0"),
    # On Postgres it is as partial, which only the migration says: saying it here would import that dialect.
    Index("ix_reservations_open", "task_id", sqlite_where=text("settled_at IS NULL")),
)

measured_models = Table(
    "measured_models",
    metadata,
    Column("model", String, primary_key=True),
    Column("measured_at", BigInteger, nullable=False),
    Column("findings", Text, nullable=False),
)

owners = Table(
    "owners",
    metadata,
    Column("id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat", BigInteger, nullable=False),
)
