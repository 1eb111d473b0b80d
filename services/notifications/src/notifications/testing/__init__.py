"""Tools for tests: the mailbox as a process, the others' words, questions to the tables. Not for production."""
