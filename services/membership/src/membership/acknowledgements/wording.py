"""What is counted, in words."""

from shared.texts import N_

COUNT_NAMES = {
    "bookings": N_("bookings"),
    "names": N_("names"),
    "registrations": N_("registrations"),
    "registered-twice": N_("registered twice, one ended"),
    "registrations-ended": N_("registrations ended"),
    "talks": N_("talks"),
    "disputes": N_("disputes"),
    "relief-applications": N_("relief applications"),
    "kept-apart": N_("kept apart: four eyes were one person"),
    "matters": N_("something is still going on"),
    "texts": N_("texts"),
    "cases": N_("cases without a person"),
    "messages": N_("messages"),
    "contacts": N_("contact details"),
    "preferences": N_("preferences"),
    "suppressions": N_("addresses that are left alone"),
}
