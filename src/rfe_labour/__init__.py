"""The analysis: what the article's numbers are and what they say."""
