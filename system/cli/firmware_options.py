"""The options of ``axocell firmware``."""

import argparse

from rtl.processor_map import ProcessorMap
from system.cli.argument_types import count, path_of

__all__ = ["add_firmware_actions"]


def add_firmware_actions(parser: argparse.ArgumentParser) -> None:
    """Give the command its actions.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of the command; those of the actions are of its kind.
    """
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    run = actions.add_parser("run", help="run a program", allow_abbrev=False)
    run.add_argument(
        "program",
        type=path_of,
        metavar="PROGRAM.elf",
        help="an ELF file, or a name of the kit's own",
    )
    run.add_argument(
        "--on",
        choices=("golden", "rtl"),
        default="golden",
        help="the model, or the generated circuit (default: %(default)s)",
    )
    run.add_argument(
        "--limit",
        type=count,
        metavar="N",
        help="give up after N instructions, or cycles on the circuit",
    )
    run.add_argument("--input", type=path_of, metavar="FILE", help="bytes that the program reads")
    run.add_argument(
        "--events",
        type=path_of,
        metavar="FILE.npy",
        help="events for the first ring, of axocell run --events; bytes of --input come after them",
    )
    run.add_argument("--trace", type=path_of, metavar="FILE", help="log of every instruction")
    run.add_argument("--profile", action="store_true", help="show where the time goes")
    build = actions.add_parser("build", help="build programs", allow_abbrev=False)
    build.add_argument(
        "sources",
        nargs="*",
        type=path_of,
        metavar="SOURCE",
        help="C and assembler files of one program (default: all programs of the kit)",
    )
    build.add_argument(
        "--output",
        type=path_of,
        metavar="PATH",
        help="the program (default: build/firmware/NAME.elf), or the folder of the kit's",
    )
    build.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="WORD",
        help="for the compiler, such as --option=-DLOOPS=10; may be repeated",
    )
    build.add_argument(
        "--include",
        action="append",
        default=[],
        type=path_of,
        metavar="DIR",
        help="where more headers are; may be repeated",
    )
    build.add_argument(
        "--port",
        metavar="NAME",
        help="the platform's part of a known program: coremark or dhrystone",
    )
    test = actions.add_parser("test", help="run the public tests of RISC-V", allow_abbrev=False)
    test.add_argument(
        "tests",
        nargs="*",
        metavar="NAME",
        help="a suite, such as rv32ui or privilege, or a test, such as rv32ui/add (default: all)",
    )
    test.add_argument(
        "--on",
        choices=("golden", "rtl"),
        default="golden",
        help="the model, or the generated circuit and the model beside it (default: %(default)s)",
    )
    for action in (run, build):
        for name, what in (("text", "instructions"), ("data", "data")):
            action.add_argument(
                f"--{name}-bytes",
                type=count,
                default=getattr(ProcessorMap, f"{name}_bytes"),
                metavar="N",
                help=f"size of the memory of {what}, a power of two (default: %(default)s)",
            )
    for action in (run, build, test):
        action.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
        )
