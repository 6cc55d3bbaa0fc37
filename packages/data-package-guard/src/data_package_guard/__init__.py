"""Refuses a cell of a Data Package that is not as recorded."""
