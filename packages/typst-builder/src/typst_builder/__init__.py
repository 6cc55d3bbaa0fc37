"""A Sphinx builder that typesets a whole book as one PDF, with Typst."""

from typst_builder.builder import setup

__all__ = ["setup"]
