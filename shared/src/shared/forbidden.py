"""What the broker does not let this service's user do, in words that name no password."""

from dataclasses import dataclass

from shared.texts import N_

SIGN_IN = "sign-in"
DECLARE_EXCHANGE = "declare-exchange"
DECLARE_QUEUE = "declare-queue"
BIND = "bind"
PUBLISH = "publish"
CONSUME = "consume"
SENTENCES = {
    SIGN_IN: N_("The broker does not let the user %(user)s in"),
    DECLARE_EXCHANGE: N_("The broker does not let the user %(user)s declare the exchange %(exchange)s"),
    DECLARE_QUEUE: N_("The broker does not let the user %(user)s declare the queue %(queue)s"),
    BIND: N_("The broker does not let the user %(user)s bind the queue %(queue)s to the exchange %(exchange)s"),
    PUBLISH: N_("The broker does not let the user %(user)s publish to the exchange %(exchange)s"),
    CONSUME: N_("The broker does not let the user %(user)s read the queue %(queue)s"),
}


@dataclass(frozen=True, slots=True, order=True)
class Forbidden:
    """One thing that permissions do not allow; ``queue`` and ``exchange`` are empty where none is meant."""

    action: str
    user: str
    queue: str = ""
    exchange: str = ""

    def __str__(self) -> str:
        return self.sentence % self.facts

    @property
    def sentence(self) -> str:
        """Translatable, with the facts' names in it."""
        return SENTENCES[self.action]

    @property
    def facts(self) -> dict[str, str]:
        return {"user": self.user, "queue": self.queue, "exchange": self.exchange}
