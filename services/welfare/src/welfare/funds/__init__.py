"""Funds and their ledger: what may be spent, what is promised, what was paid."""
