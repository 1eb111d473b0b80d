"""Changing templates: a new version each time; messages that were queued keep theirs."""

from notifications.wording.models import TemplateVersion
from notifications.wording.queries import offered_placeholders, versions_of
from notifications.wording.rules import check_template
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused, Stale


def save_template(
    work: UnitOfWork, key: str, channel: str, language: str, *, subject: str, body: str, version: int
) -> TemplateVersion:
    """Add the version after `version`.

    Forbidden without the role of a manager of all bodies, NotFound for a template that no rule can use, Stale when
    somebody saved in between, Refused with every broken rule.
    """
    work.actor.demand("manager", ALL_BODIES)
    known = versions_of(work.session, key, channel, language)
    if not known:
        raise NotFound("template")
    if known[0].version != version:
        raise Stale(known[0].version)
    reasons = check_template(channel, subject, body, offered_placeholders(work.session, key))
    if reasons:
        raise Refused.many(reasons)
    saved = TemplateVersion(
        id=new_id(),
        key=key,
        channel=channel,
        language=language,
        version=version + 1,
        subject=subject.strip() if channel == "email" else "",
        body=body.replace("\r\n", "\n").strip(),
        created_at=work.now,
        created_by=work.actor.name[:120],
    )
    work.session.add(saved)
    work.session.flush()
    work.audit("template-saved", f"template/{saved.id}", key=key, channel=channel, language=language)
    return saved
