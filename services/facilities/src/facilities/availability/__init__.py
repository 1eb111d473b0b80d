"""What is free: search, and the nearest alternatives to what was refused."""
