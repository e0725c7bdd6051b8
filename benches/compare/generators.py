"""Compares how long generators take to make the same project: `make bench-new` runs it.

It prints a table in Markdown. Every tool has the template in its own format, makes its default
project from a folder on this disk, and has to write the same bytes as firstlight, which does it once
more with the template that is part of it, as its users do. The floor is what firstlight cannot do
without: it reads a project that is finished, packs it and writes it.
"""

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from templates import Template, for_cookiecutter, for_copier
from tools import read, run, write

ROUNDS = 25
NAME = "user-service"

# What all others are compared with: from the folder that cargo-generate has, too, and without one.
OURS = ["firstlight", "firstlight, embedded"]

# What a tool keeps in a project for itself.
OWN = ".firstlight/"


def commands(firstlight, cargo_generate, floor, source, folder):
    """Gives for each tool its command, which makes the project in the folder that comes last."""
    settings = ["--define", "database=sqlite", "--define", "description=A user service",
                "--define", "grpc=true", "--define", "worker=true"]
    config = folder / "cargo-generate-config.toml"
    config.write_text("")
    return {
        "firstlight": lambda place: [
            firstlight, "new", place / NAME, "--yes", "--vcs", "none", "--template", source],
        "firstlight, embedded": lambda place: [
            firstlight, "new", place / NAME, "--yes", "--vcs", "none"],
        "cargo-generate": lambda place: [
            cargo_generate, "generate", "--path", source, "--name", NAME, "--no-fmt", "--silent",
            "--vcs", "none", "--config", config, *settings, "--destination", place],
        "the floor": lambda place: [floor, folder / "finished", place / NAME],
        "copier": lambda place: [
            "copier", "copy", "--defaults", "--quiet", folder / "copier", place / NAME],
        "cookiecutter": lambda place: [
            "cookiecutter", "--no-input", "--output-dir", place, folder / "cookiecutter"],
    }


def make(command, place, home):
    """Makes a project in an empty folder; returns how long it took, in seconds."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    began = time.perf_counter()
    run(*command(place), cwd=home, home=home)
    return time.perf_counter() - began


def made(place):
    """Reads the project that a tool has made."""
    return {path: file for path, file in read(place / NAME).items() if not path.startswith(OWN)}


def check_same(name, ours, theirs):
    """Ends with an error if a tool makes another project."""
    differ = [path for path in sorted({*ours, *theirs}) if ours.get(path) != theirs.get(path)]
    if differ:
        raise RuntimeError(f"{name} makes another project: {', '.join(differ)}")


def main():
    """Runs everything with the programs and the template that the arguments name."""
    firstlight, cargo_generate, floor, source = (Path(each).resolve() for each in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        tools = commands(firstlight, cargo_generate, floor, source, folder)
        place = folder / "made"
        make(tools["firstlight"], place, folder)
        project = made(place)
        template = Template(read(source), project)
        write(folder / "finished", project)
        write(folder / "copier", for_copier(template))
        write(folder / "cookiecutter", for_cookiecutter(template))
        # Not timed: caches are warm, and everybody makes the same.
        for name, command in tools.items():
            make(command, place, folder)
            check_same(name, project, made(place))
        seconds = {name: [] for name in tools}
        # In another order each time: who came before leaves the processor's caches behind, and who takes
        # 15 ms feels that.
        order = random.Random(ROUNDS)
        for _ in range(ROUNDS):
            for name, command in order.sample(list(tools.items()), len(tools)):
                seconds[name].append(make(command, place, folder))
    print(f"| a project of {len(project)} files, {ROUNDS} rounds | firstlight from the folder = 1 "
          "| with the template that is part of it = 1 |\n|---|---|---|")
    for name, taken in seconds.items():
        if name not in OURS:
            print(f"| {name} | {' | '.join(compare(taken, seconds[own]) for own in OURS)} |")
    folder, embedded = (statistics.median(seconds[own]) * 1000 for own in OURS)
    print(f"\nfirstlight took {folder:.1f} ms from the folder, {embedded:.1f} ms without; "
          f"its binary has {os.path.getsize(firstlight) / 2**20:.1f} MiB.")


def compare(others, ours):
    """Gives the median of the ratios within a round, with the least and the greatest."""
    ratios = [other / own for other, own in zip(others, ours)]
    middle, least, greatest = (
        f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"
        for ratio in (statistics.median(ratios), min(ratios), max(ratios)))
    return f"{middle} ({least} to {greatest})"


if __name__ == "__main__":
    main()
