"""The period report of a service centre, built from events alone."""
