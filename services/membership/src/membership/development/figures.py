"""What the rules ask for at each step, with their figures, in the words of the page that shows the packs."""

from collections.abc import Iterator

from flask_babel import gettext, ngettext

from membership.development.pack import Pack, Period, Step, Term
from membership.development.wording import DUE_NAMES, PART_NAMES, STEP_NAMES
from membership.shares import Share


def figures(pack: Pack, step: Step) -> list[str]:
    """Every figure of a step, so that nobody has to open the file of the pack."""
    return [*_conditions(pack, step), *_contents(pack, step)]


def _conditions(pack: Pack, step: Step) -> Iterator[str]:
    if step.least_age is not None:
        yield gettext("%(count)s years of age or more", count=step.least_age)
    if step.least is not None:
        yield gettext(
            "at least %(count)s months after: %(step)s", count=step.least.months, step=_name(step.least.since)
        )
    if step.within is not None:
        yield _within(step.within)
    if step.working_days is not None:
        count, since = step.working_days
        yield gettext("at least %(count)s working days after: %(step)s", count=count, step=_name(since))
    if step.after_probation:
        yield gettext("after %(count)s months of probation (article %(article)s)", **_of(pack.probation))
    if step.code == "review":
        yield gettext("every %(count)s months (article %(article)s)", **_of(pack.reviews))
    if step.reviewed:
        yield gettext("a review for every %(count)s months (article %(article)s)", **_of(pack.reviews))


def _contents(pack: Pack, step: Step) -> Iterator[str]:
    if step.people is not None:
        part, least, most = step.people
        count = str(least) if least == most else f"{least}–{most}"
        yield gettext("%(part)s: %(count)s full members", part=gettext(PART_NAMES[part]), count=count)
    if step.training is not None:
        yield gettext("at least %(days)s days or %(hours)s hours", days=step.training[0], hours=step.training[1])
    if step.extends is not None:
        yield gettext("%(least)s to %(most)s months, once", least=step.extends[0], most=step.extends[1])
    if step.vote is not None:
        rules = pack.ballot
        yield gettext(
            "there: %(share)s of those due (article %(article)s)",
            share=share_text(rules.quorum),
            article=rules.quorum_article,
        )
        yield gettext(
            "in favour: %(share)s of those due (article %(article)s)",
            share=share_text(rules.majority),
            article=rules.majority_article,
        )


def _within(term: Term) -> str:
    step = _name(term.since)
    if term.special_months:
        text = gettext("within %(count)s months, in a special case %(special)s, of: %(step)s")
        return text % {"count": term.months, "special": term.special_months, "step": step}
    if term.late == "noted":
        return ngettext(
            "within %(num)s month (later is noted) of: %(step)s",
            "within %(num)s months (later is noted) of: %(step)s",
            term.months,
            step=step,
        )
    return ngettext("within %(num)s month of: %(step)s", "within %(num)s months of: %(step)s", term.months, step=step)


def share_text(share: Share) -> str:
    """``more than 1/2``"""
    if share.strict:
        return gettext("more than %(fraction)s", fraction=share.fraction)
    return gettext("at least %(fraction)s", fraction=share.fraction)


def reminders(pack: Pack) -> str:
    """What is announced how many days before, in one sentence."""
    names = {**STEP_NAMES, **DUE_NAMES}
    return gettext("; ").join(f"{gettext(names[code])} {days}" for code, days in pack.reminders.items())


def _of(period: Period) -> dict[str, object]:
    return {"count": period.months, "article": period.article}


def _name(step: str) -> str:
    return gettext(STEP_NAMES[step])
