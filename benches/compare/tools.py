"""The tools that are compared, each behind the same few verbs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "demo"
VERSIONS = ("0.1.0", "0.2.0")

# How long a tool may take, in seconds.
LIMIT = 300

# Nothing of the caller's configuration may change the outcome.
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "CI": "true",
    # Some tools make their own copy of a template: in the same file system as all the rest.
    "TMPDIR": tempfile.gettempdir(),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": NAME for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": f"{NAME}@example.com" for who in ("AUTHOR", "COMMITTER")},
}


def expire(*_):
    """Ends the wait for a tool, which is killed then."""
    raise TimeoutError(f"a tool has not ended in {LIMIT} s")


signal.signal(signal.SIGALRM, expire)


def run(*command, cwd, check=True, home=None):
    """Runs a command to its end; returns its exit code and all that it said."""
    environment = {**ENVIRONMENT, "HOME": str(home or cwd)}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        # With a timeout, `run` would look from time to time whether the tool has ended, and sleep for a
        # millisecond in between: a fifteenth of what the fastest takes.
        signal.alarm(LIMIT)
        try:
            done = subprocess.run(
                [str(part) for part in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, check=False,
            )
        finally:
            signal.alarm(0)
        output.seek(0)
        said = output.read()
    if check and done.returncode != 0:
        raise RuntimeError(f"{command} failed with {done.returncode}:\n{said}")
    return done.returncode, said


def read(folder):
    """Reads the files of a folder as path to (bytes, executable), without git's."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o100 != 0)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def write(folder, files):
    """Makes a folder hold exactly these files, given as path to (bytes, executable), and `.git`."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for path, (contents, executable) in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(contents)
        place.chmod(0o755 if executable else 0o644)


def commit(folder, message):
    """Commits all that is in a folder, and makes it a repository if it is none."""
    if not (folder / ".git").exists():
        run("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    run("git", "add", "--all", "--force", cwd=folder)
    run("git", "commit", "--quiet", "--allow-empty", "--message", message, cwd=folder)


def with_name(files, placeholder):
    """Puts a tool's placeholder where a file says `@NAME@`."""
    return {
        path: (contents.replace(b"@NAME@", placeholder.encode()), executable)
        for path, (contents, executable) in files.items()
    }


class Firstlight:
    """firstlight, with the template as a folder for each version."""

    name = "firstlight"

    def __init__(self, program):
        self.program = Path(program).resolve()

    def template(self, folder, versions):
        """Writes the template in all its versions."""
        for version, files in zip(VERSIONS, versions):
            named = [path for path, (contents, _) in files.items() if b"@NAME@" in contents]
            manifest = (
                f"[template]\nfmt = false\ninclude = {json.dumps(named)}\n\n"
                f"[firstlight]\nversion = \"{version}\"\n"
            )
            files = with_name(files, "{{project-name}}")
            files["cargo-generate.toml"] = (manifest.encode(), False)
            write(folder / version, files)

    def create(self, template, project):
        """Makes a project from the first version."""
        run(self.program, "new", project, "--yes", "--vcs", "none",
            "--template", template / VERSIONS[0], cwd=project.parent)

    def update(self, template, project, home):
        """Brings the project to the second version."""
        return run(self.program, "update", "--yes", "--template", template / VERSIONS[1],
                   cwd=project, check=False, home=home)

    def drift(self, template, project, home):
        """Asks what became of the project since."""
        return run(self.program, "status", "--check", "--template", template / VERSIONS[0],
                   cwd=project, check=False, home=home)

    def undo(self, project, home):
        """Takes the update back."""
        return run(self.program, "undo", cwd=project, check=False, home=home)


class Copier:
    """copier, with the template as a repository with a tag for each version."""

    name = "copier"

    def template(self, folder, versions):
        """Writes the template in all its versions."""
        for version, files in zip(VERSIONS, versions):
            named = {path for path, (contents, _) in files.items() if b"@NAME@" in contents}
            files = {
                f"template/{path}.jinja" if path in named else f"template/{path}": file
                for path, file in with_name(files, "{{ name }}").items()
            }
            files["template/{{ _copier_conf.answers_file }}.jinja"] = (
                b"{{ _copier_answers | to_nice_yaml }}", False)
            files["copier.yml"] = (
                f"_subdirectory: template\nname:\n  type: str\n  default: {NAME}\n".encode(), False)
            write(folder, files)
            commit(folder, version)
            run("git", "tag", version, cwd=folder)

    def create(self, template, project):
        """Makes a project from the first version."""
        run("copier", "copy", "--defaults", "--quiet", "--vcs-ref", VERSIONS[0], template, project,
            cwd=project.parent)

    def update(self, template, project, home):
        """Brings the project to the second version."""
        return run("copier", "update", "--defaults", "--vcs-ref", VERSIONS[1], cwd=project,
                   check=False, home=home)

    def drift(self, template, project, home):
        """Asks what became of the project since."""
        return run("copier", "check-update", cwd=project, check=False, home=home)

    undo = None


class Cruft:
    """cruft, with a cookiecutter template as a repository with a tag for each version."""

    name = "cruft"

    def template(self, folder, versions):
        """Writes the template in all its versions."""
        for version, files in zip(VERSIONS, versions):
            root = "{{ cookiecutter.name }}"
            verbatim = [path for path, (contents, _) in files.items() if b"@NAME@" not in contents]
            files = {f"{root}/{path}": file for path, file in with_name(files, root).items()}
            settings = {"name": NAME, "_copy_without_render": verbatim}
            files["cookiecutter.json"] = (json.dumps(settings).encode(), False)
            write(folder, files)
            commit(folder, version)
            run("git", "tag", version, cwd=folder)

    def create(self, template, project):
        """Makes a project from the first version."""
        run("cruft", "create", template, "--no-input", "--checkout", VERSIONS[0],
            "--output-dir", project.parent, cwd=project.parent)

    def update(self, template, project, home):
        """Brings the project to the second version."""
        return run("cruft", "update", "--skip-apply-ask", "--checkout", VERSIONS[1], cwd=project,
                   check=False, home=home)

    def drift(self, template, project, home):
        """Asks what became of the project since."""
        return run("cruft", "diff", "--exit-code", cwd=project, check=False, home=home)

    undo = None
