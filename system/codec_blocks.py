"""The codecs and their parts among the blocks of the kit."""

from system.block import Block

__all__ = ["CODEC_BLOCKS"]

CODEC_BLOCKS: tuple[Block, ...] = ()
