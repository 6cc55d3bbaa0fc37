"""The command line: ``python -m rfe_labour.checks.claims review``."""

import sys

from rfe_labour.checks.claims import main

sys.exit(main())
