"""Leave of absence (regulation 11): asked for, given, refused, withdrawn, and by whom."""
