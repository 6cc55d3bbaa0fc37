"""Make variants of a master, hand them out, and renew their keys."""
