"""Names of steps, papers, stages and what falls due, as message ids."""

from collections.abc import Mapping

from shared.texts import N_

STEP_NAMES: Mapping[str, str] = {
    "application": N_("Application handed in"),
    "talk": N_("Talk with the applicant"),
    "activist-recommended": N_("Recommended as an activist"),
    "activist-decided": N_("Branch committee decided on the activist"),
    "activist-filed": N_("Activist filed above"),
    "contacts-named": N_("Contact persons named"),
    "review": N_("Half-yearly review"),
    "opinions-heard": N_("Opinions heard"),
    "target-decided": N_("Branch committee decided on the development target"),
    "target-agreed": N_("Superior committee on the development target"),
    "publicity-opened": N_("Publicity opened"),
    "publicity-closed": N_("Publicity closed"),
    "introducers-named": N_("Introducers named"),
    "political-review": N_("Political review"),
    "training": N_("Training"),
    "pre-review": N_("Pre-review passed"),
    "branch-meeting": N_("Branch meeting on the admission"),
    "approval": N_("Admission approved"),
    "probation-extended": N_("Probation extended"),
    "conversion-application": N_("Own application for conversion"),
    "conversion-opinions": N_("Opinions on the conversion heard"),
    "conversion-committee": N_("Branch committee on the conversion"),
    "conversion-meeting": N_("Branch meeting on the conversion"),
    "conversion-approval": N_("Conversion approved"),
}
PAPER_NAMES: Mapping[str, str] = {
    "application-letter": N_("Letter of application"),
    "talk-record": N_("Record of the talk"),
    "activist-minutes": N_("Minutes on the activist"),
    "opinions-record": N_("Record of the opinions"),
    "target-minutes": N_("Minutes on the development target"),
    "filing-note": N_("Filing note of the superior committee"),
    "consent-letter": N_("Consent of the superior committee"),
    "publicity-notice": N_("Notice of publicity"),
    "political-review-report": N_("Report of the political review"),
    "training-certificate": N_("Certificate of training"),
    "autobiography": N_("Autobiography"),
    "pre-review-opinion": N_("Opinion of the pre-review"),
    "admission-form": N_("Form of admission"),
    "approval-letter": N_("Approval of the superior committee"),
    "extension-minutes": N_("Minutes on the extension"),
    "conversion-letter": N_("Letter of application for conversion"),
    "conversion-approval-letter": N_("Approval of the conversion"),
}
STAGE_NAMES: Mapping[str, str] = {
    "applicant": N_("Applicant"),
    "activist": N_("Activist"),
    "target": N_("Development target"),
    "probationary": N_("Probationary member"),
    "full": N_("Full member"),
}
DUE_NAMES: Mapping[str, str] = {
    "review": N_("Half-yearly review due"),
    "talk": N_("Talk due"),
    "publicity-ending": N_("Publicity ends"),
    "branch-meeting": N_("Branch meeting due"),
    "approval": N_("Approval due"),
    "probation-ending": N_("Probation ends"),
    "conversion-approval": N_("Approval of the conversion due"),
}
PART_NAMES: Mapping[str, str] = {"contact": N_("Contact person"), "introducer": N_("Introducer")}
CLOSING_NAMES: Mapping[str, str] = {
    "withdrawn": N_("Withdrawn by the person"),
    "ended": N_("Ended by the branch"),
    "moved": N_("Goes on elsewhere"),
    "disqualified": N_("Probation ended without conversion"),
}
