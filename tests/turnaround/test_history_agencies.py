"""Agencies that only imported history knows: their figures show, nobody can refer to them, until they are opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.agencies import lookup
from portal.agencies.directory_import import import_directory
from portal.agencies.models import Agency
from portal.agencies.queries import ServiceFilter, list_services
from portal.db import db
from tests.factories import make_agency, make_service, make_user
from tests.turnaround.history_files import row
from tests.turnaround.test_history_pages import report_of, words

pytestmark = pytest.mark.usefixtures("database")

Clients = Callable[[User], FlaskClient]


def test_nobody_can_refer_to_a_historic_agency_until_it_is_opened(
    client_for: Clients,
) -> None:
    client = client_for(make_user("iom_manager"))
    client.post(report_of(client, row(agency="Long Gone")))
    gone = db.session.scalars(sa.select(Agency).where(Agency.name == "Long Gone")).one()
    make_service(gone, name="Rooms of the past")
    assert gone.id not in [agency.id for agency in lookup.list_agencies()]
    assert list_services(ServiceFilter(text="Rooms of the past"))[1] == 0
    assert "From imported history" in words(client.get(f"/turnaround/{gone.id}"))
    admin = client_for(make_user("administrator"))
    assert "Long Gone From imported history" in words(admin.get("/admin/agencies"))
    admin.post(f"/admin/agencies/{gone.id}/reopen")
    assert gone.id in [agency.id for agency in lookup.list_agencies()]
    assert list_services(ServiceFilter(text="Rooms of the past"))[1] == 1


def test_a_historic_agency_that_the_directory_names_joins_it() -> None:
    gone = make_agency("Long Gone", historic=True)
    import_directory(
        [{"id": "s1", "name": "Rooms", "organization": {"id": "o1", "name": "Long Gone"}, "status": "active"}]
    )
    assert (gone.historic, gone.external_id) == (False, "o1")
