"""Parameterised notebook pages for Jupyter Book, executed by papermill."""

from papermill_pages.sphinx_ext import setup

__all__ = ["setup"]
