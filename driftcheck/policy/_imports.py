"""What other tools were told to ignore, as rules.

* Argo CD: `ignoreDifferences` of Applications, ApplicationSets and the ConfigMap argocd-cm,
  https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
* Flux: `driftDetection.ignore` of HelmReleases and `ignore` of Kustomizations,
  https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection
  https://fluxcd.io/flux/components/kustomize/kustomizations/
* kluctl: `ignoreForDiff` of a deployment project,
  https://kluctl.io/docs/kluctl/deployments/deployment-yml/#ignorefordiff
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from driftcheck.codec import yaml_documents
from driftcheck.errors import ManifestError, PolicyError
from driftcheck.model import Field, FieldPath, Item, format_path

_ARGO_SETTINGS = "resource.customizations.ignoreDifferences."
_PLAIN_NAME = re.compile(r"[A-Za-z0-9.-]+")
_GLOB_NAME = re.compile(r"\^?([A-Za-z0-9-]*(?:\.\*)?[A-Za-z0-9-]*)\$?")
_JQ_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)\??
    |\.?\["(?P<quoted>[^"\\]*)"\]\??
    |\.?\[\]\??\s*\|\s*select\(\s*\.(?P<key>[A-Za-z]+)\s*==\s*"(?P<value>[^"\\]*)"\s*\)\s*(?:\|\s*)?
    |(?P<any>\.?\[\]\??)""",
    re.VERBOSE,
)
_JSONPATH_STEP = re.compile(
    r"""(?:^|\.)(?P<name>[A-Za-z_][A-Za-z0-9_/-]*)
    |\[["'](?P<quoted>[^"'\\]*)["']\]
    |(?P<any>\[\*\])""",
    re.VERBOSE,
)


@frozen
class Imported:
    """What became of another tool's rules.

    Args:
        rules: The rules, as a policy's file holds them; their reasons are still to be given.
        lost: What could not be carried over, and why, in sentences.
    """

    rules: tuple[dict[str, Any], ...]
    lost: tuple[str, ...]


def import_rules(data: bytes, *, source: str) -> Imported:
    """Read what another tool was told to ignore.

    Args:
        data: Its YAML or JSON, in one document or many.
        source: The file's name, for messages.

    Returns:
        Rules of the effect `any`, and what they could not say.

    Raises:
        PolicyError: The file is not YAML, or holds nothing that one of these tools ignores.
    """
    try:
        documents = yaml_documents(data, source=source)
    except ManifestError as error:
        raise PolicyError(str(error), hint=error.hint) from None
    importer = _Importer()
    for document in documents:
        importer.read(document)
    if not importer.rules and not importer.lost:
        raise PolicyError(
            f"{source}: nothing here is ignored by Argo CD, Flux or kluctl",
            hint="give an Application, an ApplicationSet, argocd-cm, a HelmRelease, or kluctl's "
            "deployment.yaml",
        )
    return Imported(tuple(importer.rules), tuple(importer.lost))


class _Importer:
    """Gathers rules, and what could not be one."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = []
        self.lost: list[str] = []

    def read(self, document: Any) -> None:
        """Take what a document says is ignored."""
        if not isinstance(document, Mapping):
            return
        if document.get("kind") == "List":
            for item in _list(document.get("items")):
                self.read(item)
            return
        name = _map(document.get("metadata")).get("name", "")
        spec = _map(document.get("spec"))
        if document.get("kind") == "ApplicationSet":
            spec = _map(_map(spec.get("template")).get("spec"))
        whose = f"{document.get('kind', 'kluctl')} {name}".strip()
        for entry in _list(spec.get("ignoreDifferences")):
            self._argo(_map(entry), f"Argo CD {whose}")
        detection = spec if document.get("kind") == "Kustomization" else spec.get("driftDetection")
        for entry in _list(_map(detection).get("ignore")):
            self._flux(_map(entry), f"Flux {whose}")
        for entry in _list(document.get("ignoreForDiff")):
            self._kluctl(_map(entry), "kluctl ignoreForDiff")
        for key, text in _map(document.get("data")).items():
            if key.startswith(_ARGO_SETTINGS) and isinstance(text, str):
                self._argo_setting(key.removeprefix(_ARGO_SETTINGS), text)

    def _argo_setting(self, subject: str, text: str) -> None:
        """An entry of argocd-cm: `all`, or a group and a kind, `apps_Deployment`."""
        group, _, kind = subject.rpartition("_")
        entry = {"group": group, "kind": kind}
        if subject == "all":
            entry = {"group": "*", "kind": "*"}
        for found in yaml_documents(text.encode(), source=f"argocd-cm {subject}"):
            self._argo({**_map(found), **entry}, f"Argo CD argocd-cm {subject}")

    def _argo(self, entry: Mapping[str, Any], whose: str) -> None:
        """An entry of Argo CD's; without a group it speaks of the core group alone.

        https://github.com/argoproj/argo-cd/blob/master/util/argo/normalizers/diff_normalizer.go
        """
        match = self._match({"group": "", **entry}, whose)
        for pointer in _list(entry.get("jsonPointers")):
            self._add(match, pointer, _pointer_path, whose)
        for expression in _list(entry.get("jqPathExpressions")):
            self._add(match, expression, _jq_path, whose)
        for manager in _list(entry.get("managedFieldsManagers")):
            self._lose(whose, f"fields of the manager {manager}", "name the fields instead")

    def _flux(self, entry: Mapping[str, Any], whose: str) -> None:
        """An entry of Flux's, whose target tells by anchored regular expressions.

        https://pkg.go.dev/github.com/fluxcd/pkg/ssa/jsondiff#SelectorRegex
        """
        target = _map(entry.get("target"))
        match = self._match(target, whose)
        for key, text in match.items():
            glob = _PLAIN_NAME.fullmatch(text) or _GLOB_NAME.fullmatch(text)
            if not glob:
                self._lose(whose, f"the {key} {text}", "a regular expression is no glob")
                return
            match[key] = glob[glob.lastindex or 0].replace(".*", "*")
        if "version" in target:
            self._lose(whose, f"version {target['version']}", "rules hold for every version")
        if "labelSelector" in target:
            match["labels"] = str(target["labelSelector"])
        if "annotationSelector" in target:
            self._lose(whose, "annotationSelector", "rules select by labels")
            return
        for pointer in _list(entry.get("paths")):
            self._add(match, pointer, _pointer_path, whose)

    def _kluctl(self, entry: Mapping[str, Any], whose: str) -> None:
        match = self._match(entry, whose)
        for path in _list(entry.get("fieldPath")):
            self._add(match, path, _json_path, whose)
        for path in _list(entry.get("fieldPathRegex")):
            self._lose(whose, f"fieldPathRegex {path}", "write it as a path with ** and *")
        if "fieldPath" not in entry and "fieldPathRegex" not in entry:
            self._lose(whose, "an entry without fieldPath", "kluctl takes none")

    def _match(self, entry: Mapping[str, Any], whose: str) -> dict[str, str]:
        """Which objects are meant; a namespace is the environment's matter."""
        if entry.get("namespace"):
            self._lose(whose, f"namespace {entry['namespace']}", "rules hold in every environment")
        match = {key: str(entry[key]) for key in ("group", "kind", "name") if key in entry}
        return {
            key: value for key, value in match.items() if value != "*" and (value or key == "group")
        }

    def _add(
        self,
        match: Mapping[str, str],
        text: Any,
        read: Callable[[str], str | None],
        whose: str,
    ) -> None:
        path = read(text) if isinstance(text, str) else None
        if path is None:
            self._lose(whose, f"the path {text}", "say it as findings print it")
            return
        self.rules.append(
            {
                "id": f"imported-{len(self.rules) + 1}",
                **({"match": dict(match)} if match else {}),
                **({"path": path} if path else {}),
                "effect": "any",
                "reason": f"TODO: say why this may differ (ignored by {whose})",
            }
        )

    def _lose(self, whose: str, what: str, why: str) -> None:
        self.lost.append(f"{whose}: {what} is not carried over: {why}")


def _pointer_path(pointer: str) -> str | None:
    """A JSON Pointer as a path that takes in what is below; None where it counts items.

    https://www.rfc-editor.org/rfc/rfc6901
    """
    if not pointer:
        return ""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if not pointer.startswith("/") or any(
        part.isdigit() or part in ("", "-", "*") for part in parts
    ):
        return None
    return f"{format_path(tuple(Field(part) for part in parts))}**"


def _jq_path(expression: str) -> str | None:
    """The simple jq paths: fields, any item, and items selected by a field."""
    return _stepwise(expression.strip(), _JQ_STEP)


def _json_path(text: str) -> str | None:
    """The simple JSONPaths: fields and any item."""
    return _stepwise(text.strip().removeprefix("$").removeprefix("."), _JSONPATH_STEP)


def _stepwise(text: str, step: re.Pattern[str]) -> str | None:
    written, end = "", 0
    while end < len(text):
        found = step.match(text, end)
        if found is None or found.end() == end:
            return None
        written = _joined(written, found)
        end = found.end()
    return f"{written}**" if written else None


def _joined(written: str, found: re.Match[str]) -> str:
    named = found.groupdict()
    if named.get("any"):
        return f"{written}[*]"
    if named.get("key"):
        return f"{written}{format_path((Item(((named['key'], named['value']),)),))}"
    name = named["name"] if named["name"] is not None else named["quoted"]
    step: FieldPath = (Field(name),)
    text = format_path(step)
    return f"{written}.{text}" if written and not text.startswith("[") else f"{written}{text}"


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Iterable[Any]:
    """Several things, or one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
