"""Attacks that succeed: holes that are known, each with its reason. The list should be empty."""

from __future__ import annotations

import re

from attrs import frozen

from tests.accuracy.attacks import Success


@frozen
class Hole:
    """A hole.

    Args:
        maker: Whose attacks succeed.
        attack: A pattern of what is done.
        form: A pattern of the forms in which it is not seen.
        reason: Why it is open, and what the smallest input is.
    """

    maker: str
    attack: str
    form: str
    reason: str

    def covers(self, success: Success) -> bool:
        """Whether an attack's success is this hole."""
        return (
            success.maker == self.maker
            and re.fullmatch(self.attack, success.attack) is not None
            and re.fullmatch(self.form, success.form) is not None
        )


ANY = ".*"


HOLES: tuple[Hole, ...] = tuple(
    Hole(maker, attack, ANY, reason)
    for maker, attack, reason in (
        ("annotations_that_a_pod_reads", ANY, "a bare Pod reads its own dropped annotation"),
        ("labels_that_a_pod_reads", ANY, "a bare Pod reads its own dropped label"),
        ("labels_that_are_selected", ANY, "a selector names a dropped label of a bare Pod"),
        ("annotations_that_networks_read", ANY, "Calico, OVN and Istio read what is dropped"),
        ("custom_resources_like_workloads", ANY, "a custom resource is read like a pod's spec"),
        ("finalizers_that_nobody_clears", ANY, "a controller's finalizer on a kind not its own"),
        ("slices_with_forged_labels", ANY, "the managed-by label of a slice is believed"),
        ("slices_of_no_service", ANY, "the managed-by label of a slice is believed"),
        ("endpoints_with_forged_labels", ANY, "the managed-by label of Endpoints is believed"),
        ("endpoints_of_no_service", ANY, "the managed-by label of Endpoints is believed"),
        ("locks_that_hold_something", ANY, "a lock with labels, annotations, or readers"),
        ("containers_called_injected", ANY, "sidecar.istio.io/status and Linkerd's are believed"),
        ("volumes_called_tokens", ANY, "a volume called kube-api-access-xxxxx is believed"),
        ("choices_of_a_bare_pod", "(nodeName|preemptionPolicy).*", "dropped though chosen"),
        ("claims_with_a_chosen_volume", ANY, "volumeName is dropped though chosen"),
        ("services_with_choices", ANY, "clusterIP and others are dropped though chosen"),
        ("releases_that_are_read", ANY, "Helm's type and label are believed"),
        ("tokens_that_somebody_made", ANY, "a generated token's name is believed"),
        ("references_called_generated", ANY, "a generated Secret's name is believed"),
        ("certificates_that_stay", ANY, "kube-root-ca.crt that is immutable stays forged"),
        ("sealed_and_not_unsealed", ANY, "cipher texts with no Secret beside them"),
        ("secrets_whose_type_is_gone", ANY, "a missing type hides all values"),
        ("variables_that_give_others", ANY, "the last of equal names wins before expansion"),
        ("lists_whose_order_counts", ANY, "doubles and orders of volumes and host aliases"),
        ("objects_whose_order_counts", ANY, "addresses of an endpoint"),
        ("references_to_what_is_not_there", ANY, "a hashed name and its stem read alike"),
        ("generations_that_are_used", ANY, "an earlier generation named in a text"),
        ("names_that_look_hashed", ANY, "a Secret's name that looks hashed"),
        ("generated_names", ANY, "generateName pairs objects that are called by name"),
        ("renamings", ANY, "a reference to the old name reads like one to the new"),
        ("values_that_look_alike", ANY, "pull policy of no tag; texts that read like readings"),
        ("narrowed", ANY, "kinds that say what runs can't be read"),
        ("replicas_that_nobody_holds", ANY, "replicas outside the autoscaler's bounds"),
        ("claims_that_are_missing", ANY, "a dump's missing claim is a consequence"),
        ("marks_of_the_namespace", ANY, "openshift.io/sa.scc.* chosen in a manifest"),
        ("pods_that_never_go", ANY, "a Pod with years of grace is left out as terminating"),
        ("revisions_that_run", ANY, "a revision below the partition is left out"),
    )
)


def is_known(success: Success) -> bool:
    """Whether a success is a hole that is known."""
    return any(hole.covers(success) for hole in HOLES)
