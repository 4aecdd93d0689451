/** `slipway_env/_finding.py`: the rules of `find-installed.ts`, in Python. */
export const PYTHON_FINDING = String.raw`"""Which installed version a request means."""
import json
import os
import re
import sys


def find(request):
    key, rule = request["key"], request["rule"]
    if rule is not None and rule.startswith("/"):
        return folder_at(key, rule, request["asker"])
    installed = []
    for root in roots():
        state = read_json(os.path.join(root, "pypi", key, ".current", "state.json"))
        if state is None:
            continue
        if state["format"] != 2:
            raise ImportError("%s was written by another version of slipway" % root)
        usable = [(entry, build) for entry in state["versions"] for build in builds_for(entry, request)[:1]]
        found = pick(usable, state["live"], rule)
        if found is not None:
            entry, build = found
            folder = os.path.join(root, "pypi", key, "installed", build["folder"])
            return folder_at(key, folder, request["asker"])
        versions = ", ".join(entry["version"] + other_python(entry) for entry in state["versions"])
        installed.append("%s in %s" % (versions, root))
    raise ImportError(
        "%s asks for %s on %s, which is not installed; installed is %s; to get it: %s"
        % (
            (request["asker"], said(request), sys.implementation.cache_tag)
            + ("; ".join(installed) or "nothing of it", get_command(request))
        )
    )


def other_python(entry):
    tags = [build["interpreter"] for build in entry["builds"]]
    return "" if sys.implementation.cache_tag in tags else " for " + " and ".join(tags)


def builds_for(entry, request):
    return [
        build
        for build in entry["builds"]
        if build["interpreter"] == sys.implementation.cache_tag and set(request["extras"]) <= set(build["extras"])
    ]


def pick(usable, live, rule):
    if rule is None:
        found = [one for one in usable if one[0]["version"] == live]
    else:
        exact = [one for one in usable if plain(one[0]["version"]) == plain(rule)]
        series = numbers_of(rule)
        is_full = series is None or (exact and len(series[1]) > 2)
        found = exact if is_full else [one for one in usable if in_series(one[0]["version"], series)]
    accepted = [one for one in found if one[0]["standing"] == "accepted"]
    return (accepted or found or [None])[-1]


def folder_at(key, path, asker):
    folder = os.path.realpath(path)
    if not os.path.isdir(folder):
        raise ImportError("%s asks for %s at %s, which is no folder" % (asker, key, path))
    made = read_json(os.path.join(folder, "slipway-installed.json"))
    if made and made["interpreter"] != sys.implementation.cache_tag:
        raise ImportError(
            "%s asks for %s %s, which was installed for %s, but this is %s"
            % (asker, key, made["version"], made["interpreter"], sys.implementation.cache_tag)
        )
    return {
        "name": key,
        "version": made and made["version"],
        "folder": folder,
        "modules": os.path.join(folder, "lib") if made else folder,
        "extras": made["extras"] if made else [],
        "contents": made["contents"] if made else {},
        "imports": made["imports"] if made else {},
        "has_path_files": bool(made and made["hasPathFiles"]),
        "asker": asker,
    }


def answers(held, request):
    rule = request["rule"]
    if held["name"] == request["key"] and not set(request["extras"]) <= set(held["extras"]):
        return False
    if rule is None:
        return True
    if rule.startswith("/"):
        return os.path.realpath(rule) == held["folder"]
    if held["version"] is None:
        return False
    series = numbers_of(rule)
    return plain(held["version"]) == plain(rule) or (series is not None and in_series(held["version"], series))


def numbers_of(rule):
    found = re.match(r"^v?(?:(\d+)!)?(\d+(?:\.\d+)*)$", rule)
    return found and (int(found.group(1) or 0), [int(part) for part in found.group(2).split(".")])


def in_series(version, series):
    final = re.match(r"^(?:(\d+)!)?(\d+(?:\.\d+)*)(?:\.post\d+)?(?:\+.*)?$", version)
    if final is None:
        return False
    epoch, wanted = series
    have = [int(part) for part in final.group(2).split(".")]
    have += [0] * (len(wanted) - len(have))
    return int(final.group(1) or 0) == epoch and have[: len(wanted)] == wanted


def plain(version):
    text, plus, local = version.strip().lower().partition("+")
    release = re.match(r"^v?(?:0+!)?((?:\d+!)?)(\d+(?:\.\d+)*?)(?:\.0+)*((?:[^\d.].*|\.(?:post|dev).*)?)$", text)
    if release is None:
        return text + plus + local
    base = release.group(1) + ".".join(str(int(part)) for part in release.group(2).split(".")) + release.group(3)
    return base + plus + local.replace("-", ".").replace("_", ".")


def module_of(name, choice):
    plain = name.replace("-", "_")
    imports = choice["imports"].get(choice["name"], [])
    return imports[0] if len(imports) == 1 and not covers(imports, plain) else plain


def key_of(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def key_for(name, request, chosen):
    """The package that a name means: its own, or that of a module in it, such as acme.one.part or yaml."""
    parts = name.split(".")
    keys = [key_of(".".join(parts[:length])) for length in range(len(parts), 0, -1)]
    for key in keys:
        if key in chosen:
            return key
        imports = imports_of(key)
        # A package of that name need not be the one with the module: flask-json has no flask.json.
        if imports is not None and (len(parts) == 1 or covers(imports, name)):
            return key
    for choice in chosen.values():
        for key, imports in sorted(choice["imports"].items()):
            if covers(imports, name):
                return key
    for key in installed_keys():
        if covers(imports_of(key) or [], name):
            return key
    return keys[0] if imports_of(keys[0]) is not None else keys[-1]


def imports_of(key):
    """What one of the installed versions of a package is imported as; None where none is installed for this Python."""
    for root in roots():
        state = read_json(os.path.join(root, "pypi", key, ".current", "state.json")) or {"versions": []}
        for entry in reversed(state["versions"]):
            for build in builds_for(entry, {"extras": []}):
                folder = os.path.join(root, "pypi", key, "installed", build["folder"])
                made = read_json(os.path.join(folder, "slipway-installed.json")) or {"imports": {}}
                return made["imports"].get(key, [])
    return None


def installed_keys():
    for root in roots():
        folder = os.path.join(root, "pypi")
        yield from sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def covers(imports, name):
    return any(name == one or name.startswith(one + ".") for one in imports)


def said(request):
    chosen = "[%s]" % ",".join(request["extras"]) if request["extras"] else ""
    return request["key"] + chosen + ("" if request["rule"] is None else " " + request["rule"])


def get_command(request):
    chosen = "[%s]" % ",".join(request["extras"]) if request["extras"] else ""
    rule = "" if request["rule"] is None else "@" + request["rule"]
    return "slipway env install pypi:%s%s%s --root %s" % (request["key"], chosen, rule, roots()[0])


def roots():
    """PYTHONPATH, with the root that this module lies in; the interpreter's, the user's, the system's folders."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    named = os.environ.get("SLIPWAY_ENV_PATH", "").split(os.pathsep)
    path = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if is_root(entry)]
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    places = [os.path.join(place, "slipway-env") for place in (os.path.join(sys.prefix, "share"), data, "/usr/local/share")]
    roots = [own] + [entry for entry in named if entry] + path + places
    return list(dict.fromkeys(roots))


def is_root(entry):
    return entry != "" and os.path.isdir(os.path.join(entry, ".slipway"))


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
`
