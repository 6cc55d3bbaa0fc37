"""The ledger of claims: what both texts state, beside what their figures give.

``data/claims.csv`` holds one row per figure or checkable statement. A row that names
a result key is recomputed here (`calculations`) and compared with the interval that its
words allow (`ledger`); `check_reviewed` refuses a value or a status that is not as last
reviewed, and ``python -m rfe_labour.checks.claims review`` (`command`) reviews it.
"""

from rfe_labour.checks.claims.calculations import (
    END_OF_1990S,
    Figures,
    calculations,
    results,
)
from rfe_labour.checks.claims.command import main, review
from rfe_labour.checks.claims.ledger import (
    STATUSES,
    ClaimsChanged,
    Results,
    audit,
    check_reviewed,
    difference,
    judge,
)
