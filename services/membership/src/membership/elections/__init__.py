"""Terms of office of committees, when the next election is due, and elections with their results."""
