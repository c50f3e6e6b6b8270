"""The record: its rules, its store and its proof."""
