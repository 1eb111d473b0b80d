"""Heart-to-heart talks: appointments with a room that facilities keeps, walk-ins, and what came of them."""
