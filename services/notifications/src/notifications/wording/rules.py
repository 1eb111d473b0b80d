"""When a template text may be saved. Pure."""

from collections.abc import Iterable

from notifications.wording.rendering import MalformedTemplate, read_template
from shared.refusal import Reason
from shared.texts import N_

LONGEST_SMS = 500  # characters of the template text, placeholders included


def check_template(channel: str, subject: str, body: str, offered: Iterable[str]) -> list[Reason]:
    """Every reason not to save: malformed or unknown placeholders, missing texts, an SMS that is too long."""
    reasons: list[Reason] = []
    texts = [("body", body)] if channel == "sms" else [("subject", subject), ("body", body)]
    known = set(offered)
    for field, text in texts:
        if not text.strip():
            reasons.append(Reason("text-missing", N_("There is no text."), field))
            continue
        try:
            template = read_template(text)
        except MalformedTemplate as malformed:
            reasons.append(
                Reason(
                    "placeholder-malformed",
                    N_("What begins at character %(position)s is no placeholder."),
                    field,
                    {"position": malformed.position + 1},
                )
            )
            continue
        reasons += [
            Reason("placeholder-unknown", N_("The event offers no value called %(name)s."), field, {"name": name})
            for name in template.names()
            if name not in known
        ]
        if template.closes_nothing():
            reasons.append(Reason("brackets-unbalanced", N_("There is a “))” that closes nothing."), field))
    if channel == "sms" and len(body) > LONGEST_SMS:
        reasons.append(
            Reason(
                "sms-too-long",
                N_("The text of an SMS has at most %(most)s characters."),
                "body",
                {"most": LONGEST_SMS},
            )
        )
    if "\n" in subject:
        reasons.append(Reason("subject-lines", N_("A subject is one line."), "subject"))
    return reasons
