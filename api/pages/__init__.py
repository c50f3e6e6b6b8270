"""Pages for people: HTML that a browser shows and prints, made of nothing but what a view answers."""
