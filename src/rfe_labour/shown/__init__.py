"""What a reader sees: charts and tables that are too long for a cell."""
