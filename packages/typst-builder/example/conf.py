"""A small book on a pendulum: `sphinx-build -b typst . _build` makes its PDF."""

project = "The pendulum on the kitchen door"
author = "A. Reader"
extensions = ["myst_nb", "typst_builder"]
exclude_patterns = ["_build", "jupyter_execute"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "force"
typst_title_page = {
    "subtitle": "How to weigh the Earth with a string",
    "opening": "What a string can tell",
    "imprint": ["Text and data CC0."],
}
