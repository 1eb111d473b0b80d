"""Making and changing rules, and switching them on and off."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.quiet_hours.rules import LONGEST_REASON, check_passing, tidy_reason
from notifications.rules.checking import RuleText, check_name, check_rule, without_text
from notifications.rules.models import Rule, StaffSubscription
from notifications.wording.catalogue import FACTS
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.service import Service
from shared.texts import N_


def all_rules(session: Session) -> Sequence[Rule]:
    """Every rule, by the event it listens to."""
    return session.scalars(select(Rule).order_by(Rule.event_type, Rule.key)).all()


def get_rule(session: Session, rule_id: UUID) -> Rule:
    """One rule. NotFound."""
    found = session.get(Rule, rule_id)
    if found is None:
        raise NotFound("rule")
    return found


def text_of(rule: Rule) -> RuleText:
    """What a rule says now."""
    return RuleText(
        rule.event_type, rule.template_key, tuple(rule.channels), rule.lane, rule.passes_quiet_hours,
        rule.fresh_hours, rule.longest_hours, rule.category, rule.audience, rule.organisation_id,
        tuple(rule.all_conditions()), rule.passes_reason,
    )  # fmt: skip


def make_rule(work: UnitOfWork, service: Service, key: str, text: RuleText) -> Rule:
    """A new rule, switched off until somebody has looked at what it would do.

    Forbidden below manager of all bodies, Refused with every broken rule, also where the name is taken.
    """
    work.actor.demand("manager", ALL_BODIES)
    text = _with_tidy_reason(text)
    reasons = check_name(key, "key") + check_rule(work.session, service, text) + _why_at_night(text, None)
    if reasons:
        raise Refused.many(reasons)
    insert = insert_on(dialect_of(work.session))
    values = {
        **text.columns(FACTS[text.event_type]), "id": new_id(), "key": key, "active": False, "switched_on": False,
        "reason": "", "version": 1, "updated_at": work.now,
    }  # fmt: skip
    statement = insert(Rule).values(**values).on_conflict_do_nothing(index_elements=["key"])
    if work.session.execute(statement.returning(Rule.id)).first() is None:
        raise Refused("name-taken", N_("Another rule has this name."), field="key", status=422)
    work.audit("rule-made", f"rule/{values['id']}", key=key, event=text.event_type)
    made: Rule = work.session.get_one(Rule, values["id"])
    return made


def change_rule(
    work: UnitOfWork, service: Service, rule_id: UUID, *, version: int, text: RuleText, active: bool | None = None
) -> Rule:
    """Change a rule; messages that were queued stay as they are. `active` None leaves it switched on or off. From now
    on to pass the quiet hours needs a reason; where it has one already, an empty one keeps it.

    Forbidden, Stale when somebody changed it in between, Refused with every broken rule.
    """
    rule = _locked(work, rule_id, version)
    text = _with_tidy_reason(text, rule)
    in_use = rule.in_use if active is None else active
    reasons = check_rule(work.session, service, text) + (_missing_texts(work, text) if in_use else [])
    reasons += _why_at_night(text, rule)
    if reasons:
        raise Refused.many(reasons)
    facts = FACTS[text.event_type]
    for name, value in text.columns(facts).items():
        setattr(rule, name, value)
    _switch(rule, in_use)
    said = {"passes_because": text.passes_reason} if rule.passes_quiet_hours else {}
    return _changed(work, rule, "rule-changed", active=in_use, lane=text.lane, **said)


def switch_rule(work: UnitOfWork, rule_id: UUID, *, version: int, on: bool, reason: str) -> Rule:
    """Switch a rule on or off, and say why. Refused without a reason, and on while a channel has no text."""
    rule = _locked(work, rule_id, version)
    reason = " ".join(reason.split())
    reasons = [] if reason else [Reason("reason", N_("Say why."), "reason")]
    if len(reason) > LONGEST_REASON:
        reasons.append(Reason("reason", N_("At most %(most)s characters."), "reason", {"most": LONGEST_REASON}))
    if on:
        reasons += _missing_texts(work, text_of(rule))
    if reasons:
        raise Refused.many(reasons)
    rule.reason = reason
    _switch(rule, on)
    return _changed(work, rule, "rule-switched-on" if on else "rule-switched-off", reason=reason)


def subscribe(work: UnitOfWork, event_types: Sequence[str], offered: Sequence[str]) -> None:
    """The kinds of event that the actor wants to hear of, of those that are offered to staff."""
    account = work.actor.id
    if account is None or work.actor.kind != "staff":
        raise Refused("no-account", N_("Only staff with an account of their own can subscribe."))
    wanted = {one for one in event_types if one in offered}
    known = set(
        work.session.scalars(select(StaffSubscription.event_type).where(StaffSubscription.account_id == account))
    )
    for row in work.session.scalars(select(StaffSubscription).where(StaffSubscription.account_id == account)):
        if row.event_type not in wanted:
            work.session.delete(row)
    insert = insert_on(dialect_of(work.session))
    for event_type in sorted(wanted - known):
        work.session.execute(
            insert(StaffSubscription)
            .values(account_id=account, event_type=event_type, since=work.now)
            .on_conflict_do_nothing(index_elements=["account_id", "event_type"])
        )
    if wanted != known:
        work.audit("notices-chosen", f"account/{account}", events=sorted(wanted))
    work.session.flush()


def _locked(work: UnitOfWork, rule_id: UUID, version: int) -> Rule:
    work.actor.demand("manager", ALL_BODIES)
    rule: Rule | None = work.lock(Rule, rule_id)
    if rule is None:
        raise NotFound("rule")
    if rule.version != version:
        raise Stale(rule.version)
    return rule


def _with_tidy_reason(text: RuleText, before: Rule | None = None) -> RuleText:
    """With the reason to pass the quiet hours on one line, or the one that is known."""
    kept = before.passes_reason if before is not None and before.passes_quiet_hours else ""
    return replace(text, passes_reason=tidy_reason(text.passes_reason, kept))


def _why_at_night(text: RuleText, before: Rule | None) -> list[Reason]:
    begins = text.passes_quiet_hours and (before is None or not before.passes_quiet_hours)
    return check_passing(begins, text.passes_reason)


def _missing_texts(work: UnitOfWork, text: RuleText) -> list[Reason]:
    missing = without_text(work.session, text.template_key, text.channels)
    said = N_("No text is published for: %(channels)s.")
    return [Reason("text-missing", said, "channels", {"channels": ", ".join(missing)})] if missing else []


def _switch(rule: Rule, on: bool) -> None:
    """Rules that the release before does not understand are never active in its sense."""
    plain = text_of(rule).is_plain(FACTS.get(rule.event_type, {}))
    rule.active, rule.switched_on = on and plain, on and not plain


def _changed(work: UnitOfWork, rule: Rule, action: str, **facts: object) -> Rule:
    rule.version += 1
    rule.updated_at = work.now
    work.audit(action, f"rule/{rule.id}", key=rule.key, **facts)
    work.session.flush()
    return rule
