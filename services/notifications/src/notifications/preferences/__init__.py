"""What recipients do not want: channels and optional categories that they switched off by a signed link."""
