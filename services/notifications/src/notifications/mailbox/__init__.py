"""The development mailbox: an SMTP sink and an SMS gateway simulator in one small process.

It keeps every message in SQLite, shows them on a page, answers questions over HTTP, and misbehaves on
demand. It knows nothing of the notifications service: both speak SMTP and HTTP only.
"""
