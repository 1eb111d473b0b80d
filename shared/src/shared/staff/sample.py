"""The accounts of the sample centre, the same people in every service. Never loaded in production."""

from shared.database import UnitOfWork
from shared.principal import ALL_BODIES, Grant
from shared.sample import PASSWORD, sample_id
from shared.settings import Settings
from shared.staff.accounts import add_account, find_account, set_grants
from shared.staff.openid.settings import BUILT_IN, openid_settings

ACCOUNTS = {
    "reception": ("服务台", Grant("officer", ALL_BODIES)),
    "party": ("党建办公室", Grant("manager", "party")),
    "union": ("工会", Grant("manager", "union")),
    "league": ("团委", Grant("manager", "league")),
    "women": ("妇联", Grant("manager", "women")),
    "approver": ("审批人", Grant("manager", ALL_BODIES)),
    "admin": ("管理员", Grant("admin", ALL_BODIES)),
}


def add_sample_staff(work: UnitOfWork, settings: Settings) -> None:
    """Add those accounts that are not there yet, all with the password of the sample.

    Whoever signs in through the suite's own provider is then known in every service, with the role they have there.
    """
    openid = openid_settings(settings)
    ours = openid.issuer == settings.service_urls[BUILT_IN].rstrip("/")
    is_provider = settings.service == BUILT_IN
    for username, (name, grant) in ACCOUNTS.items():
        identity = sample_id("account", username)
        known = find_account(work.session, username)
        if known is None:
            add_account(
                work,
                username=username,
                name=name,
                password=PASSWORD,
                grants=[grant],
                account_id=identity if is_provider else None,
                known_as=(openid.issuer, str(identity)) if ours and not is_provider else None,
            )
        elif known.issuer_subject == str(identity) and not known.grants:
            set_grants(work, known.id, [grant])  # membership announced the account before
