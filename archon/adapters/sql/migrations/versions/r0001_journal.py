"""The journal: tasks, events, blobs, reservations, owners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _long(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _body(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    _make_tasks_and_events()
    _make_blobs()
    _make_reservations_and_owners()


def _make_tasks_and_events() -> None:
    op.create_table(
        "tasks",
        _text("id"),
        _text("status"),
        _text("reason"),
        _body("objective"),
        _text("workflow"),
        _text("step"),
        _long("created_at"),
        _long("updated_at"),
        _number("last_seq"),
        _number("lease_epoch"),
        _text("lease_owner", nullable=True),
        _long("limit_microusd"),
        _long("spent_microusd"),
        _long("reserved_microusd"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_status_id", "tasks", ["status", "id"])
    op.create_table(
        "events",
        _text("task_id"),
        _number("seq"),
        _number("epoch"),
        _long("at"),
        _text("kind"),
        _text("scope"),
        _text("key"),
        _text("hash"),
        _body("payload"),
        sa.PrimaryKeyConstraint("task_id", "seq", name="pk_events"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_events_task_id"),
        sqlite_with_rowid=False,
    )


def _make_blobs() -> None:
    op.create_table(
        "blobs",
        _text("sha256"),
        _long("size"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _long("created_at"),
        sa.PrimaryKeyConstraint("sha256", name="pk_blobs"),
    )
    op.create_table(
        "blob_refs",
        _text("sha256"),
        _text("task_id"),
        sa.PrimaryKeyConstraint("sha256", "task_id", name="pk_blob_refs"),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name="fk_blob_refs_sha256"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_blob_refs_task_id"),
        sqlite_with_rowid=False,
    )


def _make_reservations_and_owners() -> None:
    op.create_table(
        "reservations",
        _text("id"),
        _text("task_id"),
        _number("epoch"),
        _text("model"),
        _long("worst_microusd"),
        _long("created_at"),
        _long("settled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_reservations_task_id"),
    )
    op.create_index("ix_reservations_task_id", "reservations", ["task_id"])
    op.create_table(
        "owners",
        _text("id"),
        _text("host"),
        _number("pid"),
        _long("beat"),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
    )
