"""Short links to the preferences, for people who have no e-mail: kept as hashes, and revocable."""
