"""States, events and timeline lines in words, for pages. Texts are gettext messages."""

from notifications.messages.models import MessageStep
from shared.texts import N_

STATES = {
    "pending": N_("Waiting"),
    "sending": N_("Being sent"),
    "sent": N_("Sent"),
    "failed": N_("Failed"),
    "unknown": N_("Outcome unknown"),
    "suppressed": N_("Not sent on purpose"),
    "expired": N_("Expired"),
    "cancelled": N_("Stopped"),
    "waiting": N_("Waiting for the contact"),
    "queued": N_("Messages made"),
    "passed-on": N_("Passed on to the guardians"),
}
TONES = {
    "pending": "info",
    "sending": "info",
    "sent": "good",
    "failed": "bad",
    "unknown": "warn",
    "waiting": "warn",
    "queued": "good",
}
CATEGORIES = {
    "affairs": N_("Own affairs (always told)"),
    "waiting": N_("Waiting lists"),
    "membership": N_("Membership"),
    "announcements": N_("Announcements"),
}
CHANNELS = {"sms": N_("SMS"), "email": N_("E-mail")}
LANES = {"urgent": N_("Urgent"), "normal": N_("Normal"), "bulk": N_("Bulk")}
LANGUAGES = {"zh-Hans": "简体中文", "en": "English"}
DELIVERIES = {"delivered": N_("Delivered"), "undelivered": N_("Not delivered")}
EVENTS = {
    "activities.registration.confirmed": N_("Registration confirmed"),
    "activities.registration.waitlisted": N_("Put on the waiting list"),
    "activities.registration.promoted": N_("Moved up from the waiting list"),
    "activities.registration.moved": N_("Activity moved"),
    "activities.registration.cancelled": N_("Registration cancelled"),
    "facilities.booking.confirmed": N_("Booking confirmed"),
    "facilities.booking.moved": N_("Booking moved"),
    "facilities.booking.cancelled": N_("Booking cancelled"),
    "facilities.booking.refused": N_("Booking refused"),
    "welfare.talk.scheduled": N_("Appointment arranged"),
    "welfare.talk.moved": N_("Appointment moved"),
    "welfare.talk.cancelled": N_("Appointment cancelled"),
    "welfare.relief.decided": N_("Application decided"),
    "welfare.relief.paid": N_("Matter completed"),
    "welfare.dispute.opened": N_("Matter taken up"),
    "welfare.dispute.settled": N_("Matter concluded"),
    "membership.membership.started": N_("Membership began"),
    "membership.membership.ended": N_("Membership ended"),
    "notifications.broadcast": N_("Broadcast"),
    "notifications.digest": N_("Digest"),
    "activities.registration.reminder": N_("Reminder of an activity"),
    "facilities.booking.reminder": N_("Reminder of a booking"),
    "welfare.talk.reminder": N_("Reminder of an appointment"),
    "notifications.template.tested": N_("Test of a template"),
}
TEMPLATES = {
    **{"-".join(name.split(".")[1:]): text for name, text in EVENTS.items()},
    "staff-booking-confirmed": N_("For staff: booking confirmed"),
    "staff-registration-cancelled": N_("For staff: registration cancelled"),
    "staff-talk-scheduled": N_("For staff: appointment arranged"),
    "staff-membership-started": N_("For staff: membership began"),
    "waiting-moved": N_("Activity moved, for those who wait"),
    "waiting-ended": N_("Place on the waiting list ended"),
    "digest": N_("Digest"),
    "registration-confirmed-line": N_("Line of a digest: registration confirmed"),
    "registration-waitlisted-line": N_("Line of a digest: put on the waiting list"),
    "registration-cancelled-line": N_("Line of a digest: registration cancelled"),
    "booking-confirmed-line": N_("Line of a digest: booking confirmed"),
    "membership-started-line": N_("Line of a digest: membership began"),
    "membership-ended-line": N_("Line of a digest: membership ended"),
    "talk-reminder-soon": N_("Reminder of an appointment, shortly before"),
    "broadcast-notice": N_("Notice to many"),
    "broadcast-change": N_("Something changes, to many"),
}
AUDIENCES = {
    "person": N_("Whom the event concerns"),
    "members": N_("Members of an organisation"),
    "staff": N_("Staff who subscribed"),
}
COMPARISONS = {
    "is": N_("is"),
    "is-not": N_("is not"),
    "one-of": N_("is one of (a, b)"),
    "at-least": N_("is at least"),
    "at-most": N_("is at most"),
    "given": N_("is given"),
    "not-given": N_("is not given"),
}
DESTINATIONS = {"mainland": N_("Mainland China"), "abroad": N_("Elsewhere")}
VENDORS = {"aliyun": N_("As Aliyun gets it"), "tencent": N_("As Tencent Cloud gets it")}
CIRCUITS = {"closed": N_("In use"), "open": N_("Left alone for a while"), "probing": N_("Being tried out")}
BUDGETS = {
    "fine": N_("Within the budget"),
    "near": N_("The budget is nearly used up"),
    "used-up": N_("The budget is used up: bulk SMS wait"),
}
SUPPRESSED = {
    "bounced": N_("Mail came back"),
    "bounced-often": N_("Mails came back again and again"),
    "unreachable": N_("The number does not exist"),
    "by-staff": N_("Taken out by staff"),
}
REASONS = {
    "past": N_("What it is about has begun already."),
    "never-told": N_("Nobody had been told of the time yet, so there was nothing to take back."),
    "rule": N_("Its rule passes the quiet hours."),
    "begins-soon": N_("Somebody may set out before the quiet hours are over."),
    "useless-later": N_("It would be useless when the quiet hours are over."),
    "digest": N_("It waits for its digest, or was told in one."),
    "not-addressed-any-more": N_("The recipient does not belong to those any more whom the broadcast is for."),
    "subject-ended": N_("What it is about was cancelled."),
    "moved": N_("What it is about was moved."),
    "told-just-now": N_("The recipient was told of the time only shortly before, or after the reminder was due."),
    "superseded": N_("Newer news about the same thing came before it was sent."),
    "too-old": N_("The event is older than the rule allows."),
    "no-address": N_("There is no telephone number and no e-mail address."),
    "no-contact": N_("No contact details came in time."),
    "guardians": N_("A child: the guardians are written to."),
    "expired": N_("It was not sent before what it is about began."),
    "address-withdrawn": N_("The address was withdrawn before it was sent."),
    "contact-removed": N_("The contact was removed before it was sent."),
    "not-on-allow-list": N_("Outside production only addresses on the allow-list are written to."),
    "missing-placeholder": N_("The template asks for a value that the event does not give."),
    "malformed-template": N_("The template is malformed."),
    "malformed-address": N_("The address is malformed."),
    "no-provider": N_("No SMS gateway is set up."),
    "gave-up": N_("It was tried too often."),
    "broadcast-stopped": N_("Its broadcast was stopped."),
    "undelivered": N_("The gateway says that it was not delivered."),
    "stopped-by-staff": N_("Stopped by staff."),
    "address-suppressed": N_("The address is left alone: it bounced, or staff took it out."),
    "opted-out": N_("The recipient does not want messages of this kind."),
    "channel-off": N_("The recipient switched this channel off."),
    "text-not-approved": N_("No gateway has approved this version of the text."),
    "never-settled": N_("No gateway could say whether it was sent."),
    "bounced": N_("The mail came back: there is nobody at that address."),
    "smtp-550": N_("The mail server refused it for good."),
    "http-400": N_("The gateway refused it for good."),
}
_STEPS = {
    "collected": N_("Put aside for a digest: the rule collects for %(minutes)s minutes"),
    "in-digest": N_("Told as one of %(count)s lines of a digest"),
    "digest": N_("A digest of %(count)s lines of the rule “%(rule)s”"),
    "digest-line": N_("A line: %(event)s"),
    "reminded": N_("It is time for the reminder “%(rule)s”: %(minutes)s minutes before the beginning"),
    "noticed": N_("The event came in; the rule “%(rule)s” applies"),
    "chosen-for-broadcast": N_("On the list of the broadcast “%(title)s”"),
    "broadcast-test": N_("Somebody tries the broadcast “%(title)s” on themselves"),
    "waiting-for-contact": N_("Nothing is known of the contact yet; waiting for it"),
    "passed-on": N_("A child: passed on to the guardians"),
    "no-address": N_("No address for this channel: %(channel)s"),
    "no-template": N_("No template “%(template)s” for this channel: %(channel)s"),
    "tested": N_("Staff sent a text to themselves, as a test"),
    "queued": N_("Queued: %(channel)s, template “%(template)s”, version %(template_version)s"),
    "other-language": N_("The recipient's language has no text of this template; the other one is used: %(language)s"),
    "suppressed": N_("Not sent on purpose"),
    "quiet-hours": N_("Held back by the quiet hours"),
    "although-quiet": N_("Sent although it is quiet"),
    "retry": N_("Attempt %(attempt)s was not taken; it is tried again (%(code)s)"),
    "throttled": N_("The gateway asked to wait; no try was used up"),
    "unknown": N_("Attempt %(attempt)s: the answer was lost; the gateway will be asked, not sent to again"),
    "not-taken": N_("The gateway says that it never got it; it is sent again"),
    "taken-over": N_("Another sender took over after a crash; a second copy is possible"),
    "late-sender": N_("A slow sender handed it over as well; a second copy is possible"),
    "sent": N_("Sent by %(provider)s on attempt %(attempt)s (%(code)s)"),
    "failed": N_("Failed"),
    "expired": N_("Expired"),
    "cancelled": N_("Stopped"),
    "retried-by-staff": N_("Queued once more"),
    "receipt": N_("Receipt of %(provider)s"),
    "address-suppressed": N_("The address is left alone: %(channel)s"),
    "channel-off": N_("The recipient switched this channel off: %(channel)s"),
    "bounced": N_("The mail came back for good"),
    "bounce-temporary": N_("The mail server reports that it is still trying"),
    "contents-dropped": N_("The contents were dropped: they are not kept longer"),
}
_STEP_TONES = {
    "sent": "good",
    "failed": "bad",
    "retry": "warn",
    "throttled": "warn",
    "unknown": "warn",
    "taken-over": "warn",
    "late-sender": "warn",
    "suppressed": "warn",
    "expired": "warn",
    "bounced": "bad",
    "bounce-temporary": "warn",
    "address-suppressed": "warn",
    "channel-off": "warn",
}


def step_text(step: MessageStep) -> tuple[str, str]:
    """The sentence of a timeline line (a message id with placeholders) and its tone."""
    return _STEPS.get(step.kind, step.kind), _STEP_TONES.get(step.kind, "neutral")
