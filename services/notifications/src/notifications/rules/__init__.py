"""Rules: which event leads to which message, by which channels, how urgently."""
