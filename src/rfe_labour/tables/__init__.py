"""The article's tables: what each cell leaves open, and what follows from it."""

from rfe_labour.tables.regional import (
    JUMP_RATIO,
    MEASURES,
    agreement,
    cells_beyond_sources,
    decomposition,
    defects,
    foreign_steps,
    newest_year,
    rebuild,
    regional_table,
    step_ratios,
    year_runs,
)
from rfe_labour.tables.regions import regions
