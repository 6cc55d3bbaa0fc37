"""What a class handed in: whose each file is, which counts, and when it came."""
