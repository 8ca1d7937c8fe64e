"""Alembic's entry point, under `bridge migrate` and under the plain `alembic` command alike."""

from logging.config import fileConfig

from alembic import context

from bridge.db.alembic_runner import run_environment

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

run_environment()
