"""What states, reasons and decisions are called, for the page and the command line."""

from shared.texts import N_

STATES = {
    "waiting": N_("Waiting"),
    "done": N_("Done"),
    "passed": N_("Not needed here"),
    "late": N_("Overtaken"),
    "attention": N_("Needs attention"),
    "skipped": N_("Skipped"),
}
TONES = {"done": "good", "attention": "bad", "waiting": "warn"}
FINISHED = {
    "done": N_("Handled: it had its effect here"),
    "passed": N_("Not needed here: this service does nothing with events of this type, it only counted it"),
    "late": N_("Overtaken: a newer state of the subject was known already, so it changed nothing"),
}
DECISIONS = {
    "event-retried": N_("Sent to be tried again"),
    "event-skipped": N_("Skipped: it never has an effect here"),
    "event-resent": N_("Sent to be published again"),
    "event-content-read": N_("Its content was read"),
    "refusal-noted": N_("Noted"),
    "refusal-content-read": N_("Its content was read"),
    "snapshots-asked": N_("Asked for the present state"),
}
UNROUTED = {
    "no-queue": (
        N_("No queue was bound for it"),
        N_("When the consumer is running, publish it again, or let the consumer ask for the present state."),
    ),
    "no-exchange": (
        N_("The broker does not know the exchange"),
        N_("The service it belongs to has not been set up yet: run its migrate command, then publish it again."),
    ),
    "forbidden": (
        N_("The broker does not allow this service to publish there"),
        N_("Whoever runs the broker has to give the permissions again; then publish it again."),
    ),
    "too-large": (
        N_("It is larger than the broker takes"),
        N_("Publishing again will not help. Tell the people who maintain this service."),
    ),
    "refused": (
        N_("The broker refused it"),
        N_("Whoever runs the broker finds the reason in its log; when it is gone, publish it again."),
    ),
}
REFUSED = {
    "too-large": (
        N_("It is too large"),
        N_("Somebody sent more than an event may hold. Tell whoever runs the sender."),
    ),
    "empty": (N_("It is empty"), N_("Somebody sent a message without a body. Tell whoever runs the sender.")),
    "not-json": (
        N_("It cannot be read"),
        N_("The body is no JSON object, so it is no event. Tell whoever runs the sender."),
    ),
    "content-type": (
        N_("It is of an unknown content type"),
        N_("Events are application/cloudevents+json. Tell whoever runs the sender."),
    ),
    "missing-attribute": (
        N_("It lacks something every event has"),
        N_("The sender does not keep to the contract of the event. Tell whoever runs it."),
    ),
    "bad-attribute": (
        N_("Something in its envelope is wrong"),
        N_("The sender does not keep to the contract of the event. Tell whoever runs it."),
    ),
    "foreign-source": (
        N_("It came from where it should not"),
        N_("Another program publishes in this sender's name. If nobody is testing, tell whoever runs the broker."),
    ),
    "id-reused": (
        N_("The same number came with another content"),
        N_("The first one counts. The sender must give every event a number of its own; tell whoever runs it."),
    ),
}
OTHER_REASON = (N_("Another reason"), N_("Tell the people who maintain this service."))


def unrouted_words(because: str | None) -> tuple[str, str]:
    """Why no queue took an event, and what to do about it."""
    return UNROUTED.get(because or "no-queue", OTHER_REASON)


def refused_words(reason: str) -> tuple[str, str]:
    """Why a message was not taken in, and what to do about it."""
    return REFUSED.get(reason, OTHER_REASON)
