"""How regions block the internet, which moto does not know: VPC Block Public Access as the test sets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from moto.core import DEFAULT_ACCOUNT_ID

from .wire import EC2_NAMESPACE, Answer, Call

OPTIONS = "DescribeVpcBlockPublicAccessOptions"
EXCLUSIONS = "DescribeVpcBlockPublicAccessExclusions"


@dataclass
class Block:
    """One region's; AWS's own default is that nothing is blocked."""

    mode: str = "off"
    exclusions: list[dict[str, str]] = field(default_factory=list)


class Store:
    """All regions'."""

    def __init__(self) -> None:
        self.regions: dict[str, Block] = {}

    def put(self, region: str, body: dict[str, Any]) -> None:
        """Sets the mode of a region and what is left out: `{"arn": …, "mode": "allow-egress"}`."""
        self.regions[region] = Block(body["mode"], body.get("exclusions", []))

    def answer(self, call: Call) -> Answer:
        """Answers either call, whole."""
        block = self.regions.get(call.region, Block())
        if call.operation == OPTIONS:
            inner = element("vpcBlockPublicAccessOptions", {
                "awsAccountId": DEFAULT_ACCOUNT_ID, "awsRegion": call.region, "exclusionsAllowed": "allowed",
                "internetGatewayBlockMode": block.mode, "managedBy": "account",
                "state": "update-complete" if block.mode != "off" else "default-state"})  # fmt: skip
        else:
            items = "".join(element("item", {
                "exclusionId": f"vpcbpa-exclude-{number:017x}", "internetGatewayExclusionMode": exclusion["mode"],
                "resourceArn": exclusion["arn"], "state": exclusion.get("state", "create-complete")})
                for number, exclusion in enumerate(block.exclusions))  # fmt: skip
            inner = f"<vpcBlockPublicAccessExclusionSet>{items}</vpcBlockPublicAccessExclusionSet>"
        name = f"{call.operation}Response"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{EC2_NAMESPACE}"><requestId>0</requestId>{inner}</{name}>'
        return Answer(200, {"Content-Type": "text/xml;charset=UTF-8"}, body.encode())


def element(name: str, members: dict[str, str]) -> str:
    """An element with members of text."""
    return f"<{name}>{''.join(f'<{key}>{escape(text)}</{key}>' for key, text in members.items())}</{name}>"
