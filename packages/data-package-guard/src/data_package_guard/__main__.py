"""The command line: ``python -m data_package_guard`` with check or record."""

import sys

from data_package_guard.command import main

sys.exit(main(program="python -m data_package_guard"))
