"""The command line: ``python -m rfe_labour.data`` with check or record."""

import sys

from rfe_labour.data import main

sys.exit(main())
