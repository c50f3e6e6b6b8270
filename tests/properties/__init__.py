"""What holds for every value, over generated ones."""
