"""Operating a service: its command line, its logs, and the contracts that are written from its code."""
