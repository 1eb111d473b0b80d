"""The archive room: a register of papers with their place, how long they are kept, and who has borrowed them."""
