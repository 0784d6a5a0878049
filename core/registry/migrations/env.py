"""Alembic's entry: runs the migrations on the connection that it is handed."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from core.registry import tables, types  # noqa: F401  (their tables and compile hooks)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
