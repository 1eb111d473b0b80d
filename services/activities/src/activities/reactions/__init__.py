"""What this service does about events of others: one file a publisher."""
