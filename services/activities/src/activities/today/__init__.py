"""The first page: what needs somebody now, the week ahead, and the figures of the month."""
