"""Staff pages about the working-day calendar."""

from membership.workdays.editing import EDITED
from shared.texts import N_
from shared.web.workdays import WorkdayWords, workdays_blueprint

blueprint = workdays_blueprint(
    EDITED,
    WorkdayWords(
        lead=N_(
            "Terms in working days, such as publicity, are counted with this calendar. Only what differs from a plain "
            "week is listed."
        ),
        unknown=N_(
            "The holiday plan of this year is not published here yet. Until then weekdays count, but for the fixed "
            "holidays, and terms are provisional."
        ),
        declared=N_("Working days of %(year)s are final from now on."),
    ),
)
