"""Membership: people, organisations, households and memberships of the centre; the only owner of contact details."""
