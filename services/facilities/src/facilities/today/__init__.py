"""The first page: what needs the desk now, this week, and the figures of the month."""
