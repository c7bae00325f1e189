"""Payloads in few bytes, and an index of nothing but the reservations that are open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("events", sa.Column("squeezed", sa.LargeBinary(), nullable=True))
    op.drop_index("ix_reservations_task_id", "reservations")
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_reservations_open", "reservations", ["task_id"], sqlite_where=is_open, postgresql_where=is_open
    )
