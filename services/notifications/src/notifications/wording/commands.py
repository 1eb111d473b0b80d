"""Changing templates: drafts, and new versions made of them; messages that were queued keep theirs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from notifications.providers.models import ApprovedText
from notifications.wording.approvals import ANY_TEXT, Approval, Demands, check_approvals, check_demands
from notifications.wording.models import TemplateDraft, TemplateVersion
from notifications.wording.queries import TEST_COPY, find_draft, is_known, offered_placeholders, version_of
from notifications.wording.rules import check_template
from notifications.wording.values import LANGUAGES
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Reason, Refused, Stale

_CHANNELS = ("sms", "email")
_LONGEST_KEY = 60


def save_draft(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    *,
    subject: str,
    body: str,
    approvals: Sequence[Approval] = (),
    version: int = 0,
    follows: int | None = None,
) -> TemplateDraft:
    """Keep what the next version is to say. `version` is the draft's that was read, 0 where there was none; `follows`
    is the published version that the reader saw it follow, because drafts are counted anew after each.

    Forbidden below manager of all bodies, NotFound for a template that no rule uses, Stale when somebody saved in
    between, Refused with every broken rule.
    """
    _demand(work, key, channel, language)
    refuse(_broken(work, key, channel, subject, body, approvals))
    draft = _locked_draft(work, key, channel, language)
    if (draft.version if draft is not None else 0) != version:
        raise Stale(draft.version if draft is not None else 0)
    current = draft.follows if draft is not None else version_of(work.session, key, channel, language)
    if follows is not None and follows != current:
        raise Stale(version)
    if draft is None:
        draft = _begin(work, key, channel, language)
    draft.subject, draft.body = _tidy(channel, subject, body)
    draft.approvals = [approval.entry() for approval in approvals]
    draft.version = version + 1
    draft.changed_at, draft.changed_by = work.now, work.actor.name[:120]
    work.session.flush()
    work.audit("template-drafted", f"template-draft/{draft.id}", key=key, channel=channel, language=language)
    return draft


def discard_draft(work: UnitOfWork, key: str, channel: str, language: str) -> None:
    """Throw the draft away. NotFound when there is none."""
    _demand(work, key, channel, language)
    draft = _locked_draft(work, key, channel, language)
    if draft is None:
        raise NotFound("draft")
    work.audit("template-draft-discarded", f"template-draft/{draft.id}", key=key, channel=channel, language=language)
    work.session.delete(draft)
    work.session.flush()


def publish_draft(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    *,
    version: int,
    demands: Demands,
    follows: int | None = None,
) -> TemplateVersion:
    """Make the draft the version in use, with the codes of the providers.

    NotFound without a draft; Stale when the draft or the version that it follows changed; Refused also when no
    gateway would send the text.
    """
    _demand(work, key, channel, language)
    draft = _locked_draft(work, key, channel, language)
    if draft is None:
        raise NotFound("draft")
    current = version_of(work.session, key, channel, language)
    if draft.version != version or draft.follows != current or follows not in (None, current):
        raise Stale(draft.version)
    approvals = [Approval.of(entry) for entry in draft.approvals]
    made = _publish(work, draft.key, channel, language, draft.subject, draft.body, current, approvals, demands)
    work.session.delete(draft)
    work.session.flush()
    return made


def save_template(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    *,
    subject: str,
    body: str,
    version: int,
    approvals: Sequence[Approval] = (),
    demands: Demands = ANY_TEXT,
) -> TemplateVersion:
    """Publish the version after `version` at once, past the draft. Errors as above."""
    _demand(work, key, channel, language)
    current = version_of(work.session, key, channel, language)
    if current != version:
        raise Stale(current)
    subject, body = _tidy(channel, subject, body)
    return _publish(work, key, channel, language, subject, body, version, approvals, demands)


def restore_version(
    work: UnitOfWork, key: str, channel: str, language: str, *, wanted: int, version: int, demands: Demands
) -> TemplateVersion:
    """Publish the text and the codes of an older version again, as the version after `version`. Errors as above."""
    _demand(work, key, channel, language)
    current = version_of(work.session, key, channel, language)
    if current != version:
        raise Stale(current)
    older = work.session.scalars(
        select(TemplateVersion).where(
            TemplateVersion.key == key,
            TemplateVersion.channel == channel,
            TemplateVersion.language == language,
            TemplateVersion.version == wanted,
        )
    ).one_or_none()
    if older is None or wanted >= current:
        raise NotFound("version")
    rows = work.session.scalars(select(ApprovedText).where(ApprovedText.template_id == older.id))
    approvals = [Approval(row.provider, row.code, tuple((name, text) for name, text in row.parameters)) for row in rows]
    made = _publish(work, key, channel, language, older.subject, older.body, version, approvals, demands)
    made.restored_from = wanted
    work.session.flush()
    return made


def publish_copy(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    *,
    subject: str,
    body: str,
    approvals: Sequence[Approval],
    mark: str,
) -> TemplateVersion:
    """A version for a test alone, with `mark` before its text; no rule ever finds it. Errors as above."""
    _demand(work, key, channel, language)
    refuse(_broken(work, key, channel, subject, body, approvals))
    subject, body = _tidy(channel, subject, body)
    copy = f"{TEST_COPY}{key}"[:_LONGEST_KEY]
    number = version_of(work.session, copy, channel, language) + 1
    return _insert(work, copy, channel, language, subject, mark + body, number, approvals)


def refuse(reasons: Sequence[Reason]) -> None:
    """Refused with all of them, where there is one."""
    if reasons:
        raise Refused.many(reasons)


def _demand(work: UnitOfWork, key: str, channel: str, language: str) -> None:
    work.actor.demand("manager", ALL_BODIES)
    if channel not in _CHANNELS or language not in LANGUAGES or not is_known(work.session, key):
        raise NotFound("template")


def _broken(
    work: UnitOfWork, key: str, channel: str, subject: str, body: str, approvals: Sequence[Approval]
) -> list[Reason]:
    offered = offered_placeholders(work.session, key)
    return check_template(channel, subject, body, offered) + check_approvals(body, approvals, offered)


def _tidy(channel: str, subject: str, body: str) -> tuple[str, str]:
    return subject.strip() if channel == "email" else "", body.replace("\r\n", "\n").strip()


def _locked_draft(work: UnitOfWork, key: str, channel: str, language: str) -> TemplateDraft | None:
    draft = find_draft(work.session, key, channel, language)
    found: TemplateDraft | None = work.lock(TemplateDraft, draft.id) if draft is not None else None
    return found


def _begin(work: UnitOfWork, key: str, channel: str, language: str) -> TemplateDraft:
    """A new draft; Stale when somebody began one at the same moment."""
    insert = insert_on(dialect_of(work.session))
    values = {
        "id": new_id(), "key": key, "channel": channel, "language": language, "subject": "", "body": "",
        "approvals": [], "follows": version_of(work.session, key, channel, language), "version": 0,
        "changed_at": work.now, "changed_by": "",
    }  # fmt: skip
    statement = insert(TemplateDraft).values(**values).on_conflict_do_nothing(
        index_elements=["key", "channel", "language"]
    )  # fmt: skip
    if work.session.execute(statement.returning(TemplateDraft.id)).first() is None:
        raise Stale(1)
    return work.session.get_one(TemplateDraft, values["id"])


def _publish(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    subject: str,
    body: str,
    version: int,
    approvals: Sequence[Approval],
    demands: Demands,
) -> TemplateVersion:
    reasons = _broken(work, key, channel, subject, body, approvals)
    refuse(reasons + (check_demands(approvals, demands) if channel == "sms" else []))
    made = _insert(work, key, channel, language, subject, body, version + 1, approvals)
    work.audit("template-saved", f"template/{made.id}", key=key, channel=channel, language=language)
    return made


def _insert(
    work: UnitOfWork,
    key: str,
    channel: str,
    language: str,
    subject: str,
    body: str,
    version: int,
    approvals: Sequence[Approval],
) -> TemplateVersion:
    made_id = _insert_version(work, key, channel, language, subject, body, version)
    if made_id is None:
        raise Stale(version)
    for approval in approvals:
        work.session.add(
            ApprovedText(
                id=new_id(), template_id=made_id, provider=approval.provider, code=approval.code,
                parameters=[list(pair) for pair in approval.parameters], version=1, changed_at=work.now,
            )
        )  # fmt: skip
    work.session.flush()
    made: TemplateVersion = work.session.get_one(TemplateVersion, made_id)
    return made


def _insert_version(
    work: UnitOfWork, key: str, channel: str, language: str, subject: str, body: str, version: int
) -> UUID | None:
    """The id of the new version; None when somebody published the same one at the same moment."""
    insert = insert_on(dialect_of(work.session))
    values = {
        "id": new_id(), "key": key, "channel": channel, "language": language, "version": version, "subject": subject,
        "body": body, "created_at": work.now, "created_by": work.actor.name[:120],
    }  # fmt: skip
    statement = insert(TemplateVersion).values(**values).on_conflict_do_nothing(
        index_elements=["key", "channel", "language", "version"]
    )  # fmt: skip
    row = work.session.execute(statement.returning(TemplateVersion.id)).first()
    return row[0] if row is not None else None
