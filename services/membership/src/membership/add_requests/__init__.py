"""One record for all four bodies: who sees all of it, and how another body borrows it from its owner."""
