"""Returns to the local authority (regulation 13): when one is due, and that it was sent."""
