"""The working-day calendar of this service: official holidays and make-up workdays, editable by staff."""
