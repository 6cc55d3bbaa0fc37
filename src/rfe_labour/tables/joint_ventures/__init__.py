"""Table 2, whose columns the scan lost: every way to put back what survives.

A *placement* gives each surviving count and each surviving share a column of its
own. Nothing is imputed, and no placement is preferred: what is reported is the
identified set (Manski 2003), all placements that an assumption admits. After ``none``,
three assumptions are nested: each adds a condition to the one before.

``none``
    Every token stays in its row. It may stand in any column.
``order``
    A row that lost its columns still runs from left to right. The shares keep their
    order, and so do the counts beside the row label; the counts that stand
    apart keep theirs, and may fall anywhere among the others.
``whole``
    Where a count and a share stand in one column, some whole number of all joint
    ventures gives the printed share, rounding allowed for, and it is plausible: at
    least `Choices.fewest` and at most `Choices.most`.
``consistent``
    The two rows describe one stock of joint ventures, which does not leap. Take any
    two years that have both a count and a share, d years apart. Among the whole
    numbers that each year allows there are two of which the larger is at most
    ``Choices.yearly_factor ** d`` times the smaller.

A year that has only one of the two tokens, or neither, is unconstrained. A part of a
set is a count of placements, never a probability.

A *tear* is a split that text recognition made: it read one printed row as two lines of
text. A fourth assumption crosses the last two:

``tear``
    ``order``, and one tear parted the rows of the year labels and of the counts in the
    same columns. The labels that follow their row label and the counts that follow
    theirs belong together; the other counts stand in other columns.
    ``tear_whole`` and ``tear_consistent`` are what ``whole`` and ``consistent`` leave
    of it.

References
----------
Manski, Charles F. Partial Identification of Probability Distributions. Springer, 2003.
"""

from rfe_labour.tables.joint_ventures.answers import (
    ALTERNATIVES,
    CHINESE_2004,
    REGISTERED_2004,
    binding_constraints,
    bounds,
    other_tears,
    sensitivity,
)
from rfe_labour.tables.joint_ventures.identified_sets import (
    ASSUMPTIONS,
    TEAR,
    IdentifiedSet,
    identified_set,
    identify,
    identify_torn,
    possible_years,
)
from rfe_labour.tables.joint_ventures.placements import (
    Evaluation,
    Placements,
    evaluate,
    place,
)
from rfe_labour.tables.joint_ventures.surviving import (
    Choices,
    Survivors,
    implied_ranges,
    survivors,
)
