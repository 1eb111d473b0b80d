"""The web application of this service."""

from flask import Flask

from notifications.asking import pages as asking_pages
from notifications.belonging import BELONGING
from notifications.broadcasts import api as broadcasts_api
from notifications.broadcasts import decision_pages, recipient_pages
from notifications.broadcasts import pages as broadcasts_pages
from notifications.costs import pages as costs_pages
from notifications.digests import pages as digests_pages
from notifications.messages import api as messages_api
from notifications.messages import notices_pages, retrying_pages, today_pages
from notifications.messages import pages as messages_pages
from notifications.preferences import pages as preferences_pages
from notifications.providers import api as providers_api
from notifications.providers import pages as providers_pages
from notifications.quiet_hours import api as quiet_hours_api
from notifications.quiet_hours import pages as quiet_hours_pages
from notifications.receipts import api as receipts_api
from notifications.reminders import api as reminders_api
from notifications.reminders import pages as reminders_pages
from notifications.rules import api as rules_api
from notifications.rules import coverage_pages, subscriptions_pages
from notifications.rules import pages as rules_pages
from notifications.service import SERVICE
from notifications.short_links import pages as short_links_pages
from notifications.suppressions import pages as suppressions_pages
from notifications.wording import api as wording_api
from notifications.wording import drafting_pages, drafts_api
from notifications.wording import pages as wording_pages
from notifications.workdays import pages as workdays_pages
from shared import web
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item


def create_app(runtime: Runtime | None = None) -> Flask:
    return web.create_app(
        runtime or Runtime.from_environment(SERVICE),
        pages=[
            today_pages.blueprint,
            messages_pages.blueprint,
            notices_pages.blueprint,
            broadcasts_pages.blueprint,
            decision_pages.blueprint,
            recipient_pages.blueprint,
            wording_pages.blueprint,
            drafting_pages.blueprint,
            rules_pages.blueprint,
            coverage_pages.blueprint,
            subscriptions_pages.blueprint,
            reminders_pages.blueprint,
            digests_pages.blueprint,
            quiet_hours_pages.blueprint,
            workdays_pages.blueprint,
            providers_pages.blueprint,
            preferences_pages.blueprint,
            preferences_pages.short_blueprint,
            short_links_pages.blueprint,
            asking_pages.blueprint,
            costs_pages.blueprint,
            retrying_pages.blueprint,
            suppressions_pages.blueprint,
        ],
        apis=[
            messages_api.blueprint,
            broadcasts_api.blueprint,
            wording_api.blueprint,
            drafts_api.blueprint,
            rules_api.blueprint,
            reminders_api.blueprint,
            quiet_hours_api.blueprint,
            providers_api.blueprint,
            receipts_api.blueprint,
            receipts_api.bounces_blueprint,
        ],
        navigation=[
            Item(N_("Today"), "today_pages.today"),
            Item(N_("Messages"), "messages_pages.list_messages", blueprints=("retrying_pages",)),
            Item(N_("Ask about a person"), "asking_pages.find_person", blueprints=("short_links_pages",)),
            Item(N_("Held back"), "notices_pages.list_notices"),
            Item(
                N_("Broadcasts"),
                "broadcasts_pages.list_broadcasts",
                blueprints=("broadcast_decisions", "broadcast_recipients"),
            ),
            Item(N_("Templates"), "templates_pages.list_templates", blueprints=("drafts_pages",)),
            Item(N_("Rules"), "rules_pages.list_rules", blueprints=("coverage_pages", "subscriptions_pages")),
            Item(
                N_("Timing"),
                "reminders_pages.list_reminders",
                blueprints=("quiet_hours_pages", "digests_pages", workdays_pages.blueprint.name),
            ),
            Item(N_("Providers"), "providers_pages.list_providers"),
            Item(N_("Costs"), "costs_pages.month"),
            Item(N_("Left alone"), "suppressions_pages.list_suppressions"),
        ],
        package=__name__,
        belonging=BELONGING,
    )
