"""Who belongs to what: read models of memberships, registrations, activities and duties, for telling many."""
