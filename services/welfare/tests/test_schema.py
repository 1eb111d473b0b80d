"""The migrated schema and the models say the same, and the ledger cannot be changed."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from shared.database.engine import violated
from shared.database.migrate import differences
from shared.runtime import Runtime
from welfare.funds.models import FundEntry
from welfare.service import SERVICE


def test_models_and_migrations_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


@pytest.mark.parametrize("statement", [update(FundEntry).values(reason="mended"), delete(FundEntry)])
def test_the_ledger_is_append_only(centre, statement) -> None:
    centre.fund()
    with pytest.raises(IntegrityError) as refused, centre.work() as work:
        work.session.execute(statement)
    assert violated(refused.value) == "fund_entries_is_append_only"
