"""What other tools were told to ignore, in their own words."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck import PolicyError, Verdict
from driftcheck.policy import import_rules
from tests.builders import config_map, judged

ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec:
  ignoreDifferences:
  - group: apps
    kind: Deployment
    name: web
    namespace: shop
    jsonPointers:
    - /spec/replicas
    - /metadata/annotations/a.b~1c
    - /spec/template/spec/containers/0/image
  - group: "*"
    kind: "*"
    jqPathExpressions:
    - .spec.template.spec.containers[] | select(.name == "web") | .image
    - '.webhooks[]?.clientConfig.caBundle'
    - .metadata.labels["app.kubernetes.io/version"]
    - '.spec | keys'
    managedFieldsManagers: [kube-controller-manager]
"""
ARGO_SET = """\
kind: ApplicationSet
metadata: {name: shops}
spec: {template: {spec: {ignoreDifferences: [{kind: Service, jsonPointers: [/spec/clusterIP]}]}}}
"""
ARGO_SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.ignoreDifferences.all: |
    jsonPointers: [/metadata/labels]
  resource.customizations.ignoreDifferences.apps_Deployment: |
    jqPathExpressions: [.spec.replicas]
  url: https://argocd.example.com
"""
FLUX = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop}
spec:
  driftDetection:
    mode: enabled
    ignore:
    - paths: ["/spec/replicas", ""]
      target: {kind: Deployment, name: "web.*", labelSelector: "env in (a,b)"}
    - paths: ["/spec"]
      target: {kind: Job, name: "(a|b)"}
"""
KLUCTL = """\
deployments: [{path: web}]
ignoreForDiff:
- group: apps
  kind: Deployment
  name: web
  fieldPath: spec.replicas
- fieldPath: ['metadata.labels["a.b/c"]', "spec.containers[*].image", "spec..x"]
- kind: Secret
  fieldPathRegex: metadata.labels.my-.*
"""


def rules(text: str) -> list[dict[str, Any]]:
    """The rules, without what every one has."""
    found = import_rules(text.encode(), source="f.yaml").rules
    assert all(rule["effect"] == "any" and rule["reason"].startswith("TODO") for rule in found)
    return [{key: rule[key] for key in ("match", "path") if key in rule} for rule in found]


def lost(text: str) -> list[str]:
    return list(import_rules(text.encode(), source="f.yaml").lost)


WEB = {"group": "apps", "kind": "Deployment", "name": "web"}


def test_argo() -> None:
    """JSON Pointers and simple jq paths are carried over, the rest is said."""
    assert rules(ARGO) == [
        {"match": WEB, "path": "spec.replicas**"},
        {"match": WEB, "path": 'metadata.annotations["a.b/c"]**'},
        {"path": "spec.template.spec.containers[name=web].image**"},
        {"path": "webhooks[*].clientConfig.caBundle**"},
        {"path": 'metadata.labels["app.kubernetes.io/version"]**'},
    ]
    said = "\n".join(lost(ARGO))
    for part in ("namespace shop", "containers/0/image", ".spec | keys", "kube-controller-manager"):
        assert part in said
    assert len(lost(ARGO)) == 4


def test_argo_sets_and_settings() -> None:
    """An ApplicationSet's template and the settings of the whole Argo CD count too."""
    assert rules(ARGO_SET) == [
        {"match": {"group": "", "kind": "Service"}, "path": "spec.clusterIP**"}
    ]
    assert rules(ARGO_SETTINGS) == [
        {"path": "metadata.labels**"},
        {"match": {"group": "apps", "kind": "Deployment"}, "path": "spec.replicas**"},
    ]


def test_flux() -> None:
    """Paths, names that are globs, and label selectors are carried over."""
    match = {"kind": "Deployment", "name": "web*", "labels": "env in (a,b)"}

    assert rules(FLUX) == [{"match": match, "path": "spec.replicas**"}, {"match": match}]
    assert lost(FLUX) == [
        "Flux HelmRelease shop: the name (a|b) is not carried over: a regular expression is no glob"
    ]


def test_kluctl() -> None:
    """Simple JSONPaths are carried over, and regular expressions are not."""
    assert rules(KLUCTL) == [
        {"match": WEB, "path": "spec.replicas**"},
        {"path": 'metadata.labels["a.b/c"]**'},
        {"path": "spec.containers[*].image**"},
    ]
    assert len(lost(KLUCTL)) == 2


WIDER = [
    ("kind: Application\nspec: {ignoreDifferences: [{kind: '*', jsonPointers: ['/']}]}", "path /"),
    ("ignoreForDiff: [{kind: Secret}]", "without fieldPath"),
    (
        "kind: Kustomization\nspec: {ignore: [{paths: [/spec], target: {kind: 'Job|Pod'}}]}",
        "the kind Job|Pod",
    ),
]


@pytest.mark.parametrize(("text", "said"), WIDER)
def test_no_rule_is_wider_than_what_it_comes_from(text: str, said: str) -> None:
    """What the other tool does not ignore is not ignored, and what is not understood is said."""
    assert not rules(text)
    assert said in lost(text)[0]


def test_argo_without_a_group() -> None:
    """To Argo CD no group is the core group; in its settings `all` is every one."""
    text = "kind: Application\nspec: {ignoreDifferences: [{kind: Service, jsonPointers: [/spec]}]}"

    assert rules(text) == [{"match": {"group": "", "kind": "Service"}, "path": "spec**"}]


def test_flux_kustomizations() -> None:
    """A Kustomization's ignore rules are told as a HelmRelease's are; a version is said."""
    text = (
        "kind: Kustomization\nspec: {ignore: "
        "[{paths: [/spec/replicas], target: {group: apps, version: v1, kind: Deploy.*}}]}"
    )

    assert rules(text) == [
        {"match": {"group": "apps", "kind": "Deploy*"}, "path": "spec.replicas**"}
    ]
    assert "version v1" in lost(text)[0]


def test_imported_rules_work() -> None:
    """What is carried over ignores what it ignored."""
    text = "ignoreForDiff: [{kind: ConfigMap, fieldPath: 'data[\"a.b\"]'}]"
    found = [{**rule, "reason": "kluctl ignored it"} for rule in rules(text)]
    named = [{**rule, "effect": "any"} for rule in found]

    left, right = config_map(**{"a.b": "1"}), config_map(**{"a.b": "2"})
    assert judged([left], [right], *named).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("text", "said"),
    [("kind: Deployment\n", "nothing here is ignored"), ("", "nothing here"), ("a: [", "YAML")],
)
def test_nothing_to_import(text: str, said: str) -> None:
    """A file of something else is refused, with what would do."""
    with pytest.raises(PolicyError, match=said):
        import_rules(text.encode(), source="f.yaml")
