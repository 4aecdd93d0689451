"""What pip's own code reads and chooses, for questions that come as JSON lines: files, project, specifier, python."""
import json
import sys

from pip._internal.index.package_finder import LinkEvaluator, LinkType
from pip._internal.models.link import Link
from pip._internal.models.target_python import TargetPython
from pip._internal.models.wheel import Wheel
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.version import InvalidVersion, Version

Wheel.supported = lambda self, tags: True


# Its tags do not count here, and take long to list.
TargetPython.get_tags = TargetPython.get_unsorted_tags = TargetPython.get_sorted_tags = lambda self: []


def evaluator_of(project, python):
    return LinkEvaluator(
        project_name=project,
        canonical_name=project,
        formats=frozenset(["binary", "source"]),
        target_python=TargetPython(py_version_info=tuple(int(part) for part in python.split("."))),
        allow_yanked=True,
    )


def read(link, evaluator):
    kind, detail = evaluator.evaluate_link(link)
    if kind != LinkType.candidate:
        return None
    try:
        return Version(detail)
    except InvalidVersion:
        return None


def choose(question):
    specifiers = SpecifierSet(question["specifier"])
    candidates = []
    evaluator = evaluator_of(question["project"], question["python"])
    for given in question["files"]:
        link = Link.from_json(given, "https://index.example.org/")
        version = None if link is None else read(link, evaluator)
        if version is not None:
            candidates.append((version, link))
    fitting = set(specifiers.filter([str(version) for version, _ in candidates], prereleases=None))
    candidates = [one for one in candidates if str(one[0]) in fitting]
    # As in resolution/resolvelib/factory.py.
    pinned = any(
        s.operator == "===" or (s.operator == "==" and not s.version.endswith(".*")) for s in specifiers
    )
    all_yanked = all(link.is_yanked for _, link in candidates)
    for version, link in sorted(candidates, key=lambda one: one[0], reverse=True):
        if not link.is_yanked or (all_yanked and pinned):
            return str(version)
    return None


# Whether a range takes what is early where it admits nothing else: since packaging 26.
print(json.dumps(list(SpecifierSet(">=1").filter(["1.5rc1"])) != []))
for line in sys.stdin:
    print(json.dumps(choose(json.loads(line))))
