"""What a text looks like before it is sent: as the recipient sees it, as gateways get it, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from notifications.messages.content import Content, forced_theme, render_text
from notifications.sending.settings import SendingSettings, SmsProvider
from notifications.short_links import rules as short_links
from notifications.wording.approvals import Approval, Demands, as_the_vendor_gets_it, submission
from notifications.wording.rendering import MalformedTemplate, MissingValues, Value
from notifications.wording.samples import Sample
from notifications.wording.segments import split_segments
from notifications.wording.values import localised
from shared.refusal import Reason
from shared.texts import N_

APPROVING = ("aliyun", "tencent")
DESTINATIONS = {"mainland": "+8610000000001", "abroad": "+10000000001"}


@dataclass(frozen=True)
class Price:
    """What one gateway charges for the text, in hao."""

    provider: str
    destination: str
    segments: int
    cost: int


@dataclass(frozen=True)
class VendorText:
    """A text at one kind of provider: what is handed in for approval, and what is sent each time. `provider` is None
    where none of this kind is configured."""

    kind: str
    provider: str | None
    code: str
    handed_in: str
    parameters: str


@dataclass(frozen=True)
class Preview:
    """A text with the values of a sample. `problem` says why there is no content."""

    content: Content | None
    problem: Reason | None = None
    parts: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    vendors: tuple[VendorText, ...] = ()
    light: str = ""
    dark: str = ""


def demands_of(settings: SendingSettings) -> Demands:
    """What the configured gateways want of a text."""
    approving = tuple(one.name for one in settings.sms_providers if one.kind in APPROVING)
    return Demands(approving, free=len(approving) < len(settings.sms_providers))


def make_preview(
    channel: str,
    language: str,
    subject: str,
    body: str,
    approvals: Sequence[Approval],
    sample: Sample,
    settings: SendingSettings,
    zone: ZoneInfo,
) -> Preview:
    """The text with the sample's values; what cannot be rendered says why."""
    links = short_links.values(settings.public_url)
    values = localised(sample.facts, language, zone, name=sample.name, child=sample.child, links=links)
    try:
        content = render_text(channel, language, subject, body, values, settings.sms_signature)
        if channel == "email":
            return Preview(content, light=forced_theme(content.html, "light"), dark=forced_theme(content.html, "dark"))
        return Preview(
            content,
            parts=tuple(split_segments(content.text, DESTINATIONS["mainland"])),
            prices=tuple(_prices(language, body, values, settings)),
            vendors=tuple(_vendors(body, approvals, values, settings.sms_providers)),
        )
    except MalformedTemplate as malformed:
        text = N_("What begins at character %(position)s is no placeholder.")
        return Preview(None, Reason("malformed", text, facts={"position": malformed.position + 1}))
    except MissingValues as missing:
        text = N_("This event gives no value for %(names)s.")
        return Preview(None, Reason("missing", text, facts={"names": ", ".join(missing.names)}))


def _prices(language: str, body: str, values: dict[str, Value], settings: SendingSettings) -> list[Price]:
    found = []
    for provider in settings.sms_providers:
        text = render_text("sms", language, "", body, values, provider.signature or settings.sms_signature).text
        for destination, phone in DESTINATIONS.items():
            segments = len(split_segments(text, phone))
            found.append(Price(provider.name, destination, segments, provider.cost(segments, phone)))
    return found


def _vendors(
    body: str, approvals: Sequence[Approval], values: dict[str, Value], providers: Sequence[SmsProvider]
) -> list[VendorText]:
    """Each configured provider that approves texts; else both vendors as they would want it."""
    approved = {approval.provider: approval for approval in approvals}
    configured: list[tuple[str, str | None]] = [(one.kind, one.name) for one in providers if one.kind in APPROVING]
    made = []
    for kind, name in configured or [(kind, None) for kind in APPROVING]:
        proposed = submission(body, kind)
        given = approved.get(name) if name is not None else None
        parameters = given.parameters if given is not None and given.parameters else proposed.parameters
        sent = as_the_vendor_gets_it(kind, parameters, values)
        made.append(VendorText(kind, name, given.code if given is not None else "", proposed.text, sent))
    return made
