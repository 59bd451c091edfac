"""``emaildomain doctor`` names what keeps the bot from working with Genesys Cloud: each trouble is brought about."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.genesys.org import CLIENT_ID, MANAGE, ORG_ID, OTHER_ORG_ID
from tests.genesys.simulator import SECRET, SimulatedGenesys
from tests.test_doctor import Patient, bind, made


class Clinic(Patient):
    """A patient whose platform is Genesys Cloud."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.genesys = SimulatedGenesys(self.time)

    async def looked_at(self) -> tuple[int, str]:
        """The exit status, and every line that is about Genesys Cloud."""
        self.environ = self.genesys.settings | self.environ
        status, said = await self.examined()
        text = "\n".join(said)
        assert SECRET not in text
        assert "simulated-access-token" not in text
        return status, text


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    made = Clinic(tmp_path)
    await made.lab.start()
    await made.slack.start()
    await made.genesys.start()
    yield made
    await made.genesys.stop()
    await made.slack.stop()
    await made.lab.stop()
    assert made.genesys.violations == []


async def test_all_is_well(clinic: Clinic) -> None:
    clinic.genesys.add("a.xyzcorp.com")
    status, said = await clinic.looked_at()
    assert status == 0
    assert f"lets the OAuth client in; org XYZ Corp ({ORG_ID})." in said
    assert "ok       Permission: Routing > Email > Manage (routing:email:manage)." in said
    assert "ok       Campaign domains: 1 of 15 are used." in said
    assert "ok       Genesys Cloud's clock: agrees with this machine's." in said
    assert clinic.genesys.called("PUT|DELETE|POST /api") == [], "nothing is changed"


@pytest.mark.parametrize("read", ["authorization/subjects", "routing/email/setup", "routing/email/domains"])
async def test_what_only_advises_is_no_problem(clinic: Clinic, read: str) -> None:
    clinic.genesys.fault("404", f"GET .*{read}", times=10**6)
    status, said = await clinic.looked_at()
    assert status == 0
    assert "The bot goes on without it" in said


async def test_the_database_belongs_to_another_org(clinic: Clinic) -> None:
    bind(made(clinic), "org", {"platform": "genesys", "id": OTHER_ORG_ID, "name": "XYZ Sandbox"})
    status, said = await clinic.looked_at()
    assert status == 1
    what = f"connected to XYZ Corp ({ORG_ID}), but the database belongs to XYZ Sandbox ({OTHER_ORG_ID})"
    assert f"problem  Org: {what}. Registering, activating and deleting wait." in said
    assert f"emaildomain rebind --org {ORG_ID}" in said


async def test_the_database_belongs_to_this_org(clinic: Clinic) -> None:
    bind(made(clinic), "org", {"platform": "genesys", "id": ORG_ID, "name": "its former name"})
    status, said = await clinic.looked_at()
    assert (status, "belongs to" in said) == (0, False)


async def test_an_org_without_an_id(clinic: Clinic) -> None:
    clinic.genesys.org_id = ""
    status, said = await clinic.looked_at()
    assert status == 1
    assert "lets the OAuth client in, but does not say to which org. Try again later" in said
    assert "ok       Permission" in said


async def test_the_wrong_region(clinic: Clinic) -> None:
    clinic.genesys.secrets = {"a client of another region": SECRET}
    status, said = await clinic.looked_at()
    assert status == 1
    assert "does not know this OAuth client. Check GENESYSCLOUD_REGION first" in said


async def test_the_wrong_secret(clinic: Clinic) -> None:
    clinic.genesys.secrets = {CLIENT_ID: "another"}
    status, said = await clinic.looked_at()
    assert status == 1
    assert "does not accept the secret of this OAuth client. Copy it anew into GENESYSCLOUD_OAUTHCLIENT_SECRET" in said


async def test_s3_the_permission_is_missing(clinic: Clinic) -> None:
    clinic.genesys.policies = [{"domain": "routing", "entityName": "email", "actions": ["view"]}]
    status, said = await clinic.looked_at()
    assert status == 1
    assert "lacks Routing > Email > Manage (routing:email:manage). Add it to the role" in said


async def test_s2_the_licences_are_listed_where_it_refuses(clinic: Clinic) -> None:
    clinic.genesys.fault("403", "GET /api/v2/routing/email/outbound/domains$")
    status, said = await clinic.looked_at()
    assert status == 1
    assert "Genesys Cloud CX 2, CX 2 Digital, CX 3, CX 3 Digital, or CX 1 Digital Add-on II" in said


@pytest.mark.parametrize("url", ["GENESYSCLOUD_LOGIN_URL", "GENESYSCLOUD_API_URL"])
async def test_no_network(clinic: Clinic, url: str) -> None:
    clinic.environ[url] = "http://127.0.0.1:9"
    status, said = await clinic.looked_at()
    assert status == 1
    assert "no clear answer" in said
    assert "HTTPS_PROXY, firewall" in said


async def test_the_clock_is_off(clinic: Clinic) -> None:
    clinic.time.ahead = 600_000
    status, said = await clinic.looked_at()
    assert status == 0
    assert re.search(r"warning  Genesys Cloud's clock: this machine is (599|600|601) s behind\.", said)
    assert "NTP" in said


async def test_the_cap_is_reached(clinic: Clinic) -> None:
    for n in range(15):
        clinic.genesys.add(f"n{n}.xyzcorp.com")
    status, said = await clinic.looked_at()
    assert status == 0
    assert "warning  Campaign domains: 15 of 15 are used, so none can be added." in said


async def test_an_api_of_another_region_than_the_login(clinic: Clinic) -> None:
    clinic.genesys.fault("401", "GET", times=9)
    status, said = await clinic.looked_at()
    assert status == 1
    assert "belong together" in said


async def test_grants_of_an_unknown_shape_are_no_complaint(clinic: Clinic) -> None:
    clinic.genesys.policies = [MANAGE, {"domain": "new", "entityName": "thing", "actions": []}]
    status, _ = await clinic.looked_at()
    assert status == 0


async def test_campaigns_that_cannot_be_seen_are_a_note(clinic: Clinic) -> None:
    clinic.genesys.policies = [MANAGE]
    status, said = await clinic.looked_at()
    assert status == 0
    assert "ok       Campaigns: not all can be seen" in said
    assert "outbound:emailCampaign:view" in said and "outbound:emailCampaignSchedule:view" in said
