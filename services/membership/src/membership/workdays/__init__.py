"""The working-day calendar: official holidays and make-up workdays, editable, usable for unpublished years, too."""
