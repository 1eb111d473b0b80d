"""What a service's pages and API are made with.

``create_app`` puts the application together; ``reading``, ``unit_of_work`` and ``principal`` speak of the current
request; ``requires``, ``idempotent``, ``paginate`` and the others are what views are written with.
"""

from shared.web.api import ApiBlueprint, Input
from shared.web.application import create_app
from shared.web.belonging import Belonging, Owned, Within
from shared.web.context import correlation_id, principal, reading, runtime, unit_of_work
from shared.web.editing import EditForm, stale_page
from shared.web.etags import check_if_match, set_etag
from shared.web.event_entries import with_events
from shared.web.exporting import Column, exported
from shared.web.forms import body_choices, carried_out, choices, fill_errors
from shared.web.guards import called_by_programs, public, requires
from shared.web.idempotency import idempotent
from shared.web.navigation import Item
from shared.web.ordering import Orders
from shared.web.paging import Page, PageQuery, page_of, paginate

__all__ = [
    "ApiBlueprint",
    "Belonging",
    "Column",
    "EditForm",
    "Input",
    "Item",
    "Orders",
    "Owned",
    "Page",
    "PageQuery",
    "Within",
    "body_choices",
    "called_by_programs",
    "carried_out",
    "check_if_match",
    "choices",
    "correlation_id",
    "create_app",
    "exported",
    "fill_errors",
    "idempotent",
    "page_of",
    "paginate",
    "principal",
    "public",
    "reading",
    "requires",
    "runtime",
    "set_etag",
    "stale_page",
    "unit_of_work",
    "with_events",
]
