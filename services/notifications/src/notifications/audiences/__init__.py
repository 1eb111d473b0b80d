"""Who belongs to what: read models of memberships, registrations and activities, for those who write to many."""
