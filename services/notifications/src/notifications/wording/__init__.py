"""What messages say: templates and their versions, placeholders, rendering, and the segments of an SMS."""
