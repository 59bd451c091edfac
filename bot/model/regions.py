"""The regions of Genesys Cloud: the only place that knows the vendor's host names.

The table is closed on purpose: a host is never built from what somebody typed. Source: the region hosts in the vendor's
Python SDK (PureCloudPlatformClientV2 269.0.0), the same as in the vendor's Terraform provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Region(NamedTuple):
    """A region of Genesys Cloud: its AWS code, and the host that ``api.`` and ``login.`` stand in front of."""

    code: str
    host: str

    @property
    def api_url(self) -> str:
        """Where the Platform API of this region is."""
        return f"https://api.{self.host}"

    @property
    def login_url(self) -> str:
        """Where OAuth tokens of this region are issued."""
        return f"https://login.{self.host}"

    @property
    def apps_url(self) -> str:
        """Where people of this region open Genesys Cloud in a browser."""
        return f"https://apps.{self.host}/"


REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        code: Region(code, host)
        for code, host in (
            ("us-east-1", "mypurecloud.com"),
            ("us-east-2", "use2.us-gov-pure.cloud"),  # FedRAMP
            ("us-west-2", "usw2.pure.cloud"),
            ("ca-central-1", "cac1.pure.cloud"),
            ("mx-central-1", "mxc1.pure.cloud"),
            ("sa-east-1", "sae1.pure.cloud"),
            ("eu-west-1", "mypurecloud.ie"),
            ("eu-west-2", "euw2.pure.cloud"),
            ("eu-central-1", "mypurecloud.de"),
            ("eu-central-2", "euc2.pure.cloud"),
            ("eusc-de-east-1", "edee1.eusc-pure.cloud"),  # the EU sovereign cloud: not under pure.cloud
            ("me-central-1", "mec1.pure.cloud"),
            ("ap-south-1", "aps1.pure.cloud"),
            ("ap-southeast-1", "apse1.pure.cloud"),
            ("ap-southeast-2", "mypurecloud.com.au"),
            ("ap-northeast-1", "mypurecloud.jp"),
            ("ap-northeast-2", "apne2.pure.cloud"),
            ("ap-northeast-3", "apne3.pure.cloud"),
        )
    }
)

_BY_HOST: Mapping[str, Region] = MappingProxyType({region.host: region for region in REGIONS.values()})


def find(text: str) -> Region | None:
    """The region called ``text``, a code (``ap-northeast-1``) or a host (``mypurecloud.jp``), if there is one."""
    name = text.strip().lower()
    return REGIONS.get(name) or _BY_HOST.get(name)
