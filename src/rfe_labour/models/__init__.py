"""Models of the trends: of the workers, of their share, in every window of years."""
