"""Assignments from parameterised notebooks, and the grading of a class.

A *master* is a notebook in the format of otter-grader with a cell of parameters in the
way of papermill. From it each student receives a variant, decided by the student's id,
and what students hand in is graded by otter-grader itself, many at a time, each in a
process that can write in its own folder alone. What a master asks is not this
package's business.
"""
