"""The engine and its peers, side by side on the book's own notebooks.

``make bench`` runs ``python -m benchmarks``, which writes ``RESULTS.md``.
"""
