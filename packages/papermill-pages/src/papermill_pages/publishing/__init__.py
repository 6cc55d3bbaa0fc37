"""What a book publishes of its own executions: lists on its pages, and a package."""
