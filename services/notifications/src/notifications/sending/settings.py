"""What the environment says about sending. Every default is the development mailbox; production has none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Any

from notifications.messages.rules import QuietHours
from notifications.providers.rules import parse_price
from notifications.sending.allow_list import AllowList
from shared.settings import MissingSetting, Settings

NEEDED_IN_PRODUCTION = ("SMTP_URL", "MAIL_FROM", "SMS_PROVIDERS", "SMS_SIGNATURE", "SMS_RECEIPT_KEY")
KINDS = ("generic", "aliyun", "tencent")
MAIL_PROVIDER = "smtp"
_DEVELOPMENT = {
    "SMTP_URL": "smtp://127.0.0.1:8125",
    "MAIL_FROM": "党群服务中心 <centre@sample.invalid>",
    "SMS_PROVIDERS": '[{"name": "mailbox", "kind": "generic", "url": "http://127.0.0.1:8126/sms", "price": "0.045"}]',
    "SMS_SIGNATURE": "党群服务中心",
    "SMS_RECEIPT_KEY": "development-receipt-key",
    "QUIET_HOURS": "none",
}


@dataclass(frozen=True)
class SmsProvider:
    """A gateway as SMS_PROVIDERS describes it. `price` is what a segment costs within the mainland, in hao,
    `price_abroad` elsewhere; secrets are in no repr.

    `body` and `answer` say how a generic gateway is spoken to, `can_be_asked` whether it tells what became of an SMS.
    Receipts are known by `receipt_secret`, by `receipt_networks`, or by both where both are given.
    """

    name: str
    kind: str
    url: str = ""
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    app_id: str = ""
    region: str = "ap-guangzhou"
    signature: str = ""
    price: int = 0
    price_abroad: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    can_be_asked: bool = True
    receipt_secret: str = field(default="", repr=False)
    receipt_networks: tuple[str, ...] = ()

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> "SmsProvider":
        """One entry of SMS_PROVIDERS. ValueError names what is wrong with it, and shows no secret."""
        values = dict(entry)
        if "token" in values:
            values["secret"] = values.pop("token")
        values["price"] = parse_price(str(values.get("price", "0")))
        values["price_abroad"] = parse_price(str(entry.get("price_abroad", entry.get("price", "0"))))
        values["receipt_networks"] = tuple(str(ip_network(one)) for one in values.get("receipt_networks", ()))
        try:
            provider = cls(**values)
        except TypeError as error:
            raise ValueError(f"SMS_PROVIDERS: unknown or missing names in {sorted(entry)}") from error
        if provider.kind not in KINDS:
            raise ValueError(f"SMS_PROVIDERS: unknown kind {provider.kind}")
        needed = {"generic": ("url",), "aliyun": ("key_id", "secret"), "tencent": ("key_id", "secret", "app_id")}
        missing = [name for name in needed[provider.kind] if not getattr(provider, name)]
        if missing or not provider.name or provider.name == MAIL_PROVIDER:
            raise ValueError(f"SMS_PROVIDERS: {provider.name or '?'} lacks {', '.join(missing) or 'a name of its own'}")
        return provider

    def cost(self, segments: int, phone: str) -> int:
        """What an SMS of so many segments costs, in hao."""
        return segments * (self.price if phone.startswith("+86") else self.price_abroad)


@dataclass(frozen=True)
class SendingSettings:
    """Settings of the senders. `lease` is how long a claimed row is left alone; `first_retry` the first pause.

    `budget` is what SMS may cost a month, in hao, or None. `contents_kept` is after how long contents are dropped.
    """

    smtp_url: str = field(repr=False)
    mail_from: str
    bounces_to: str | None
    sms_providers: tuple[SmsProvider, ...]
    sms_signature: str
    receipt_key: str = field(repr=False)
    lease: timedelta
    first_retry: timedelta
    most_tries: int
    quiet_hours: QuietHours | None
    allow_list: AllowList
    budget: int | None
    budget_warn_share: Decimal
    contents_kept: timedelta
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
        if "@" not in parseaddr(values["MAIL_FROM"])[1]:
            raise ValueError("MAIL_FROM must be a mail address")
        providers = tuple(SmsProvider.parse(entry) for entry in json.loads(values["SMS_PROVIDERS"]))
        if len({provider.name for provider in providers}) != len(providers):
            raise ValueError("SMS_PROVIDERS: two gateways have the same name")
        return cls(
            smtp_url=values["SMTP_URL"],
            mail_from=values["MAIL_FROM"],
            bounces_to=values.get("MAIL_BOUNCES_TO") or None,
            sms_providers=providers,
            sms_signature=values["SMS_SIGNATURE"],
            receipt_key=values["SMS_RECEIPT_KEY"],
            lease=timedelta(seconds=float(values.get("YIZHAN_SEND_LEASE", "60"))),
            first_retry=timedelta(seconds=float(values.get("YIZHAN_SEND_RETRY", "10"))),
            most_tries=int(values.get("YIZHAN_SEND_TRIES", "12")),
            quiet_hours=QuietHours.parse(values["QUIET_HOURS"], settings.time_zone),
            allow_list=AllowList.parse(values.get("SEND_ALLOW_LIST", ""), everybody=settings.production),
            budget=parse_price(values["SMS_BUDGET"]) if values.get("SMS_BUDGET") else None,
            budget_warn_share=Decimal(values.get("SMS_BUDGET_WARN", "0.8")),
            contents_kept=timedelta(days=int(values.get("CONTENTS_KEPT_DAYS", "180"))),
            public_url=settings.public_url,
        )

    def provider(self, name: str) -> SmsProvider | None:
        return next((provider for provider in self.sms_providers if provider.name == name), None)

    def receipts_url(self, name: str) -> str:
        """Where the receipts of a gateway are taken."""
        return f"{self.public_url}/api/v1/receipts/{name}"

    @property
    def step_seconds(self) -> float:
        """How long one step of a conversation with a provider may take: all together stay within the lease."""
        return min(10.0, self.lease.total_seconds() / 6)
