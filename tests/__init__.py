"""What is true of the attendance ledger, and shown to be."""
