"""Names of people, read from membership, so that the desk can say who books."""
