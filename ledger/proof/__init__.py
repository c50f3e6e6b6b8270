"""Proofs: what a row commits to, so that nobody can touch it unseen."""
