"""Whose the records are that addresses name: everybody may read what is going on, its bodies change it."""

from sqlalchemy import select

from activities.activity.models import ActivityBody
from activities.registration.models import Registration
from shared.web import Belonging, Owned

BELONGING = Belonging(
    {
        "activity_id": Owned(select(ActivityBody.activity_id, ActivityBody.body), "activity", open=True),
        "registration_id": Owned(
            select(Registration.id, ActivityBody.body).join(
                ActivityBody, ActivityBody.activity_id == Registration.activity_id
            ),
            "registration",
            open=True,
        ),
    }
)
