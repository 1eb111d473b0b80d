"""What staff see and decide about events on their way, in and out. No page and no command line is made here."""
