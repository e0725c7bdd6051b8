"""The template of firstlight in the words of other generators, which render the same project."""

import json
import re
import tomllib
from fnmatch import fnmatch

# What the placeholders are in Jinja.
NAMES = {"project-name": "project_name", "crate_name": "project_name | replace('-', '_')"}

MANIFEST = "cargo-generate.toml"
LOCK = "Cargo.lock"


def jinja(text, prefix=""):
    """Translates the tags of a text."""

    def tag(match):
        opening, inside, closing = match.groups()
        # Filters, which Jinja has others of, only cut names that are longer than this one.
        inside = inside.partition("|")[0]
        words = [
            prefix + NAMES.get(word, word) if word in NAMES or word in placeholders else word
            for word in re.split(r'("[^"]*"|[\w-]+)', inside)
        ]
        return opening + "".join(words) + closing

    placeholders = {"database", "description", "grpc", "worker"}
    return re.sub(r"(\{\{|\{%-?)(.*?)(-?%\}|\}\})", tag, text)


class Template:
    """The parts of firstlight's template: its files, and when each is left out."""

    def __init__(self, files, project):
        self.manifest = tomllib.loads(files[MANIFEST][0].decode())
        placeholders = self.manifest["placeholders"]
        self.defaults = {name: each["default"] for name, each in placeholders.items()}
        self.choices = {
            name: each["choices"] for name, each in placeholders.items() if "choices" in each
        }
        self.files = {}
        for path, (contents, executable) in files.items():
            target = path.removesuffix(".liquid")
            if target == LOCK:
                # Where a package goes in it is computed with tags that Jinja lacks. The name is all
                # that is left to render, so that the others have less to do.
                contents = project[LOCK][0].replace(b'"user-service"', b'"{{project-name}}"')
            if target != MANIFEST:
                self.files[target] = (contents, executable, path != target)

    def conditions(self, path):
        """Lists the conditions that leave a file out."""
        return [
            condition
            for condition, rules in self.manifest["conditional"].items()
            if any(path == entry or path.startswith(f"{entry}/") for entry in rules["ignore"])
        ]


def negated(condition):
    """Says in Jinja when a condition of the manifest does not hold."""
    return condition[1:] if condition.startswith("!") else f"not ({condition})"


def for_copier(template):
    """Makes a template for copier: files that are left out have an empty name."""
    questions = {"project_name": {"type": "str", "default": "user-service"}}
    for name, default in template.defaults.items():
        kind = "bool" if isinstance(default, bool) else "str"
        questions[name] = {"type": kind, "default": default}
        if name in template.choices:
            questions[name]["choices"] = template.choices[name]
    made = {"copier.yml": (json.dumps({"_subdirectory": "template", **questions}).encode(), False)}
    for path, (contents, executable, rendered) in template.files.items():
        if rendered:
            contents = jinja(contents.decode()).encode()
        folder, _, name = path.rpartition("/")
        for condition in template.conditions(path):
            name = f"{{% if {negated(condition)} %}}{name}{{% endif %}}"
        name += ".jinja" if rendered else ""
        made["/".join(part for part in ("template", folder, name) if part)] = (contents, executable)
    return made


def for_cookiecutter(template):
    """Makes a template for cookiecutter: a hook removes what is left out."""
    verbatim = [path for path, (*_, rendered) in template.files.items() if not rendered]
    assert not any(fnmatch(path, pattern) for path, (*_, rendered) in template.files.items()
                   if rendered for pattern in verbatim)
    settings = {"project_name": "user-service", **template.defaults}
    settings |= template.choices
    root = "{{ cookiecutter.project_name }}"
    settings["_copy_without_render"] = verbatim
    hook = ["from pathlib import Path", ""]
    made = {"cookiecutter.json": (json.dumps(settings).encode(), False)}
    for path, (contents, executable, rendered) in template.files.items():
        if rendered:
            contents = jinja(contents.decode(), "cookiecutter.").encode()
        made[f"{root}/{path}"] = (contents, executable)
        for condition in template.conditions(path):
            test = jinja(f"{{% if {condition.replace('!', 'not ')} %}}", "cookiecutter.")
            hook.append(f"{test}Path({path!r}).unlink(missing_ok=True){{% endif %}}")
    made["hooks/post_gen_project.py"] = ("\n".join([*hook, ""]).encode(), False)
    return made
