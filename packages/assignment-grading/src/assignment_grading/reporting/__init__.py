"""What teacher and students are shown."""
