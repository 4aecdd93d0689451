/**
 * `slipway_env.py`, as it is placed in a root: finds and imports a version by the rules of `find-installed.ts`.
 * It reads what `env` wrote and changes nothing. Python 3.8 and newer, standard library only.
 */
export const PYTHON_MODULE = String.raw`"""Imports one of several installed versions of a package. Placed here by "slipway env".

    import slipway_env
    demo_lib = slipway_env.require("demo_lib", "1.2")

"1" means any 1.*, "1.2" means 1.2.*, a full version means itself, no version means the live one.
"""
import importlib
import json
import os
import re
import sys
import threading

__all__ = ["require"]

_lock = threading.RLock()
_chosen = {}


def require(name, version=None, module=None):
    """Imports a package in the version asked for and returns the module.

    module: the name to import where it differs from the package's, such as "yaml" of PyYAML.
    Raises ImportError when nothing matches, or when this process has another version already;
    the message names who asked for that one.
    """
    frame = sys._getframe(1)
    asker = "%s:%d" % (frame.f_code.co_filename, frame.f_lineno)
    key = _normal(name)
    with _lock:
        choice, is_new = _choose(key, None if version is None else str(version), asker)
        try:
            return importlib.import_module(module or _module_of(name, choice))
        except BaseException:
            if is_new:
                _chosen.pop(key, None)
                sys.path.remove(choice["modules"])
            raise


def _choose(key, rule, asker):
    held = _chosen.get(key) or _brought(key)
    if held is not None:
        if _answers(held, rule):
            return held, False
        raise ImportError(
            "%s asks for %s, but %s asked for %s %s before and one process holds one version"
            % (asker, _said(key, rule), held["asker"], key, held["version"] or held["folder"])
        )
    choice = _find(key, rule, asker)
    _refuse_clash(choice)
    _chosen[key] = choice
    sys.path.insert(0, choice["modules"])
    importlib.invalidate_caches()
    return choice, True


def _brought(key):
    """A package that came along with one that was chosen."""
    for choice in _chosen.values():
        version = choice["contents"].get(key)
        if version is not None:
            asker = "%s (by way of %s)" % (choice["asker"], choice["name"])
            return dict(choice, version=version, asker=asker, imports=[])
    return None


def _refuse_clash(choice):
    for other in _chosen.values():
        for name, version in sorted(choice["contents"].items()):
            held = other["contents"].get(name, version)
            if held != version:
                raise ImportError(
                    "two versions of %s in one process: %s asks for %s %s with %s, %s asked for %s %s with %s"
                    % (
                        (name, choice["asker"], choice["name"], choice["version"], version)
                        + (other["asker"], other["name"], other["version"], held)
                    )
                )
    for top in choice["imports"]:
        loaded = sys.modules.get(top)
        place = getattr(loaded, "__file__", None)
        if place is not None and not os.path.realpath(place).startswith(choice["modules"] + os.sep):
            raise ImportError(
                "%s asks for %s %s, but %s was imported from %s before"
                % (choice["asker"], choice["name"], choice["version"], top, place)
            )


def _find(key, rule, asker):
    if rule is not None and rule.startswith("/"):
        return _folder(key, rule, asker)
    installed = []
    for root in _roots():
        state = _json(os.path.join(root, "pypi", key, ".current", "state.json"))
        if state is None:
            continue
        for entry in reversed(state["versions"]):
            if entry["version"] == state["live"] if rule is None else _matches(entry["version"], rule):
                folder = os.path.join(root, "pypi", key, "installed", entry["folder"])
                return _folder(key, folder, asker)
        versions = ", ".join(entry["version"] for entry in state["versions"])
        installed.append("%s in %s" % (versions, root))
    raise ImportError(
        "%s asks for %s, which is not installed; installed is %s; to get it: slipway env install %s --root %s"
        % (
            (asker, _said(key, rule), "; ".join(installed) or "nothing of it")
            + ("pypi:" + key + ("" if rule is None else "@" + rule), _roots()[0])
        )
    )


def _folder(key, path, asker):
    folder = os.path.realpath(path)
    if not os.path.isdir(folder):
        raise ImportError("%s asks for %s at %s, which is no folder" % (asker, key, path))
    made = _json(os.path.join(folder, "slipway-installed.json"))
    return {
        "name": key,
        "version": made and made["version"],
        "folder": folder,
        "modules": os.path.join(folder, "lib") if made else folder,
        "contents": made["contents"] if made else {},
        "imports": made["imports"] if made else [],
        "asker": asker,
    }


def _answers(held, rule):
    if rule is None:
        return True
    if rule.startswith("/"):
        return os.path.realpath(rule) == held["folder"]
    return held["version"] is not None and _matches(held["version"], rule)


def _matches(version, rule):
    if re.match(r"^v?\d+(\.\d+)?$", rule):
        final = re.match(r"^(\d+)(?:\.(\d+))?(?:\.\d+)*(?:\.post\d+)?(?:\+.*)?$", version)
        wanted = [int(part) for part in rule.lstrip("v").split(".")]
        return bool(final) and [int(final.group(1)), int(final.group(2) or 0)][: len(wanted)] == wanted
    return _plain(version) == _plain(rule)


def _plain(version):
    text, plus, local = version.strip().lower().partition("+")
    release = re.match(r"^v?((?:\d+!)?\d+(?:\.\d+)*?)(?:\.0)*((?:[^\d.].*|\.(?:post|dev).*)?)$", text)
    base = release.group(1) + release.group(2) if release else text
    return base + plus + local.replace("-", ".").replace("_", ".")


def _module_of(name, choice):
    plain = name.replace("-", "_")
    imports = choice["imports"]
    return imports[0] if len(imports) == 1 and plain not in imports else plain


def _normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def _said(key, rule):
    return key if rule is None else "%s %s" % (key, rule)


def _roots():
    own = os.path.dirname(os.path.abspath(__file__))
    path = [entry for entry in os.environ.get("SLIPWAY_ENV_PATH", "").split(os.pathsep) if entry]
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    places = [os.path.join(sys.prefix, "share"), data, "/usr/local/share"]
    return [own] + path + [os.path.join(place, "slipway-env") for place in places]


def _json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _take_choices():
    """What "slipway env run --with" chose for this process."""
    for given in json.loads(os.environ.get("SLIPWAY_ENV_WITH") or "[]"):
        if given["ecosystem"] == "pypi":
            choice = _folder(given["name"], given["folder"], given["asker"])
            _chosen[given["name"]] = choice


_take_choices()
`
