"""Register maps that between them have every kind of field, register and address."""

from rtl.registers import Access, EnumValue, Field, Register, RegisterMap

VERSION = Field(
    name="version", width=16, access=Access.CONSTANT, reset=0x0102, doc="Version of the block."
)
KIND = Field(name="kind", width=8, access=Access.CONSTANT, reset=0xA5, doc="Kind of block.")
ENABLE = Field(name="enable", width=1, access=Access.READ_WRITE, reset=1, doc="Work at all.")
MODE = Field(
    name="mode",
    width=2,
    access=Access.READ_WRITE,
    reset=2,
    doc="What is thresholded.",
    enum=(
        EnumValue(name="absolute", value=0, doc="The magnitude of the sample."),
        EnumValue(name="neo", value=1, doc="The nonlinear energy."),
        EnumValue(name="smoothed_neo", value=2, doc="The nonlinear energy, smoothed."),
    ),
)
LAG = Field(name="lag", width=4, access=Access.READ_WRITE, reset=1, doc="Lag, samples.")
WARM = Field(name="warm", width=1, access=Access.READ_ONLY, doc="The warm-up is over.")
LEVEL = Field(name="level_now", width=7, access=Access.READ_ONLY, doc="Words in the buffer.")
LOST = Field(
    name="lost", width=32, access=Access.COUNTER, increment_width=32, doc="Events lost so far."
)
CLIPPED = Field(
    name="clipped", width=3, access=Access.COUNTER, increment_width=2, doc="Samples clipped."
)
TRIPPED = Field(name="tripped", width=1, access=Access.COUNTER, doc="A fault came up.")
RESETS = Field(name="resets", width=4, access=Access.COUNTER, doc="Resets of the frontend.")
THRESHOLD = Field(
    name="threshold", width=16, access=Access.READ_WRITE, reset=500, doc="Threshold, LSB."
)
PEAK = Field(name="peak", width=12, access=Access.READ_ONLY, doc="Highest sample, LSB.")

EVERYTHING = RegisterMap(
    name="everything",
    doc="One of each.",
    registers=(
        Register(name="identification", doc="What this is.", fields=(VERSION, KIND)),
        Register(name="control", doc="How to detect.", fields=(ENABLE, MODE, LAG)),
        Register(name="state", doc="What goes on now.", fields=(WARM, LEVEL)),
        Register(name="losses", doc="Events that did not get out.", fields=(LOST,)),
        Register(
            name="faults", doc="Every kind side by side.", fields=(CLIPPED, TRIPPED, LAG, WARM)
        ),
        Register(name="channel", doc="One word a channel.", fields=(ENABLE, THRESHOLD), count=5),
        Register(name="peaks", doc="Highest samples.", fields=(PEAK,), count=3, address=0x30),
        Register(name="both", doc="Set and seen.", fields=(PEAK, THRESHOLD), count=1),
        Register(name="resets", doc="Counted.", fields=(RESETS, KIND), address=0x44),
    ),
)

MAPS = {
    "everything": EVERYTHING,
    "bytes": RegisterMap(
        name="bytes",
        doc="Words of a byte.",
        data_width=8,
        registers=(
            Register(name="control", doc="How to detect.", fields=(ENABLE, MODE, LAG)),
            Register(name="limits", doc="Aligned array.", fields=(LAG,), count=4, address=4),
            Register(name="faults", doc="Narrow counters.", fields=(CLIPPED, TRIPPED)),
        ),
    ),
    "half_words": RegisterMap(
        name="half_words",
        doc="Words of two bytes.",
        data_width=16,
        registers=(
            Register(name="state", doc="What goes on now.", fields=(LEVEL, WARM, LAG)),
            Register(name="limits", doc="Full words.", fields=(THRESHOLD,), count=2, address=6),
        ),
    ),
    "long_words": RegisterMap(
        name="long_words",
        doc="Words of eight bytes.",
        data_width=64,
        registers=(
            Register(name="losses", doc="Two halves.", fields=(LOST, WARM, THRESHOLD)),
            Register(
                name="stamp",
                doc="A full word.",
                fields=(
                    Field(
                        name="time",
                        width=64,
                        access=Access.READ_WRITE,
                        reset=(1 << 64) - 2,
                        doc="Time, frames.",
                    ),
                ),
            ),
        ),
    ),
    "one_word": RegisterMap(
        name="one_word",
        doc="The smallest map.",
        registers=(Register(name="identification", doc="What this is.", fields=(VERSION,)),),
    ),
}
