"""Tokens at an unknown price have a ceiling, and what models can do is measured and kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    for name in ("unpriced_microusd", "unpriced_tokens", "unpriced_reserved_tokens"):
        op.add_column("tasks", _count(name))
    op.add_column("tasks", sa.Column("unpriced_token_limit", sa.BigInteger(), nullable=True))
    op.add_column("reservations", _count("unpriced_tokens"))
    op.create_table(
        "measured_models",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("measured_at", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", name="pk_measured_models"),
    )
