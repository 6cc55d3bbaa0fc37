"""What a reader sees: charts and tables that are too long for a cell.

One module for each chapter, and two for what all share: `charts` and `markdown`. A
function whose name ends in ``_table`` writes a table, every other one draws a chart
with its alternative text. What a module's functions take is said once, at its head.
"""
