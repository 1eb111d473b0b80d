"""The worker process: relay, receive, process and timers as threads that are restarted when they fail."""
