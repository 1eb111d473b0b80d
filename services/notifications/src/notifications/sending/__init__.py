"""Sending: rows claimed by leases, handed to a provider outside of any transaction, settled one by one."""
