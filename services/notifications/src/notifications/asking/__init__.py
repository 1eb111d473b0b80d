"""Why somebody got something, or nothing: asked about a person and an event, or a span of time."""
