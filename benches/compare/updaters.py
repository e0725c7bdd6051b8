"""Compares what becomes of projects when their template moves on: firstlight, copier, cruft.

`make compare-updaters` runs it; it prints two tables in Markdown.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from scenarios import BASE, EXECUTABLE, SCENARIOS, added
from tools import NAME, Copier, Cruft, Firstlight, commit, read, run, write

ROUNDS = 7

# What the newer template of a whole service adds to a quarter of its files.
NEWER = b"// A line of the newer template."


def edited(files, edits):
    """Returns files after edits."""
    files = dict(files)
    for edit in edits:
        edit(files)
    return files


def prepare(tool, folder, versions, edits, repository=True, committed=True):
    """Makes a template and a project of its first version, with edits by its owner."""
    template = folder / "template"
    project = folder / "project" / NAME
    project.parent.mkdir(parents=True)
    tool.template(template, versions)
    tool.create(template, project)
    if repository:
        commit(project, "Created")
    write(project, edited(read(project), edits))
    if repository and committed:
        commit(project, "Edited")
    if not repository:
        shutil.rmtree(project / ".git", ignore_errors=True)
    return template, project


def found(files, path, expected):
    """Tells whether something is in a file, or with no path in any; not in what tools keep."""
    if expected == EXECUTABLE:
        return any(executable for _, executable in files.values())
    places = [path] if path else [path for path in files if not path.startswith(".firstlight/")]
    return any(expected in files.get(place, (b"", False))[0] for place in places)


def outcome(scenario, code, before, after):
    """Says in a few words what became of both edits; the second value is whether that is right."""
    if before == after and code != 0 and not scenario.conflict:
        return f"refused, exit {code}", True
    for whose, path, expected in scenario.expected:
        if not found(after, None, expected):
            return f"{whose} is gone, exit {code}", False
        if not found(after, path, expected):
            return f"{whose} is in the wrong file, exit {code}", False
    if scenario.conflict:
        return f"conflict, exit {code}", code != 0
    marked = any(b"<<<<<<<" in contents for contents, _ in after.values())
    rejected = any(path.endswith(".rej") for path in after)
    if marked or rejected:
        return f"conflict, exit {code}", False
    return f"both, exit {code}", code == 0


def scenario_row(tools, scenario):
    """Runs a scenario through every tool."""
    cells = []
    for tool in tools:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            versions = [BASE, edited(BASE, scenario.theirs)]
            template, project = prepare(tool, folder, versions, scenario.ours,
                                        scenario.repository, scenario.committed)
            before = read(project)
            code, said = tool.update(template, project, folder)
            words, right = outcome(scenario, code, before, read(project))
            cells.append(words if right else f"**{words}**")
            print(f"--- {tool.name}: {scenario.title}: {words}\n{said}", file=sys.stderr)
    return scenario.title, cells


def drift_row(tools):
    """Asks every tool about an edit by the owner, with no newer template."""
    cells = []
    for tool in tools:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            template, project = prepare(tool, folder, [BASE], SCENARIOS[0].ours)
            code, said = tool.drift(template, project, folder)
            told = code != 0 and "app.txt" in said
            cells.append(f"told, exit {code}" if told else f"**not told, exit {code}**")
    return "is an edit of yours reported?", cells


def undo_row(tools):
    """Takes an update with a conflict back, in a project without git."""
    cells = []
    scenario = next(each for each in SCENARIOS if each.conflict)
    for tool in tools:
        if tool.undo is None:
            cells.append("**no such command**")
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            versions = [BASE, edited(BASE, scenario.theirs)]
            template, project = prepare(tool, folder, versions, scenario.ours, repository=False)
            before = read(project)
            tool.update(template, project, folder)
            code, _ = tool.undo(project, folder)
            same = read(project) == before
            cells.append(f"to the byte, exit {code}" if same else f"**not whole, exit {code}**")
    return "can the update be taken back?", cells


def times(tools, service):
    """Updates a whole service with every tool in turns; returns the seconds by tool and round."""
    first = {
        path: (contents.replace(b"user-service", b"@NAME@") if path == "README.md" else contents,
               executable)
        for path, (contents, executable) in read(service).items()
        if not path.startswith((".firstlight/", "target/"))
    }
    second = dict(first)
    for path in [path for path in first if path.startswith("src/")][::4]:
        contents, executable = first[path]
        second[path] = (contents + b"\n" + NEWER + b"\n", executable)
    seconds = {tool.name: [] for tool in tools}
    mine = [added("src/mine.rs", b"// Mine.\n")]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prepared = {
            tool.name: prepare(tool, folder / tool.name, [first, second], mine) for tool in tools
        }
        for _ in range(ROUNDS):
            for tool in tools:
                template, project = prepared[tool.name]
                copy = folder / "copy" / NAME
                shutil.copytree(project, copy, symlinks=True)
                began = time.perf_counter()
                code, said = tool.update(template, copy, folder)
                seconds[tool.name].append(time.perf_counter() - began)
                if code != 0 or not found(read(copy), None, NEWER):
                    raise RuntimeError(f"{tool.name} did not update, exit {code}:\n{said}")
                shutil.rmtree(copy)
    return len(first), seconds


def table(head, rows):
    """Prints a table."""
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for title, cells in rows:
        print(f"| {title} | {' | '.join(cells)} |")
    print()


def main():
    """Runs everything with the program and on the service that the arguments name."""
    program, service = sys.argv[1:]
    tools = [Firstlight(program), Copier(), Cruft()]
    rows = [scenario_row(tools, scenario) for scenario in SCENARIOS]
    table(["", *(tool.name for tool in tools)], [*rows, drift_row(tools), undo_row(tools)])

    files, seconds = times(tools, Path(service))
    base = seconds[tools[0].name]
    rows = []
    for name, taken in seconds.items():
        ratios = [other / own for other, own in zip(taken, base)]
        spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
        rows.append((name, [f"{statistics.median(ratios):.1f} ({spread})"]))
    table([f"`update` of a service of {files} files", f"firstlight = 1, {ROUNDS} rounds"], rows)


if __name__ == "__main__":
    main()
