"""Checks of what the article says: against itself, its sources and another author."""
