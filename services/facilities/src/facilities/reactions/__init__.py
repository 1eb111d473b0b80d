"""What this service does about other services' events, one file a publisher."""
