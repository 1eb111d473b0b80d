"""What this service reads from the others' events, one file a publisher."""

from notifications.reactions import activities, facilities, membership, welfare

REACTIONS = (membership.reactions, membership.contacts, activities.reactions, facilities.reactions, welfare.reactions)
