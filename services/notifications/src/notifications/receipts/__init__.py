"""Receipts of SMS gateways: whether what they took was delivered."""
