"""What the places mean in the arrays that the compiled head works on."""

from enum import IntEnum

__all__ = ["Converter", "Mismatch", "Place", "Setting", "Tokens"]


class Mismatch(IntEnum):
    """Rows of what is kept of each cell's transistors, steps of a part of the spread."""

    THRESHOLD = 0
    GAIN = 1


class Converter(IntEnum):
    """Rows of what is kept of each charge-to-pulse converter."""

    GAIN = 0
    OFFSET = 1  # over the saturation charge


class Tokens(IntEnum):
    """Rows of what is kept of each column, in tokens since the start."""

    WRITTEN = 0
    LOOKED_AT = 1  # when its cells carried the currents that are kept


class Place(IntEnum):
    """Places in the vector of sizes and addresses that compiled code finds a head's memory by."""

    HEADS = 0
    WINDOW = 1
    HEAD_DIM = 2
    TILES = 3
    MOST = 4  # converters of a kind and head
    LEAKAGES = 5  # rows of the leakage
    PIECES = 6  # of the leakage, its places in a row
    LAWS = 7  # rows of the law
    DRAWS = 8  # of the table of noise
    WRITTEN = 9  # from here on, addresses
    MISMATCH = 10
    CURRENTS = 11
    DRIVERS = 12
    CONVERTERS = 13
    TOKENS = 14
    LEAKAGE = 15
    LAW = 16
    SETTINGS = 17
    NOISE = 18
    CHARGES = 19
    REAL_ROOM = 20
    COUNT_ROOM = 21
    WRITTEN_ROOM = 22
    CODE_ROOM = 23


class Setting(IntEnum):
    """Places in the vector of settings."""

    LEVEL_V = 0  # of one stored code
    LOWEST_V = 1
    WRITE_NOISE_V = 2
    WRITTEN_STEP_V = 3
    THRESHOLD_STEP_V = 4
    GAIN_STEP = 5
    CURRENT_LIMIT = 6  # counts
    FADE = 7  # part of a current that is lost a token
    JITTER = 8  # of a pulse, codes
    PULSE_UNIT = 9  # counts of the shortest pulse
    PULSE_LIMIT = 10  # counts of the longest pulse
    SCORE_UNIT = 11  # of one count of current times one of pulse
    SCORE_LOAD = 12
    SCORE_NOISE = 13
    SCORE_STEPS = 14  # zero for any time
    OUTPUT_UNIT = 15  # of one count of current times one of pulse
    OUTPUT_LOAD = 16
    OUTPUT_NOISE = 17
    OUTPUT_CODES = 18  # codes of an output of one
    OUTPUT_MAX = 19  # highest code
    QUERY_MAX = 20
    STORED_MAX = 21
    CYCLE = 22  # tokens from one look at a tile to the next
    AHEAD = 23  # tokens that a look is ahead of its time
