#!/bin/sh
# What the tests need beside wheels: a second simulator, SPICE, a browser for the report, compilers,
# that of the processor's programs among them, and an emulator that knows its instructions.
# Comes before the wheels: one of them is compiled against SPICE.
# Installs them through apt where it may; else names what is missing and stops.
set -eu

missing=""
need() { # program package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need iverilog iverilog
need chromium chromium
need g++ g++
need gcc gcc
need make make
need riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
need qemu-riscv32 qemu-user
echo '#include <ngspice/sharedspice.h>' | cc -E -xc - >/dev/null 2>&1 ||
    missing="$missing libngspice0-dev"

[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian packages:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "axocell: the tests need these packages, please install them:$missing" >&2
echo "         (Debian: sudo apt-get install$missing)" >&2
exit 1
