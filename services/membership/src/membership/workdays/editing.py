"""Changing the working-day calendar: the deadlines of open development files, counted with it, move along."""

from dataclasses import replace

from membership.development.terms import keep_working_day_terms
from membership.workdays.models import WORKDAYS

EDITED = replace(WORKDAYS, changed=keep_working_day_terms)
