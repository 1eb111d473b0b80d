"""What SMS cost, by month and body."""
