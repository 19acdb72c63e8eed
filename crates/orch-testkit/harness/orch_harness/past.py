"""Puts resources into the past, and into states that no call of moto leads to."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import Route


UNKNOWN_VOLUME = "vol-ffffffff"


def route_state(route: Route) -> str:
    """A route to an interface that is gone is a black hole; moto calls every route active."""
    nic = route.interface
    return "active" if nic is None or nic.id in nic.ec2_backend.enis else "blackhole"


Route.state = property(route_state)


def find(region: str, name: str) -> Any:
    """The object behind an id."""
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    if name.startswith("i-"):
        return backend.get_instance(name)
    kinds = {"vol": backend.volumes, "snap": backend.snapshots, "eni": backend.enis, "fl": backend.flow_logs}
    return kinds[name.partition("-")[0]][name]


def date(region: str, item: dict[str, Any]) -> None:
    """Sets the times of one resource; all in seconds since 1970.

    `created` of a volume or snapshot, `launched` and `stopped` of an instance (its attachments follow its launch).
    """
    thing = find(region, item["id"])
    times = {name: datetime.fromtimestamp(item[name], UTC) for name in ("created", "launched", "stopped") if name in item}
    if "created" in times and item["id"].startswith("vol-"):
        thing.create_time = times["created"]
    elif "created" in times:
        thing.start_time = times["created"]
    if "launched" in times:
        thing.launch_time = times["launched"]
        for nic in thing.nics.values():
            nic.attach_time = times["launched"]
        for _, block in thing.get_block_device_mapping:
            block.attach_time = times["launched"]
    if "stopped" in times:
        # moto writes UTC where AWS writes GMT.
        thing._reason = times["stopped"].strftime("User initiated (%Y-%m-%d %H:%M:%S GMT)")


def edit(region: str, item: dict[str, Any]) -> None:
    """Sets attributes of one of moto's objects: `{"id": …, "set": {"status": "pending"}}`.

    `unknown_volume` lets a snapshot forget what it was made from, as AWS does in copies.
    """
    thing = find(region, item["id"])
    if item.get("unknown_volume"):
        thing.volume = copy.copy(thing.volume)
        thing.volume.id = UNKNOWN_VOLUME
    for name, value in item.get("set", {}).items():
        if not hasattr(thing, name):
            raise KeyError(f"{item['id']} has no {name}")
        setattr(thing, name, value)
