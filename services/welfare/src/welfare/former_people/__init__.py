"""What becomes of cases when two records turn out to be one person, or when a person is erased."""
