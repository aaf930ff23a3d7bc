"""The words of the command line; no command is loaded before it is chosen."""

import argparse
import re
from pathlib import Path
from typing import NoReturn

from system.cli.argument_types import count, path_of, positive, whole
from system.cli.firmware_options import add_firmware_actions

__all__ = ["COMMANDS", "build_parser"]

COMMANDS = {
    "run": "system.cli.run",
    "encode": "system.cli.encode",
    "decode": "system.cli.decode",
    "list": "system.cli.list_blocks",
    "generate": "system.cli.generate",
    "verify": "system.cli.verify",
    "benchmark": "system.cli.benchmark",
    "design": "system.cli.design",
    "attention": "system.cli.attention",
    "calibrate": "system.cli.calibrate",
    "firmware": "system.cli.firmware",
    "costs": "system.cli.costs",
    "area": "system.cli.area",
}


# argparse's own knows -1 and -0.5 alone, and takes any other for an option that is unknown.
NEGATIVE_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$|-(inf|infinity|nan)$", re.IGNORECASE)


class OneLineParser(argparse.ArgumentParser):
    """A parser whose complaints are one line long."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2, saying what is wrong and where help is.

        Parameters
        ----------
        message : str
            What is wrong.
        """
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the ``axocell`` command.

    Returns
    -------
    argparse.ArgumentParser
        Its namespaces have ``command`` (a key of ``COMMANDS``, or None), ``debug`` and
        ``version``, and the options of the command.
    """
    parser = OneLineParser(
        prog="axocell",
        description="A recording goes in; spikes, figures and a report come out.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=OneLineParser)
    for name, summary, add_options in (
        ("run", "process a recording and write a report", _add_run_options),
        ("encode", "compress a recording without loss", _add_encode_options),
        ("decode", "restore a compressed recording", _add_decode_options),
        ("list", "list every block of the kit", _add_list_options),
        ("generate", "write the Verilog and registers of a block", _add_generate_options),
        ("verify", "check the Verilog of blocks against their models", _add_verify_options),
        ("benchmark", "measure figures and compare them with their goals", _add_benchmark_options),
        ("design", "print the default design file, commented", _add_design_options),
        ("attention", "move a language model from softmax to gain cells", _add_attention_options),
        ("calibrate", "refit the tables of the gain cells from SPICE", _add_calibrate_options),
        ("firmware", "build programs for the processor, and run them", add_firmware_actions),
        ("costs", "estimate energy, latency and area of an attention head", _add_costs_options),
        ("area", "count the gates and flip-flops of blocks", _add_area_options),
    ):
        command = commands.add_parser(
            name, help=summary, description=f"{summary.capitalize()}.", allow_abbrev=False
        )
        # Accepted on both sides of the command; absent here, it must not undo the other side.
        command.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
        )
        command._negative_number_matcher = NEGATIVE_NUMBER
        add_options(command)
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recording",
        nargs="?",
        type=path_of,
        metavar="RECORDING",
        help="a recording in any format that docs/recordings.md lists; "
        "without one, a synthetic recording of 68 channels is made",
    )
    parser.add_argument(
        "--design", type=path_of, metavar="FILE", help="design (see axocell design)"
    )
    parser.add_argument(
        "--seconds", type=positive, metavar="S", help="process only the first S seconds"
    )
    parser.add_argument(
        "--output",
        type=path_of,
        default=Path("build/run"),
        metavar="DIR",
        help="folder for the report and the spikes (default: %(default)s)",
    )
    parser.add_argument(
        "--events",
        type=path_of,
        metavar="FILE.npy",
        help="also write the events with their samples, for axocell firmware run --events",
    )
    _add_description(parser)
    parser.add_argument("--truth", type=path_of, metavar="FILE", help="true spikes, to score by")


def _add_description(parser: argparse.ArgumentParser) -> None:
    described = parser.add_argument_group("what the recording's file does not say itself")
    described.add_argument("--sampling-rate", type=positive, metavar="HZ", help="rate per channel")
    described.add_argument("--channels", type=count, metavar="N", help="number of channels")
    described.add_argument("--dtype", metavar="TYPE", help="type of a raw sample, such as int16")
    scale = described.add_mutually_exclusive_group()
    scale.add_argument("--scale-v", type=positive, metavar="V", help="volts per unit of a sample")
    scale.add_argument("--unit", metavar="UNIT", help="unit of a sample: V, mV, uV or nV")
    described.add_argument("--stream", metavar="NAME", help="which of several signals in the file")


def _add_encode_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recording",
        type=path_of,
        metavar="RECORDING",
        help="a recording in any format that docs/recordings.md lists",
    )
    parser.add_argument(
        "--output", type=path_of, required=True, metavar="FILE.axc", help="a new file"
    )
    parser.add_argument(
        "--engine",
        choices=("best", "arithmetic", "golomb"),
        default="best",
        help="the entropy coder (default: the one that takes fewer bits)",
    )
    parser.add_argument(
        "--order",
        type=int,
        choices=range(4),
        default=1,
        help="order of the difference that is coded (default: %(default)s)",
    )
    parser.add_argument(
        "--adaptive",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let a predictor learn what differences tell (default: %(default)s)",
    )
    parser.add_argument(
        "--train", action="store_true", help="fit the coder's tables to this recording first"
    )
    parser.add_argument(
        "--packet-frames",
        type=count,
        default=8192,
        metavar="N",
        help="frames of a packet, which is what damage costs at least (default: %(default)s)",
    )
    parser.add_argument(
        "--lsb-uv",
        type=positive,
        metavar="UV",
        help="round samples to multiples of so many microvolts, and accept the loss",
    )
    _add_description(parser)


def _add_decode_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=path_of, metavar="FILE.axc", help="what axocell encode wrote")
    parser.add_argument(
        "--output",
        type=path_of,
        required=True,
        metavar="FILE",
        help="a new file: .npy, or .bin, .dat, .raw for samples and nothing else",
    )
    parser.add_argument(
        "--omit-gaps",
        action="store_true",
        help="leave out frames that did not survive, instead of writing zeros",
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse a file of which anything is damaged"
    )


def _add_list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="as a Markdown table")


def _add_generate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("block", metavar="BLOCK", help="name of a block (see axocell list)")
    parser.add_argument(
        "--config", type=path_of, metavar="FILE", help="design (see axocell design)"
    )
    parser.add_argument(
        "--output", type=path_of, metavar="DIR", help="folder to write (default: build/BLOCK)"
    )


def _add_area_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "blocks", nargs="+", metavar="BLOCK", help="names of blocks (see axocell list)"
    )
    parser.add_argument(
        "--config", type=path_of, metavar="FILE", help="design (see axocell design)"
    )
    parser.add_argument(
        "--memories", action="store_true", help="make memories of flip-flops, and count them"
    )


def _add_verify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("blocks", nargs="*", metavar="BLOCK", help="names (default: all blocks)")
    parser.add_argument(
        "--simulator",
        choices=("verilator", "icarus"),
        default="verilator",
        help="what executes the Verilog (default: %(default)s)",
    )


def _add_benchmark_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a benchmark (default: all)")
    parser.add_argument(
        "--output", type=path_of, metavar="FILE.json", help="write the rows as JSON"
    )


def _add_design_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check",
        type=path_of,
        metavar="FILE",
        help="validate a design file and print it completed",
    )


def _add_attention_options(parser: argparse.ArgumentParser) -> None:
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=count, metavar="N", help="training steps of either path")
    length.add_argument(
        "--minutes", type=positive, metavar="M", help="as many steps as take M minutes of CPU time"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="7000 steps unless told, the whole validation text judged: 40 minutes; with seed 1 "
        "two dies of each kind and training with noise, too",
    )
    parser.add_argument(
        "--gpt2", type=path_of, metavar="DIR", help="start from GPT-2 of this folder"
    )
    parser.add_argument("--text", type=path_of, metavar="FILE", help="what GPT-2 is judged by")
    parser.add_argument("--window", type=count, metavar="TOKENS", help="tokens that a head keeps")
    parser.add_argument("--tile", type=count, metavar="TOKENS", help="tokens of a sub-tile")
    parser.add_argument(
        "--seed", type=whole, default=1, metavar="N", help="seed of everything (default: 1)"
    )
    parser.add_argument(
        "--threads", type=count, default=1, metavar="N", help="of PyTorch (default: 1)"
    )
    parser.add_argument(
        "--output",
        type=path_of,
        default=Path("build/attention"),
        metavar="DIR",
        help="folder for the report and the checkpoints (default: %(default)s)",
    )


def _add_calibrate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=path_of,
        default=Path("build/calibration"),
        metavar="DIR",
        help="folder for the tables (default: %(default)s)",
    )
    parser.add_argument(
        "--design",
        choices=("cmos", "oxide", "tenth"),
        nargs="+",
        default=("cmos", "oxide", "tenth"),
        help="which cells (default: all)",
    )
    parser.add_argument(
        "--cells",
        type=count,
        default=100,
        metavar="N",
        help="cells whose thresholds are drawn (default: %(default)s)",
    )


def _add_costs_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=path_of, metavar="FILE.json", help="write all as JSON")
