"""The form of a template text: what was typed, the provider's codes, and whose values fill the preview."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from notifications.wording.approvals import Approval, Demands, read_parameters, written_parameters
from notifications.wording.samples import MADE_UP, Sample
from shared.web import EditForm, choices
from shared.web.filters import local_time


class TextForm(EditForm):
    """Fields ``code-<provider>`` and ``parameters-<provider>`` are added for gateways that approve texts."""

    sample = SelectField(_l("Show it with the values of"), validate_choice=False)

    def approvals(self, demands: Demands) -> tuple[Approval, ...]:
        """The codes that were given; a provider with neither code nor parameters is left out."""
        found = []
        for provider in demands.approving:
            code = (self[f"code-{provider}"].data or "").strip()
            parameters = read_parameters(self[f"parameters-{provider}"].data or "")
            if code or parameters:
                found.append(Approval(provider, code, parameters))
        return tuple(found)

    def offer(self, samples: list[Sample], language: str) -> None:
        """The past events to choose from."""
        self.sample.choices = choices((one.key, _label(one, language)) for one in samples)

    @property
    def subject_text(self) -> str:
        return (self.subject.data or "") if "subject" in self else ""


def text_form(channel: str, demands: Demands, *, fresh: bool = False, **values: Any) -> Any:
    """The form of one channel; `approvals` among the values fills the fields of the providers.

    `fresh`: filled with the values, whatever this request sent.
    """
    approvals = {one.provider: one for one in values.pop("approvals", ())}
    fields: dict[str, Any] = {}
    if channel == "email":
        fields["subject"] = StringField(_l("Subject"), [InputRequired(), Length(max=200)])
        fields["body"] = TextAreaField(
            _l("Text"), [InputRequired(), Length(max=5000)], description=_l("An empty line begins a new paragraph.")
        )
    else:
        fields["body"] = TextAreaField(
            _l("Text"), [InputRequired(), Length(max=500)], description=_l("The signature is put before it.")
        )
        for provider in demands.approving:
            given = approvals.get(provider)
            fields[f"code-{provider}"] = StringField(
                _l("Code at %(provider)s", provider=provider), default=given.code if given else ""
            )
            fields[f"parameters-{provider}"] = TextAreaField(
                _l("What goes into it at %(provider)s", provider=provider),
                default=written_parameters(given.parameters) if given else "",
                description=_l("One line for each parameter, in the provider's order: name = ((placeholder))"),
            )
    kind = type("TextForm", (TextForm,), fields)
    return kind(None, data=values) if fresh else kind(data=values)


def _label(sample: Sample, language: str) -> str:
    if sample.key == MADE_UP or sample.moment is None:
        return gettext("made-up values")
    return f"{local_time(sample.moment)} · {sample.title(language)}"
