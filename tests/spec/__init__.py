"""What the Regulations say, said again as tests."""
