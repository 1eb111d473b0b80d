"""Staff of one service: local accounts, their roles, sessions, API tokens, and the pages for them."""
