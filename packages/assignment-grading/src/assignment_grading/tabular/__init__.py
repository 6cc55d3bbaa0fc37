"""A teacher's tables, as spreadsheets write them: rosters and marks."""
