"""Bringing one service's database to the schema of its code: the shared branch and the service's own."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text

import shared.deliveries.forbidden
import shared.staff.models  # noqa: F401 - its tables are among the shared ones
from shared.database.engine import Database
from shared.database.tables import SharedBase
from shared.service import Service


def _configuration(service: Service) -> Config:
    shared = Path(str(files("shared.database.migrations")))
    own = Path(str(files(service.migrations_package)))
    folders = dict.fromkeys((shared / "versions", own / "versions"))
    config = Config()
    config.set_main_option("script_location", str(shared))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, folders)))
    config.attributes["metadata"] = [SharedBase.metadata, service.metadata]
    return config


def migrate(service: Service, database: Database) -> None:
    """Upgrade to the newest revision of both branches, in one transaction; nothing happens when it is there."""
    config = _configuration(service)
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('yizhan migrate'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


def expected_heads(service: Service) -> frozenset[str]:
    """The newest revisions that this code knows."""
    return frozenset(ScriptDirectory.from_config(_configuration(service)).get_heads())


def schema_is_older(service: Service, database: Database) -> bool:
    """Whether the database lacks a revision of this code. A newer database is fine: releases run side by side."""
    script = ScriptDirectory.from_config(_configuration(service))
    with database.engine.connect().execution_options(yizhan_reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return True
        present = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    known = present & {revision.revision for revision in script.walk_revisions()}
    applied = {revision.revision for head in known for revision in script.iterate_revisions(head, "base")}
    unknown = present - known
    return not unknown and not set(script.get_heads()) <= applied


def differences(service: Service, database: Database) -> list[object]:
    """What the migrated schema and the models do not agree on; empty when they do. For tests."""
    merged = MetaData(naming_convention=service.metadata.naming_convention)
    for metadata in (SharedBase.metadata, service.metadata):
        for table in metadata.tables.values():
            table.to_metadata(merged)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return [
            difference
            for difference in compare_metadata(context, merged)
            if not _of_alembic(difference) and not _only_on_one_side(difference)
        ]


def _of_alembic(difference: object) -> bool:
    return "alembic_version" in str(difference)


def _only_on_one_side(difference: object) -> bool:
    """Exclusion constraints and partial indexes live in migrations; models cannot say them for both engines."""
    return isinstance(difference, tuple) and difference[0] == "remove_index"
