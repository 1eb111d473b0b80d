"""A service's calendar of working days: official holidays and make-up workdays, editable, for unpublished years, too.

A service that counts in working days keeps the two tables (``tables``) in its own schema and hands them to the
queries and commands here; the staff pages are ``shared.web.workdays``.
"""
