"""The law as dated data: each file a lawyer can read, each entry with its reference."""
