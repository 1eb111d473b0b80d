"""Settings of the senders, quiet hours and the allow-list."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifications.seed import plant
from notifications.sending.sender import Sender
from notifications.sending.settings import SendingSettings
from notifications.service import SERVICE
from notifications.testing.conditions import messages, states, steps
from notifications.testing.mailbox_process import Mailbox
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.settings import MissingSetting, Settings
from shared.testing.fakes import SettableClock

SECRETS = {"SECRET_KEY": "s", "DATA_KEYS": f"k:{'0' * 64}", "BLIND_INDEX_KEY": "00" * 32}
ADDRESSES = {"DATABASE_URL": "sqlite:///x", "BUS_URL": "spool:///x", "PUBLIC_URL": "http://127.0.0.1:8105"}
PRODUCTION = {"YIZHAN_ENV": "production", **SECRETS, **ADDRESSES}
COMPLETE = {
    "SMTP_URL": "smtp://mail.invalid",
    "MAIL_FROM": "centre@sample.invalid",
    "SMS_PROVIDERS": "[]",
    "SMS_SIGNATURE": "驿站",
    "SMS_RECEIPT_KEY": "k",
}


def _settings(tmp_path: Path, **environ: str) -> SendingSettings:
    base = {"YIZHAN_VAR": str(tmp_path)}
    return SendingSettings.of(Settings.from_environment("notifications", {**base, **environ}))


def test_development_sends_to_the_mailbox_and_has_no_quiet_hours(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert settings.smtp_url == "smtp://127.0.0.1:8125"
    assert settings.quiet_hours is None
    assert settings.lease.total_seconds() == 60
    assert not settings.allow_list.allows("anybody@else.invalid", sample=False)


def test_production_has_no_defaults_and_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting, match="SMTP_URL, MAIL_FROM, SMS_PROVIDERS, SMS_SIGNATURE, SMS_RECEIPT_KEY"):
        _settings(tmp_path, **PRODUCTION)
    settings = _settings(tmp_path, **PRODUCTION, **COMPLETE)
    assert settings.quiet_hours is not None
    assert settings.allow_list.allows("anybody@else.invalid", sample=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMS_PROVIDERS": '[{"name": "x", "kind": "fax", "url": "http://x"}]'},
        {"SMS_PROVIDERS": '[{"name": "x", "kind": "generic", "url": "http://x", "colour": "red"}]'},
        {"SMS_PROVIDERS": '[{"name": "x", "kind": "aliyun", "key_id": "k"}]'},
        {"SMS_PROVIDERS": '[{"name": "x", "kind": "generic", "url": "http://x", "price": "0.00001"}]'},
        {"SMS_PROVIDERS": '[{"name": "smtp", "kind": "generic", "url": "http://x"}]'},
        {"MAIL_FROM": "nobody"},
        {"QUIET_HOURS": "late"},
    ],
)
def test_malformed_settings_are_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        _settings(tmp_path, **wrong)


def test_outside_production_only_the_listed_and_sample_people_are_written_to(tmp_path: Path) -> None:
    allowed = _settings(tmp_path, SEND_ALLOW_LIST="me@else.invalid, @team.invalid,+86138*").allow_list
    for address in ("me@else.invalid", "ME@else.invalid", "any@team.invalid", "+8613800000000"):
        assert allowed.allows(address, sample=False)
    for address in ("you@else.invalid", "any@sub.team.invalid", "me@else.invalid.evil.invalid", "+8613900000000"):
        assert not allowed.allows(address, sample=False)
        assert allowed.allows(address, sample=True)
    assert _settings(tmp_path, SEND_ALLOW_LIST="*").allow_list.allows("anybody@else.invalid", sample=False)


def test_credentials_are_in_no_repr(tmp_path: Path) -> None:
    providers = (
        '[{"name": "a", "kind": "aliyun", "key_id": "KEY-ID", "secret": "SECRET-1", "price": "0.045",'
        ' "receipt_secret": "SECRET-2"}]'
    )
    settings = _settings(
        tmp_path, SMS_PROVIDERS=providers, SMTP_URL="smtps://user:SECRET-3@mail.invalid", SMS_RECEIPT_KEY="SECRET-4"
    )
    assert settings.sms_providers[0].cost(2, "+8610000000001") == 900
    assert "SECRET" not in repr(settings)
    assert "KEY-ID" not in repr(settings)


@pytest.fixture
def make(make_runtime: Callable[..., Runtime], mailbox: Mailbox) -> Callable[..., Runtime]:
    def made(**environ: str) -> Runtime:
        runtime = make_runtime(
            SERVICE,
            **{
                "SMTP_URL": f"smtp://127.0.0.1:{mailbox.smtp_port}",
                "SMS_PROVIDERS": f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms"}}]',
                **environ,
            },
        )
        plant(runtime)
        return runtime

    return made


def test_at_night_messages_wait_for_the_morning_unless_they_would_be_useless_then(
    make: Callable[..., Runtime], clock: SettableClock
) -> None:
    runtime = make(QUIET_HOURS="22:00-08:00")
    clock.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23:00 at the centre
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(email=None), hours=48)
    others.registration("confirmed", others.contact(email=None), hours=7)
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    sender.run_once()
    sender.close()
    assert states(runtime) == {"pending": 1, "sent": 1}
    assert next(m for m in messages(runtime) if m.state == "pending").tries == 0
    assert steps(runtime, "quiet-hours")[0]["until"].startswith("2026-11-24T00:")


def test_who_is_not_on_the_allow_list_gets_nothing_outside_production(
    make: Callable[..., Runtime], clock: SettableClock
) -> None:
    runtime = make()
    others = Others(runtime, clock)
    others.registration("confirmed", others.contact(phone=None, sample=False))
    sender = Sender(runtime, SendingSettings.of(runtime.settings))
    sender.run_once()
    sender.close()
    assert [(m.state, m.reason) for m in messages(runtime)] == [("suppressed", "not-on-allow-list")]
