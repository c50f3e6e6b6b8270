"""What a school takes away itself: its registers, its pupils' sums, and what is missing."""
