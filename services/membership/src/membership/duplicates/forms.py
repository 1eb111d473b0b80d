"""Forms about duplicates. The one for a merge has the fields that the two records call for."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired

from membership.duplicates.plan import MergePlan
from membership.duplicates.wording import FIELD_NAMES
from membership.organisations.kinds import kinds
from shared.web import choices
from shared.web.languages import language


class DistinctForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"), [InputRequired()], description=_l("How you know that they are two people. 5 to 300 characters.")
    )


class MergeForm(FlaskForm):  # type: ignore[misc]
    person_version = HiddenField()
    into_version = HiddenField()
    reason = TextAreaField(_l("Reason"), [InputRequired()], description=_l("Kept with the merge. 5 to 300 characters."))


def merge_form(planned: MergePlan) -> Any:
    """A choice for each field that differs, each overlap, and two homes."""

    class Form(MergeForm):
        pass

    for one in planned.differences:
        if not one.empty:
            offered: Sequence[tuple[str, str]] = [("into", str(one.into)), ("old", str(one.old))]
            label = gettext(FIELD_NAMES[one.field])
            setattr(Form, f"field_{one.field}", RadioField(label, choices=choices(offered), default="into"))
    for overlap in planned.overlaps:
        role = kinds().role_name(overlap.old.role, language())
        name = f"{overlap.old.organisation.name(language())}, {role}"
        offered = [(side, _period(getattr(overlap, side))) for side in ("into", "old")]
        field = RadioField(name, [InputRequired(gettext("Say which period stays."))], choices=choices(offered))
        setattr(Form, f"membership_{overlap.old.id.hex}", field)
    if planned.homes:
        offered = [("into", planned.homes[1].name), ("old", planned.homes[0].name)]
        field = RadioField(
            gettext("Household"), [InputRequired(gettext("Say which one stays."))], choices=choices(offered)
        )
        Form.household = field
    return Form()


def _period(membership: Any) -> str:
    return f"{membership.start_on} – {membership.end_on or gettext('until today')}"
