/** `slipway_env/_requiring.py`: what this process has chosen, and what it may still choose. */
export const PYTHON_REQUIRING = `"""The versions of this process: one of each package."""
import importlib
import os
import re
import sys
import threading

from ._finding import answers, find, folder_at, key_for, module_of, said
from ._paths import choices_of_the_run, enter, inherited, is_standard, tell_children, version_at, widen_namespaces

_lock = threading.RLock()
_chosen = choices_of_the_run()
_inherited = inherited()


def require_for(asker, name, version, module):
    """What require does, for whoever asks at asker: file and line."""
    plain, _, extras = name.partition("[")
    plain = plain.strip()
    request = {
        "key": "",
        "rule": None if version is None else str(version),
        "extras": sorted(re.sub(r"[-_.]+", "-", one.strip()).lower() for one in extras.rstrip("]").split(",") if one),
        "asker": asker,
    }
    with _lock:
        request["key"] = key_for(plain, request, _chosen)
        choice, is_new = _choose(request)
        try:
            imported = importlib.import_module(module or module_of(plain, choice))
        except BaseException:
            if is_new:
                _chosen.pop(request["key"], None)
                sys.path[:] = [entry for entry in sys.path if entry != choice["modules"]]
            raise
        if is_new:
            tell_children(_chosen.values(), choice)
        return imported


def _choose(request):
    key = request["key"]
    held = _chosen.get(key) or _brought(key)
    if held is not None:
        if not answers(held, request):
            raise ImportError(
                "%s asks for %s, but %s asked for %s %s before and one process holds one version"
                % (request["asker"], said(request), held["asker"], key, held["version"] or held["folder"])
            )
        if held["modules"] not in sys.path:
            enter(held)
        return held, False
    choice = _inherited_choice(request) or find(request)
    _refuse_clash(choice)
    _chosen[key] = choice
    enter(choice)
    importlib.invalidate_caches()
    widen_namespaces(choice)
    return choice, True


def _inherited_choice(request):
    """What the process that started this one has: taken where it answers, no matter what is newest by now."""
    given = _inherited.get(request["key"])
    if given is None or not os.path.isdir(given["folder"]):
        return None
    try:
        choice = folder_at(request["key"], given["folder"], request["asker"])
    except ImportError:
        return None
    if answers(choice, request):
        return choice
    sys.path[:] = [entry for entry in sys.path if entry != choice["modules"]]
    return None


def _brought(key):
    """A package that came along with one that was chosen."""
    for choice in _chosen.values():
        version = choice["contents"].get(key)
        if version is not None:
            asker = "%s (by way of %s)" % (choice["asker"], choice["name"])
            return dict(choice, version=version, asker=asker, name=key)
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
    for name, modules in sorted(choice["imports"].items()):
        for module in modules:
            _refuse_loaded(choice, name, module)


def _refuse_loaded(choice, name, module):
    """What is imported already stays, so it has to be the version that the choice comes with."""
    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None or is_standard(place):
        return
    place = os.path.realpath(place)
    if place.startswith(choice["folder"] + os.sep):
        return
    loaded = version_at(place, module, name)
    wanted = choice["contents"].get(name)
    if loaded is not None and loaded == wanted:
        return
    what = name if name == choice["name"] else "%s, which brings %s" % (choice["name"], name)
    raise ImportError(
        "%s asks for %s %s, but %s%s was imported from %s before and one process holds one version"
        % (choice["asker"], what, wanted, module, " " + loaded if loaded else "", place)
    )
`
