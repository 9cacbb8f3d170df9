"""What became of each object between two looks at one place, and that no more is said than known.

What is right of the recorded moments stands in `examples/recordings/README.md`.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from attrs import evolve

from driftcheck.codec import read_snapshot, snapshot_bytes
from driftcheck.model import Document, GroupKind, KindCoverage, ReadStatus, Snapshot, Witness
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, snapshot
from tests.moments import (
    HANDS,
    PRODUCTION,
    QUIET,
    STAGED,
    STAGING,
    later,
    seen,
    without,
    witness,
    witnessed,
    written,
)

CHANGED, STATUS_ONLY = Witness.CHANGED, Witness.STATUS_ONLY
TOUCHED, UNTOUCHED = Witness.TOUCHED, Witness.UNTOUCHED
BY_HANDS = {
    ("ConfigMap", "web-config"): CHANGED,
    ("Deployment", "api"): CHANGED,
    ("Deployment", "web"): CHANGED,
    ("Deployment", "worker"): Witness.REVERTED,
    ("ConfigMap", "proxy-conf"): TOUCHED,
    ("Service", "api"): Witness.RECREATED,
    ("StatefulSet", "db"): STATUS_ONLY,
    ("Service", "web"): CHANGED,
    ("Ingress", "web"): CHANGED,
    ("Service", "db"): CHANGED,
    ("Deployment", "debug-shell"): Witness.NEW,
    ("ConfigMap", "tariffs-7d8bfddcfc"): CHANGED,
    ("CronJob", "sales-report"): CHANGED,
    ("NetworkPolicy", "db-from-api"): Witness.GONE,
    ("Deployment", "cache"): CHANGED,
    ("Deployment", "legacy"): CHANGED,
    ("VirtualMachine", "billing-vm"): CHANGED,
    ("Secret", "db-credentials"): CHANGED,
    ("PodDisruptionBudget", "web"): STATUS_ONLY,
    ("ResourceQuota", "team"): STATUS_ONLY,
}
QUIETLY = {
    STAGING: {("HorizontalPodAutoscaler", "api"): STATUS_ONLY},
    PRODUCTION: {
        ("HorizontalPodAutoscaler", "api"): STATUS_ONLY,
        ("Deployment", "web"): STATUS_ONLY,
    },
}


class TestTheRecordedMoments:
    """Three looks at two namespaces of a real cluster."""

    def test_hands(self) -> None:
        """What was done in an afternoon is told object by object; all else is untouched."""
        assert witnessed(seen(QUIET), seen(HANDS)) == BY_HANDS

    @pytest.mark.parametrize("namespace", [STAGING, PRODUCTION])
    def test_quiet(self, namespace: str) -> None:
        """Where controllers alone wrote, they wrote statuses alone."""
        assert witnessed(seen(STAGED, namespace), seen(QUIET, namespace)) == QUIETLY[namespace]

    def test_left_alone(self) -> None:
        """Where nobody was, every object is untouched."""
        assert witnessed(seen(QUIET, STAGING), seen(HANDS, STAGING)) == {}

    def test_counts(self) -> None:
        """Every compared object is counted once, the Namespace too; what owners make, apart."""
        (found,) = compare_snapshots([seen(QUIET), seen(HANDS)]).witnesses

        listed = [item.witness for item in found.objects]
        assert {each: found.counts[each] for each in Witness if each is not UNTOUCHED} == {
            each: listed.count(each) for each in Witness if each is not UNTOUCHED
        }
        assert found.counts[UNTOUCHED] == 21
        assert found.owned > 0

    def test_both_ways(self) -> None:
        """What happened is the same, whichever look is the baseline."""
        forth = compare_snapshots([seen(QUIET), seen(HANDS)]).witnesses
        back = compare_snapshots([seen(HANDS), seen(QUIET)]).witnesses

        assert forth == back
        assert (back[0].earlier, back[0].later) == (QUIET, HANDS)

    def test_several_looks(self) -> None:
        """Each further look has a block of its own, against the baseline."""
        found = compare_snapshots([seen(STAGED), seen(QUIET), seen(HANDS)]).witnesses

        assert [(each.earlier, each.later) for each in found] == [(STAGED, QUIET), (STAGED, HANDS)]

    def test_other_places(self) -> None:
        """Two namespaces are two places, and have no witnesses; each look is held to its own."""
        assert not compare_snapshots([seen(QUIET, STAGING), seen(QUIET)]).witnesses
        looks = [seen(QUIET), seen(QUIET, STAGING), evolve(seen(HANDS), name="hands")]
        assert [each.later for each in compare_snapshots(looks).witnesses] == ["hands"]

    def test_manifests(self) -> None:
        """Manifests were looked at nowhere."""
        assert not compare_snapshots([snapshot(config_map()), snapshot(config_map())]).witnesses

    def test_saved(self) -> None:
        """A snapshot from its file bears the same witnesses."""
        saved = [
            read_snapshot(snapshot_bytes(seen(name), compressed=True), source=name)
            for name in (QUIET, HANDS)
        ]
        assert witnessed(*saved) == BY_HANDS

    def test_says(self) -> None:
        """What is said is what is seen: a generation where there is one, else a resourceVersion."""
        (found,) = compare_snapshots([seen(QUIET), seen(HANDS)]).witnesses
        says = {item.object[1:]: item.says for item in found.objects}

        assert (
            says["Deployment", "worker"] == "its generation went from 1 to 3, and it is as it was"
        )
        assert says["ConfigMap", "proxy-conf"] == (
            "its resourceVersion went from 5074 to 5690, and what is compared of it is the same"
        )


def _of_status(target: Body) -> None:
    written(target, subresource="status", manager="kube-controller-manager")


def _generation(target: Body, moved: int) -> None:
    target["metadata"]["generation"] += moved
    written(target, times=moved)


class TestStatusOnly:
    """Nothing but the status is claimed to be written where everybody else's entry is as it was."""

    @pytest.mark.parametrize(
        ("kind", "name"),
        [("Deployment", "web"), ("HorizontalPodAutoscaler", "api"), ("ResourceQuota", "team")],
    )
    def test_status(self, kind: str, name: str) -> None:
        """A later entry of the subresource, and no other, is the status alone."""
        assert witness(later(kind, name, _of_status), kind, name) is STATUS_ONLY

    def test_nobody_says_so(self) -> None:
        """A write that left no entry, such as a storage migration's, may have been any."""
        after = later("Deployment", "web", written)

        assert witness(after, "Deployment", "web") is TOUCHED

    def test_somebody_else_too(self) -> None:
        """An entry for the object itself, of whoever, is more than the status."""

        def edit(target: Body) -> None:
            _of_status(target)
            written(target, manager="kubectl-label")

        assert witness(later("Deployment", "web", edit), "Deployment", "web") is TOUCHED

    def test_lost_fields(self) -> None:
        """Where an entry has lost fields, somebody took them over, and gave them back."""

        def edit(target: Body) -> None:
            _of_status(target)
            own = next(e for e in target["metadata"]["managedFields"] if not e.get("subresource"))
            own["fieldsV1"] = {}

        after = later("HorizontalPodAutoscaler", "api", edit)
        assert witness(after, "HorizontalPodAutoscaler", "api") is TOUCHED

    def test_scaled(self) -> None:
        """Another subresource is not the status."""
        after = later("StatefulSet", "db", lambda target: written(target, subresource="scale"))

        assert witness(after, "StatefulSet", "db") is TOUCHED

    def test_no_book_is_kept(self) -> None:
        """Without managedFields nobody knows what was written."""
        before = evolve(
            seen(QUIET, STAGING),
            documents=tuple(map(_without_book, seen(QUIET, STAGING).documents)),
        )
        after = later("Deployment", "web", written)
        after = evolve(after, documents=tuple(map(_without_book, after.documents)))

        assert witnessed(before, after) == {("Deployment", "web"): TOUCHED}

    @pytest.mark.parametrize(
        ("kind", "name", "expected"),
        [("HorizontalPodAutoscaler", "api", TOUCHED), ("Deployment", "web", STATUS_ONLY)],
    )
    def test_old_servers(self, kind: str, name: str, expected: Witness) -> None:
        """Before 1.25 a value written again had no new time: a generation alone tells then."""
        before = evolve(seen(QUIET, STAGING), server_version="v1.24.17")
        after = later(kind, name, _of_status, server_version="v1.24.17")

        assert witnessed(before, after) == {(kind, name): expected}


def _without_book(document: Document) -> Document:
    metadata = {k: v for k, v in document.metadata.items() if k != "managedFields"}
    return Document({**document.body, "metadata": metadata})


class TestReverted:
    """There and back is claimed where the generation counts both ways, and nothing else."""

    def test_there_and_back(self) -> None:
        """Two changes that leave the spec as it was."""
        after = later("CronJob", "sales-report", lambda target: _generation(target, 2))

        assert witness(after, "CronJob", "sales-report") is Witness.REVERTED

    def test_one_change(self) -> None:
        """One change can't be undone by itself: what it changed is just not compared."""
        after = later("CronJob", "sales-report", lambda target: _generation(target, 1))

        assert witness(after, "CronJob", "sales-report") is TOUCHED

    def test_a_restart(self) -> None:
        """A restart marker is not compared, and still there: nothing was changed back."""

        def restart(target: Body) -> None:
            _generation(target, 2)
            annotations = target["spec"]["template"]["metadata"].setdefault("annotations", {})
            annotations["kubectl.kubernetes.io/restartedAt"] = "2026-11-26T12:00:00Z"

        assert witness(later("Deployment", "web", restart), "Deployment", "web") is TOUCHED

    def test_annotations_of_deployments(self) -> None:
        """A Deployment's generation counts annotations, also those that are not compared."""

        def annotate(target: Body) -> None:
            _generation(target, 2)
            target["metadata"].setdefault("annotations", {})["kubernetes.io/change-cause"] = "me"

        assert witness(later("Deployment", "web", annotate), "Deployment", "web") is TOUCHED

    def test_annotations_that_are_not_kept(self) -> None:
        """What was last applied is not kept: who writes annotations must not have written since."""

        def apply(target: Body) -> None:
            _generation(target, 2)
            (own,) = [
                entry
                for entry in target["metadata"]["managedFields"]
                if entry["manager"] == "kubectl-client-side-apply"
            ]
            own["time"] = "2026-11-26T12:00:00Z"

        assert witness(later("Deployment", "legacy", apply), "Deployment", "legacy") is TOUCHED

    def test_a_deletion(self) -> None:
        """What is being deleted is not as it was, though its generation counts that as well."""

        def delete(target: Body) -> None:
            _generation(target, 2)
            target["metadata"]["deletionTimestamp"] = "2026-11-26T12:00:00Z"

        after = later("CronJob", "sales-report", delete)
        assert witness(after, "CronJob", "sales-report") is CHANGED

    @pytest.mark.parametrize(
        ("status", "subresource", "expected"),
        [
            (None, "", Witness.REVERTED),
            ({"ready": True}, "", TOUCHED),
            ({"ready": True}, "status", Witness.REVERTED),
        ],
    )
    def test_custom_resources(
        self, status: Body | None, subresource: str, expected: Witness
    ) -> None:
        """A custom resource's generation may count its status, unless that is a subresource."""

        def with_status(target: Body) -> None:
            if status:
                target["status"] = status
                written(target, subresource=subresource, manager="operator")

        def edit(target: Body) -> None:
            with_status(target)
            _generation(target, 2)

        before = later("FeatureFlag", "wishlist", with_status, name="before")
        after = later("FeatureFlag", "wishlist", edit)

        assert witnessed(before, after) == {("FeatureFlag", "wishlist"): expected}

    def test_autoscaled(self) -> None:
        """Replicas that an autoscaler holds are not compared, and written all the same."""

        def scale(target: Body) -> None:
            _generation(target, 2)
            target["spec"]["replicas"] += 1

        assert witness(later("Deployment", "api", scale), "Deployment", "api") is TOUCHED


class TestAnew:
    """Another uid is another object."""

    def test_same_content(self) -> None:
        """It is recreated, whatever its resourceVersion."""

        def recreate(target: Body) -> None:
            target["metadata"]["uid"] = "another"

        after = later("ConfigMap", "proxy-conf", recreate)
        assert witness(after, "ConfigMap", "proxy-conf") is Witness.RECREATED

    def test_other_content(self) -> None:
        """It holds something else, and that is said first."""

        def replace(target: Body) -> None:
            target["metadata"]["uid"] = "another"
            target["data"] = {"other": "data"}

        assert witness(later("ConfigMap", "proxy-conf", replace), "ConfigMap", "proxy-conf") is (
            CHANGED
        )

    def test_another_namespace_of_the_name(self) -> None:
        """A Namespace that was made anew is another place."""

        def recreate(target: Body) -> None:
            target["metadata"]["uid"] = "another"

        after = later("Namespace", STAGING, recreate)
        assert not compare_snapshots([seen(QUIET, STAGING), after]).witnesses

    def test_labels_of_the_namespace(self) -> None:
        """The Namespace is an object like any other."""

        def label(target: Body) -> None:
            target["metadata"]["labels"]["team"] = "blue"
            written(target)

        assert witness(later("Namespace", STAGING, label), "Namespace", STAGING) is CHANGED


class TestWhatIsNotSeen:
    """Where one look shows less, less is said."""

    def test_unread_kinds(self) -> None:
        """What may not be read is neither new nor gone."""
        before = seen(QUIET, STAGING)
        rows = tuple(
            KindCoverage("", "ConfigMap", ReadStatus.FORBIDDEN, reason="HTTP 403")
            if row.group_kind == GroupKind("", "ConfigMap")
            else row
            for row in before.coverage
        )
        after = evolve(without(before, "ConfigMap", "web-config"), coverage=rows, name="later")

        assert ("ConfigMap", "web-config") not in witnessed(before, after)
        assert ("ConfigMap", "web-config") not in witnessed(after, before)

    def test_not_compared_in_one_look(self) -> None:
        """What is compared in one look alone was there in the other: it is not new."""
        assert ("VirtualMachineInstance", "billing-vm") not in witnessed(seen(QUIET), seen(HANDS))

    def test_metadata_alone(self) -> None:
        """Of Secrets without their values, a write shows, and what it wrote does not."""
        after = later("Secret", "db-credentials", written)
        rows = [
            evolve(row, reason="its values were not asked for (--no-secret-values)")
            if row.group_kind == GroupKind("", "Secret")
            else row
            for row in after.coverage
        ]
        after = evolve(after, coverage=tuple(rows))

        assert witnessed(seen(QUIET, STAGING), after) == {("Secret", "db-credentials"): TOUCHED}

    def test_other_keys(self) -> None:
        """Fingerprints of different keys say nothing of whether a Secret is the same."""

        def fingerprint_anew(target: Body) -> None:
            target["data"] = dict.fromkeys(target["data"], "hmac-sha256:other")

        before, name = seen(QUIET, STAGING), ("Secret", "db-credentials")
        quiet = later(*name, fingerprint_anew, secret_key_id="another")
        assert witness(quiet, *name) is UNTOUCHED

        def edit(target: Body) -> None:
            fingerprint_anew(target)
            written(target)

        assert witnessed(before, later(*name, edit, secret_key_id="another")) == {name: TOUCHED}

    def test_no_resource_version(self) -> None:
        """Without a resourceVersion nothing is proven, and that is said."""

        def forget(target: Body) -> None:
            del target["metadata"]["resourceVersion"]

        after = later("ConfigMap", "web-config", forget)
        (found,) = compare_snapshots([seen(QUIET, STAGING), after]).witnesses

        assert found.counts[UNTOUCHED] == 38
        (doubt,) = found.doubts
        assert "ConfigMap web-config" in doubt

    def test_no_namespace(self) -> None:
        """Without the Namespace's uid, nobody knows whether it is one place."""
        before = without(seen(QUIET), "Namespace", PRODUCTION)

        assert not compare_snapshots([before, seen(HANDS)]).witnesses


class TestOtherStores:
    """A resourceVersion proves something as long as the store it is from goes on."""

    @staticmethod
    def back(target: Body) -> None:
        """As it is after a restore of an earlier state."""
        metadata = target["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) - 1)
        metadata["managedFields"] = metadata["managedFields"][:-1]

    def test_a_restored_store(self) -> None:
        """A resourceVersion that went back is no status, and casts doubt on all."""
        after = later("Deployment", "web", self.back, window=_after_a_while())
        (found,) = compare_snapshots([seen(QUIET, STAGING), after]).witnesses

        assert [(item.object.name, item.witness) for item in found.objects] == [("web", TOUCHED)]
        assert "its resourceVersion went back from" in found.objects[0].says
        (doubt,) = found.doubts
        assert "Deployment web" in doubt
        assert "restored" in doubt

    def test_an_exchanged_object(self) -> None:
        """One resourceVersion with two contents was written, in another store or definition."""

        def edit(target: Body) -> None:
            target["data"] = {"other": "data"}

        assert witness(later("ConfigMap", "web-config", edit), "ConfigMap", "web-config") is CHANGED

    def test_another_server_version(self) -> None:
        """A server that was upgraded in between wrote nothing by that."""
        after = evolve(seen(QUIET, STAGING), server_version="v1.37.0", name="later")

        assert witnessed(seen(QUIET, STAGING), after) == {}

    def test_a_field_of_the_newer_server(self) -> None:
        """What only the newer server knows is no change of the object."""

        def serve_more(target: Body) -> None:
            target["spec"]["evictionPatience"] = "New"

        before = evolve(seen(QUIET, STAGING), server_version="v1.20.0")
        after = later("StatefulSet", "db", serve_more)
        findings = compare_snapshots([before, after]).findings

        expected = CHANGED if any(item.expected is None for item in findings) else UNTOUCHED
        assert witnessed(before, after).get(("StatefulSet", "db"), UNTOUCHED) is expected

    @pytest.mark.parametrize("names", list(permutations((QUIET, HANDS))))
    def test_clocks_against_versions(self, names: tuple[str, str]) -> None:
        """Where clocks contradict resourceVersions, as after a restore, no witness claims much."""
        quiet = evolve(seen(QUIET), window=_after_a_while())
        looks = {QUIET: quiet, HANDS: seen(HANDS)}
        (found,) = compare_snapshots([looks[name] for name in names]).witnesses

        assert (found.earlier, found.later) == (HANDS, QUIET)
        assert found.doubts
        assert not {Witness.REVERTED, STATUS_ONLY} & {item.witness for item in found.objects}

    @pytest.mark.parametrize("names", list(permutations((QUIET, HANDS))))
    def test_one_time(self, names: tuple[str, str]) -> None:
        """Of two looks with one time, that one is later whose resourceVersions are higher."""
        looks = {QUIET: evolve(seen(QUIET), window=seen(HANDS).window), HANDS: seen(HANDS)}
        (found,) = compare_snapshots([looks[name] for name in names]).witnesses

        assert (found.earlier, found.later, found.doubts) == (QUIET, HANDS, ())


def test_three_looks() -> None:
    """Each other look is held to the baseline, and what was written says between which two."""
    looks = [seen(moment) for moment in (STAGED, QUIET, HANDS)]
    result = compare_snapshots(looks, untouched=True)

    assert [(block.earlier, block.later) for block in result.witnesses] == [
        (STAGED, QUIET),
        (STAGED, HANDS),
    ]
    (worker,) = [item for item in result.findings if item.object.name == "worker"]
    assert worker.note == (
        "its generation went from 1 to 3, and it is as it was, from 1-staged to 3-hands"
    )


def _after_a_while() -> Any:
    window = seen(QUIET, STAGING).window
    assert window
    return evolve(
        window, start=window.start + timedelta(hours=9), end=window.end + timedelta(hours=9)
    )


def test_the_same_look_twice() -> None:
    """Between a look and itself nobody wrote."""
    look: Snapshot = seen(HANDS)

    assert witnessed(look, evolve(look, name="again")) == {}
