"""Providers: mail servers and SMS gateways, their circuit, their rate, and the texts that they approved."""
