"""The attendance register (regulation 10): entries, amended entries, and every rule about a mark."""
