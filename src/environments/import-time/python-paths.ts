/** `slipway_env/_paths.py`: what a choice means for the module path. */
export const PYTHON_PATHS = `"""The module path of this process and of its children."""
import json
import os
import re
import site
import sys

from ._finding import folder_at


def enter(choice):
    """Puts a version first on the module path, and right behind it what its .pth files name."""
    lib = choice["modules"]
    if lib in sys.path:
        sys.path.remove(lib)
    sys.path.insert(0, lib)
    if choice["has_path_files"]:
        before = list(sys.path)
        site.addsitedir(lib)
        added = [entry for entry in sys.path if entry not in before]
        sys.path[:] = [lib] + added + before[1:]


def widen_namespaces(choice):
    """Older namespaces compute where they look once, when they are imported; newer ones by themselves."""
    for name in {module for modules in choice["imports"].values() for module in modules if "." in module}:
        parent = sys.modules.get(name.rpartition(".")[0])
        if isinstance(getattr(parent, "__path__", None), list):
            import pkgutil

            parent.__path__ = pkgutil.extend_path(parent.__path__, parent.__name__)


def tell_children(chosen, newest):
    """Processes that this one starts find the same modules, and the same versions where they ask."""
    held = [{key: one[key] for key in ("name", "folder", "asker")} for one in chosen]
    os.environ["SLIPWAY_ENV_HELD"] = json.dumps(held)
    start = [os.path.join(newest["folder"], "start")] if newest["has_path_files"] else []
    entries = start + [newest["modules"]]
    entries += [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry and entry not in entries]
    os.environ["PYTHONPATH"] = os.pathsep.join(entries)


def choices_of_the_run():
    """What "slipway env run --with" chose for this process and its children; nothing else will do here."""
    given = json.loads(os.environ.get("SLIPWAY_ENV_WITH") or "[]")
    python = [one for one in given if one["ecosystem"] == "pypi"]
    return {one["name"]: folder_at(one["name"], one["folder"], one["asker"]) for one in python}


def inherited():
    """What the process that started this one asked for: a child may ask for something else."""
    return {one["name"]: one for one in json.loads(os.environ.get("SLIPWAY_ENV_HELD") or "[]")}


def is_standard(place):
    folder = os.path.dirname(os.__file__) + os.sep
    return place.startswith(folder) and not re.match(r"(site|dist)-packages", place[len(folder) :])


def version_at(place, module, name):
    """The version of a distribution that a module was loaded from, by the metadata beside it."""
    import importlib.metadata

    depth = module.count(".") + (1 if os.path.basename(place).startswith("__init__.") else 0)
    for _ in range(depth + 1):
        place = os.path.dirname(place)
    for found in importlib.metadata.Distribution.discover(name=name, path=[place]):
        return found.version
    return None
`
