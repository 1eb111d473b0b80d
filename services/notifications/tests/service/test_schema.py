"""The migrated schema is the one that the models speak of."""

from sqlalchemy import inspect, text

from notifications.service import SERVICE
from shared.database.migrate import differences
from shared.runtime import Runtime


def test_migrations_and_models_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


def test_the_claim_has_a_partial_index(runtime: Runtime) -> None:
    found = {index["name"]: index for index in inspect(runtime.database.engine).get_indexes("messages")}
    assert found["ix_messages_due"]["column_names"] == ["channel", "lane", "due_at"]
    with runtime.reading() as session:
        if runtime.database.dialect == "sqlite":
            sql = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'ix_messages_due'"))
        else:
            sql = session.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_messages_due'"))
    assert "WHERE" in str(sql)
