"""The welfare service: talks, disputes and relief, each case confidential to the body that owns it."""

__version__ = "0.1.0"
