"""The accounts of the sample centre, the same in every service. Never loaded in production."""

from shared.database import UnitOfWork
from shared.principal import ALL_BODIES, Grant
from shared.sample import PASSWORD
from shared.staff.accounts import add_account, find_account

ACCOUNTS = {
    "reception": ("服务台", Grant("officer", ALL_BODIES)),
    "party": ("党建办公室", Grant("manager", "party")),
    "union": ("工会", Grant("manager", "union")),
    "league": ("团委", Grant("manager", "league")),
    "women": ("妇联", Grant("manager", "women")),
    "approver": ("审批人", Grant("manager", ALL_BODIES)),
    "admin": ("管理员", Grant("admin", ALL_BODIES)),
}


def add_sample_staff(work: UnitOfWork) -> None:
    """Add those accounts that are not there yet, all with the password of the sample."""
    for username, (name, grant) in ACCOUNTS.items():
        if find_account(work.session, username) is None:
            add_account(work, username=username, name=name, password=PASSWORD, grants=[grant])
