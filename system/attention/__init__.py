"""A language model on gain-cell attention: hardware-aware training, adaptation and accuracy.

Needs the extra ``attention``, which brings PyTorch; nothing else of the kit does.
"""

from importlib.util import find_spec

__all__: list[str] = []

if find_spec("torch") is None:
    raise ModuleNotFoundError(
        "torch must be installed, but is not: pip install 'axocell[attention]'", name="torch"
    )
