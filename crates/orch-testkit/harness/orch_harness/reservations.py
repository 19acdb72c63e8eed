"""What capacity is reserved, which moto does not know: On-Demand Capacity Reservations as the test sets them."""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from .block import element
from .wire import EC2_NAMESPACE, Answer, Call

OPERATION = "DescribeCapacityReservations"


class Store:
    """All regions'."""

    def __init__(self) -> None:
        self.regions: dict[str, list[dict[str, Any]]] = {}

    def put(self, region: str, body: dict[str, Any]) -> None:
        """Sets a region's: members as the answer spells them, and `tags`."""
        self.regions[region] = body["reservations"]

    def answer(self, call: Call) -> Answer:
        """Answers the call, whole; of the filters only the state is known."""
        wanted = set(call.params("Filter.1.Value")) if call.param("Filter.1.Name") == "state" else None
        items = "".join(item(found) for found in self.regions.get(call.region, ())
                        if wanted is None or found["state"] in wanted)  # fmt: skip
        name = f"{OPERATION}Response"
        inner = f"<requestId>0</requestId><capacityReservationSet>{items}</capacityReservationSet>"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{EC2_NAMESPACE}">{inner}</{name}>'
        return Answer(200, {"Content-Type": "text/xml;charset=UTF-8"}, body.encode())


def item(found: dict[str, Any]) -> str:
    """One reservation."""
    members = {"ownerId": DEFAULT_ACCOUNT_ID} | {key: str(value) for key, value in found.items() if key != "tags"}
    tags = "".join(element("item", {"key": key, "value": value}) for key, value in found.get("tags", {}).items())
    return element("item", members).replace("</item>", f"<tagSet>{tags}</tagSet></item>")
