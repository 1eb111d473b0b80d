"""The migrated schema is the one that the models speak of."""

import pytest
from sqlalchemy import inspect, text

from notifications.service import SERVICE
from shared.database.migrate import differences
from shared.runtime import Runtime


def test_migrations_and_models_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("ix_messages_ready", ["channel", "lane", "queue_number", "due_at"]),
        ("ix_messages_resting", ["channel", "lane", "due_at"]),
    ],
)
def test_the_claim_has_partial_indexes(runtime: Runtime, name: str, columns: list[str]) -> None:
    found = {index["name"]: index for index in inspect(runtime.database.engine).get_indexes("messages")}
    assert found[name]["column_names"] == columns
    with runtime.reading() as session:
        if runtime.database.dialect == "sqlite":
            sql = session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'"))
        else:
            sql = session.scalar(text(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{name}'"))
    assert "WHERE" in str(sql)
