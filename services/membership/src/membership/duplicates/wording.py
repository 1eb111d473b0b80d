"""Fields and tables, in words."""

from shared.texts import N_

FIELD_NAMES = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "birth_on": N_("Birth date"),
    "language": N_("Language of messages"),
}
TABLE_NAMES = {
    "memberships": N_("Memberships"),
    "development_files": N_("Development files"),
    "development_helpers": N_("Files in which they vouch or help"),
    "dues_assessments": N_("Months of dues"),
    "dues_bases": N_("Bases of dues"),
    "dues_payments": N_("Payments of dues"),
    "dues_waivers": N_("Waivers of dues"),
    "transfers": N_("Transfers"),
    "floating_stays": N_("Stays away from home"),
    "guardian_consents": N_("Consents of guardians"),
    "guardianships": N_("Guardians and children"),
    "household_members": N_("Households"),
    "ballot_rolls": N_("Rolls of ballots"),
    "distinct_pairs": N_("Decisions that somebody else is not the same"),
    "add_requests": N_("Requests of other bodies"),
    "attendances": N_("Attendances"),
}
