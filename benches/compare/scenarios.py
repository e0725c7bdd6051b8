"""What happens to projects: each scenario is an edit by their owner and one by the template's."""

from dataclasses import dataclass, field
from typing import Callable

PROSE = "".join(f"line {number}\n" for number in range(1, 41)).encode()


def text(contents, executable=False):
    """Returns a file of a template or a project."""
    return contents, executable


# The small template that scenarios start from.
BASE = {
    "README.md": text(b"# @NAME@\n\nA service.\n"),
    "app.txt": text(PROSE),
    "legacy.txt": text(PROSE.replace(b"line", b"legacy")),
    "before.txt": text(PROSE.replace(b"line", b"moved")),
    "logo.bin": text(b"\0\1logo of the template\0"),
    "run.sh": text(b"#!/bin/sh\nexit 0\n"),
    ".gitignore": text(b"target\n"),
}


def changed(path, old, new):
    """Returns an edit that replaces text in a file."""

    def apply(files):
        contents, executable = files[path]
        assert old in contents, (path, old)
        files[path] = (contents.replace(old, new), executable)

    return apply


def added(path, contents):
    """Returns an edit that adds a file."""
    return lambda files: files.update({path: text(contents)})


def removed(path):
    """Returns an edit that removes a file."""
    return lambda files: files.pop(path)


def moved(old, new):
    """Returns an edit that renames a file."""
    return lambda files: files.update({new: files.pop(old)})


def converted(path):
    """Returns an edit that gives a file the line endings of Windows."""
    return changed(path, b"\n", b"\r\n")


def made_executable(path):
    """Returns an edit that sets the executable bit."""
    return lambda files: files.update({path: (files[path][0], True)})


@dataclass
class Scenario:
    """An edit by the owner of the project, one by the owner of the template, and what must be."""

    title: str
    ours: list[Callable]
    theirs: list[Callable]
    # What has to be found in the project afterwards, as (whose, path or None for anywhere, bytes).
    expected: list[tuple] = field(default_factory=list)
    # Whether nobody but the owner can decide: then the exit code has to say so.
    conflict: bool = False
    repository: bool = True
    committed: bool = True


# Expected in place of contents: a file that may be run.
EXECUTABLE = object()

YOURS, THEIRS = "your edit", "the template's edit"

SCENARIOS = [
    Scenario(
        "other lines of one file",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [changed("app.txt", b"line 30\n", b"line 30, newer\n")],
        [(YOURS, "app.txt", b"line 5, mine\n"), (THEIRS, "app.txt", b"line 30, newer\n")],
    ),
    Scenario(
        "neighbouring lines of one file",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [changed("app.txt", b"line 7\n", b"line 7, newer\n")],
        [(YOURS, "app.txt", b"line 5, mine\n"), (THEIRS, "app.txt", b"line 7, newer\n")],
    ),
    Scenario(
        "the same line, the same way",
        [changed("app.txt", b"line 5\n", b"line 5, newer\n")],
        [changed("app.txt", b"line 5\n", b"line 5, newer\n")],
        [(YOURS, "app.txt", b"line 4\nline 5, newer\nline 6\n")],
    ),
    Scenario(
        "the same line, differently",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [changed("app.txt", b"line 5\n", b"line 5, newer\n")],
        [(YOURS, None, b"line 5, mine\n"), (THEIRS, None, b"line 5, newer\n")],
        conflict=True,
    ),
    Scenario(
        "you edit what the template removes",
        [changed("legacy.txt", b"legacy 5\n", b"legacy 5, mine\n")],
        [removed("legacy.txt")],
        [(YOURS, None, b"legacy 5, mine\n")],
        conflict=True,
    ),
    Scenario(
        "you remove what the template edits",
        [removed("legacy.txt")],
        [changed("legacy.txt", b"legacy 5\n", b"legacy 5, newer\n")],
        [(THEIRS, None, b"legacy 5, newer\n")],
        conflict=True,
    ),
    Scenario(
        "you edit what the template renames",
        [changed("before.txt", b"moved 5\n", b"moved 5, mine\n")],
        [
            moved("before.txt", "after.txt"),
            changed("after.txt", b"moved 30\n", b"moved 30, newer\n"),
        ],
        [(YOURS, "after.txt", b"moved 5, mine\n"), (THEIRS, "after.txt", b"moved 30, newer\n")],
    ),
    Scenario(
        "a new file where you have one",
        [added("notes.txt", b"my notes\n")],
        [added("notes.txt", b"newer notes\n")],
        [(YOURS, None, b"my notes\n"), (THEIRS, None, b"newer notes\n")],
        conflict=True,
    ),
    Scenario(
        "a binary file, edited by both",
        [changed("logo.bin", b"logo of the template", b"logo of mine")],
        [changed("logo.bin", b"logo of the template", b"newer logo")],
        [(YOURS, None, b"logo of mine"), (THEIRS, None, b"newer logo")],
        conflict=True,
    ),
    Scenario(
        "you use other line endings",
        [converted("app.txt")],
        [changed("app.txt", b"line 30\n", b"line 30, newer\n")],
        [(YOURS, "app.txt", b"line 5\r\nline 6\r\n"), (THEIRS, "app.txt", b"line 30, newer\r\n")],
    ),
    Scenario(
        "the template sets an executable bit",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [made_executable("run.sh")],
        [(YOURS, "app.txt", b"line 5, mine\n"), (THEIRS, None, EXECUTABLE)],
    ),
    Scenario(
        "edits that are not committed",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [changed("app.txt", b"line 30\n", b"line 30, newer\n")],
        [(YOURS, "app.txt", b"line 5, mine\n"), (THEIRS, "app.txt", b"line 30, newer\n")],
        committed=False,
    ),
    Scenario(
        "a project without git",
        [changed("app.txt", b"line 5\n", b"line 5, mine\n")],
        [changed("app.txt", b"line 30\n", b"line 30, newer\n")],
        [(YOURS, "app.txt", b"line 5, mine\n"), (THEIRS, "app.txt", b"line 30, newer\n")],
        repository=False,
    ),
]
