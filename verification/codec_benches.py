"""On which components the benches of the codecs and their parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["CODEC_COMPONENTS"]

CODEC_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType({})
"""Block, variant, component."""
