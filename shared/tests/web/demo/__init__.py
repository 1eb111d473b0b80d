"""A very small service, to try the web kit with: things that are lent."""
