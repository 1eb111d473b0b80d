"""What the environment says about sending. Every default is the development mailbox; production has none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from notifications.messages.rules import QuietHours
from shared.settings import MissingSetting, Settings

NEEDED_IN_PRODUCTION = ("SMTP_URL", "MAIL_FROM", "SMS_PROVIDERS", "SMS_SIGNATURE", "SMS_RECEIPT_KEY")
_DEVELOPMENT = {
    "SMTP_URL": "smtp://127.0.0.1:8125",
    "MAIL_FROM": "党群服务中心 <centre@sample.invalid>",
    "SMS_PROVIDERS": '[{"name": "mailbox", "kind": "generic", "url": "http://127.0.0.1:8126/sms"}]',
    "SMS_SIGNATURE": "党群服务中心",
    "SMS_RECEIPT_KEY": "development-receipt-key",
    "QUIET_HOURS": "none",
}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class SmsProvider:
    """A gateway: its name in messages and receipts, its kind, its address, its bearer token if it wants one."""

    name: str
    kind: str
    url: str
    token: str = ""


@dataclass(frozen=True)
class SendingSettings:
    """Settings of the senders. `lease` is how long a claimed row is left alone; `first_retry` the first pause."""

    smtp_url: str
    mail_from: str
    sms_providers: tuple[SmsProvider, ...]
    sms_signature: str
    receipt_key: str
    lease: timedelta
    first_retry: timedelta
    most_tries: int
    quiet_hours: QuietHours | None
    allow_list: frozenset[str]
    allow_all: bool
    public_url: str

    @classmethod
    def of(cls, settings: Settings) -> "SendingSettings":
        """Read them; MissingSetting in production when one is missing, ValueError when one is malformed."""
        environ = settings.environ
        if settings.production:
            missing = [name for name in NEEDED_IN_PRODUCTION if not environ.get(name)]
            if missing:
                raise MissingSetting(f"notifications: production needs {', '.join(missing)}")
            values: Mapping[str, str] = {"QUIET_HOURS": "22:00-08:00", **environ}
        else:
            values = {**_DEVELOPMENT, **{name: value for name, value in environ.items() if value}}
        providers = tuple(SmsProvider(**entry) for entry in json.loads(values["SMS_PROVIDERS"]))
        unknown = {provider.kind for provider in providers} - {"generic"}
        if unknown:
            raise ValueError(f"SMS_PROVIDERS: unknown kind {', '.join(sorted(unknown))}")
        if "@" not in parseaddr(values["MAIL_FROM"])[1]:
            raise ValueError("MAIL_FROM must be a mail address")
        return cls(
            smtp_url=values["SMTP_URL"],
            mail_from=values["MAIL_FROM"],
            sms_providers=providers,
            sms_signature=values["SMS_SIGNATURE"],
            receipt_key=values["SMS_RECEIPT_KEY"],
            lease=timedelta(seconds=float(values.get("YIZHAN_SEND_LEASE", "60"))),
            first_retry=timedelta(seconds=float(values.get("YIZHAN_SEND_RETRY", "10"))),
            most_tries=int(values.get("YIZHAN_SEND_TRIES", "12")),
            quiet_hours=QuietHours.parse(values["QUIET_HOURS"], settings.time_zone),
            allow_list=frozenset(filter(None, values.get("SEND_ALLOW_LIST", "").replace(" ", "").split(","))),
            allow_all=settings.production,
            public_url=settings.public_url,
        )

    def may_reach(self, channel: str, address: str) -> bool:
        """Outside production only the mailbox on this machine and the addresses of SEND_ALLOW_LIST."""
        if self.allow_all or address in self.allow_list:
            return True
        urls = [self.smtp_url] if channel == "email" else [provider.url for provider in self.sms_providers]
        return all(urlsplit(url).hostname in _LOOPBACK for url in urls)

    @property
    def step_seconds(self) -> float:
        """How long one step of a conversation with a provider may take: all together stay within the lease."""
        return min(10.0, self.lease.total_seconds() / 6)
