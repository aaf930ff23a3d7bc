"""Stop with one clear line unless this Python can hold a virtual environment for Axocell."""

import importlib.util
import sys

if sys.version_info < (3, 11):
    sys.exit(f"axocell: Python must be 3.11 or newer, not {sys.version.split()[0]}")
if not importlib.util.find_spec("ensurepip"):
    sys.exit("axocell: Python must have venv with pip (Debian: apt-get install python3-venv)")
