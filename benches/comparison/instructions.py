#!/usr/bin/env python3
"""Counts instructions with callgrind and compares them with those of instructions.txt.

    python3 benches/comparison/instructions.py            compare; exit status 1 if something got slower
    python3 benches/comparison/instructions.py --write    write instructions.txt anew
    python3 benches/comparison/instructions.py --top CASE where the instructions of a case go

Needs valgrind (the package of that name in Debian), a Rust toolchain and Python 3.10 or later, without other packages.

Instructions are as good as the same in every run, unlike time. Each case runs with two numbers of repetitions; the
difference, divided, is what one call takes. Signature mathematics depends on what the processor can do, and on the
signature: of cases with it only the ratio to rustls's own verifier is kept, for the same certificates.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BASELINE = HERE / "instructions.txt"
# What compilers and C libraries change from one release to the next is about as much.
TOLERANCE_OF_COUNTS = 0.05
# The signatures differ from run to run, but not between the sides of a ratio.
TOLERANCE_OF_RATIOS = 0.01
# What is promised of whole verifications without a cache; said, but no failure where it was not met before either.
MOST_COLD_RATIO = 1.02
FEW, MANY = 5, 55
# For a profile: how many calls, and how many lines of it.
CALLS_OF_TOP, TOP = 200, 25

HEADER = """\
# Instructions of one call, by callgrind; with lto = "fat" and codegen-units = 1.
# Lines with "times" are ratios to rustls's own verifier for the same chain.
# Written by: python3 benches/comparison/instructions.py --write
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--write", action="store_true", help="write instructions.txt anew")
    arguments.add_argument("--top", metavar="CASE", help="show where the instructions of a case go")
    options = arguments.parse_args()
    program = build()
    with tempfile.TemporaryDirectory() as directory:
        run(program, "write", directory)
        if options.top:
            print(top(program, directory, options.top))
            return 0
        measured = measure(program, directory)
    if options.write:
        BASELINE.write_text(HEADER + "".join(f"{line(*item)}\n" for item in measured.items()))
        print(f"{BASELINE} written:\n")
        print(BASELINE.read_text(), end="")
        return 0
    return compare(read(BASELINE), measured)


def build():
    command = ["cargo", "build", "--release", "--bin", "one-case", "--message-format", "json"]
    messages = run(*command, cwd=HERE).splitlines()
    executables = [json.loads(message).get("executable") for message in messages]
    return next(executable for executable in reversed(executables) if executable)


def run(*command, **options):
    """The output; the program's own words go to the terminal."""
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
    except FileNotFoundError:
        sys.exit(f"{command[0]} is missing; in Debian: apt-get install {command[0]}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, command))}: exit status {error.returncode}")


def measure(program, directory):
    """By name: a count, or (ratio,)."""
    counts = {}
    for case in run(program, "list").split():
        few, many = (count(program, directory, case, times) for times in (FEW, MANY))
        counts[case] = (many - few) / (MANY - FEW)
        print(f"  {case}: {counts[case]:.0f}", file=sys.stderr)
    measured = {}
    for case, instructions in counts.items():
        keys, _, work = case.partition("-cold-")
        if work:
            measured[case] = (instructions / counts[f"{keys}-rustls"],)
        elif not case.endswith("-rustls"):
            measured[case] = round(instructions)
    return measured


def count(program, directory, case, times):
    profile = pathlib.Path(directory) / "profile"
    callgrind(program, directory, case, times, profile)
    totals = re.search(r"^(?:totals|summary): (\d+)", profile.read_text(), re.MULTILINE)
    if not totals or totals.group(1) == "0":
        sys.exit(f"{case}: callgrind counted nothing; is the function one_case::counted still there?")
    return int(totals.group(1))


def callgrind(program, directory, case, times, profile):
    run(
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        f"--callgrind-out-file={profile}",
        "--collect-atstart=no",
        "--toggle-collect=*one_case*counted*",
        program,
        "run",
        directory,
        case,
        str(times),
    )


def top(program, directory, case):
    """The functions of a case, and whose they are; what was inlined counts as the function it is in."""
    profile = pathlib.Path(directory) / "profile"
    callgrind(program, directory, case, CALLS_OF_TOP, profile)
    functions = own_costs(profile.read_text())
    owners = collections.Counter()
    for name, cost in functions.items():
        owners[owner(name)] += cost
    total = sum(functions.values())
    rows = [f"{case}: {total / CALLS_OF_TOP:.0f} instructions"]
    for counter in owners, functions:
        rows.append("")
        for name, cost in counter.most_common(TOP):
            rows.append(f"{cost / CALLS_OF_TOP:9.0f} {cost / total:6.1%}  {name}")
    return "\n".join(rows)


def own_costs(profile):
    """Instructions by function, without those of the functions that it calls."""
    names, costs = {}, collections.Counter()
    function, of_call = None, False
    for text in profile.splitlines():
        if text.startswith("fn="):
            number, name = re.match(r"fn=\((\d+)\)(?: (.*))?", text).groups()
            if name:
                names[number] = name
            function = number
        elif text.startswith("cfn="):
            number, name = re.match(r"cfn=\((\d+)\)(?: (.*))?", text).groups()
            if name:
                names[number] = name
        elif text.startswith("calls="):
            of_call = True
        elif re.match(r"[+*\-\d]\S* \d+$", text):
            if not of_call:
                costs[function] += int(text.split()[1])
            of_call = False
    named = collections.Counter()
    for number, cost in costs.items():
        named[names[number]] += cost
    return named


def owner(name):
    """The crate of a function."""
    match = re.match(r"<?(?:&|mut |dyn )*(\w+)::", name)
    return match.group(1) if match else name


def line(name, value):
    return f"{name} {value[0]:.4f} times" if isinstance(value, tuple) else f"{name} {value}"


def read(path):
    stored = {}
    for text in path.read_text().splitlines():
        match text.split():
            case [] | ["#", *_]:
                pass
            case [name, value]:
                stored[name] = int(value)
            case [name, value, "times"]:
                stored[name] = (float(value),)
            case _:
                sys.exit(f"{path}: this line has no meaning: {text}")
    return stored


def compare(stored, measured):
    print('\nbuilt with lto = "fat" and codegen-units = 1')
    print(f"{'case':36} {'stored':>10} {'measured':>10} {'change':>8}")
    failed, improved = False, False
    for name in stored | measured:
        if name not in measured or name not in stored:
            print(f"{name:36} {'only in the baseline' if name in stored else 'not in the baseline'}: WRONG")
            failed = True
            continue
        ratio = isinstance(measured[name], tuple)
        before, after = (value[0] if ratio else value for value in (stored[name], measured[name]))
        change = after / before - 1
        tolerance = TOLERANCE_OF_RATIOS if ratio else TOLERANCE_OF_COUNTS
        verdict = ""
        if change > tolerance:
            verdict, failed = "SLOWER", True
        elif change < -tolerance:
            verdict, improved = "faster", True
        if ratio and after > MOST_COLD_RATIO:
            verdict = f"{verdict} (promised: at most {MOST_COLD_RATIO})".strip()
        shown = (f"{value:.4f}x" if ratio else value for value in (before, after))
        print("{:36} {:>10} {:>10} {:+8.2%} {}".format(name, *shown, change, verdict))
    if failed:
        print("\nMore instructions than before, or other cases.", end=" ")
    if improved:
        print("\nFewer than before.", end=" ")
    if failed or improved:
        print("If that is meant to be: python3 benches/comparison/instructions.py --write")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
