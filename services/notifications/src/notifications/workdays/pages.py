"""Pages: the working-day calendar."""

from notifications.workdays.models import WORKDAYS
from shared.texts import N_
from shared.web.workdays import WorkdayWords, workdays_blueprint

blueprint = workdays_blueprint(
    WORKDAYS,
    WorkdayWords(
        lead=N_(
            "Messages may have other hours on working days than on days off. Only what differs from a plain week is "
            "listed."
        ),
        unknown=N_(
            "The holiday plan of this year is not known here yet. Until it is entered weekdays are worked on, but for "
            "the fixed holidays."
        ),
        declared=N_("The plan of %(year)s is complete."),
        above=("quiet_hours_pages.list_hours", N_("Quiet hours")),
    ),
)
