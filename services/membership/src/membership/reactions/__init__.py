"""What membership reads from other services: one file for each publisher."""
