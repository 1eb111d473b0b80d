"""What becomes of messages and choices when two records turn out to be one person, or when a person is erased."""
