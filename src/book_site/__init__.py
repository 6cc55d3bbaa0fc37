"""What a book needs to be published: light pages, addresses, dates and a card."""

from book_site.sphinx_ext import setup

__all__ = ["setup"]
