"""The first page: what needs somebody today, and how the centre stands."""
