"""Digests: what one rule has to tell one recipient within some minutes becomes one message with a line for each."""
