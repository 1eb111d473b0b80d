"""What this service reads from the others' events, one file a publisher."""

from notifications.reactions import activities, facilities, membership, party, roster, welfare

FURTHER = (party, roster)
"""Further events of membership and facilities, in files of their own."""
REACTIONS = (membership.reactions, membership.contacts, activities.reactions, facilities.reactions, welfare.reactions)
