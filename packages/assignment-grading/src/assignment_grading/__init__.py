"""Assignments from parameterised notebooks, and the grading of a class.

A *master* is a notebook in the format of otter-grader with a cell of parameters in the
way of papermill. From it each student receives a variant, decided by the student's id,
and what students hand in is graded by otter-grader's tests, many at a time: each
notebook runs in isolation, and its tests where its code never was. What a master asks
is not this package's business.

`handing_out` makes variants and sets, `arrivals` finds each student's notebook in what
was handed in, `tabular` reads rosters and marks, `running` runs and tests submissions,
and `reporting` writes what teacher and students read.
"""
