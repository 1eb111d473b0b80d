"""What services promise each other under ``contracts/``: what may change, what may not, and the page that shows it."""
