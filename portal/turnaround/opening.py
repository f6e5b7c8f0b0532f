"""From a figure in a table with a line for each agency to the referrals that it counts."""

from __future__ import annotations

from collections.abc import Callable

from portal.turnaround.agency_tables import Opens
from portal.turnaround.counting import GroupCounts
from portal.turnaround.filters import Filter
from portal.turnaround.page import Viewer

# What opens a figure: its name and what narrows it.
Open = Callable[..., Opens]


def figures_of(asked: Filter, viewer: Viewer) -> Open:
    """The referrals behind a figure of a group, or of EVERYBODY, under the need and agency that were chosen."""
    address = viewer.opener()

    def opener(figure: str, **narrowed: str) -> Opens:
        def opens(each: GroupCounts) -> str | None:
            place = {"need": each.need or asked.need, "agency": each.key or asked.agency_id}
            return address(
                **{name: value for name, value in place.items() if value}, figure=figure, **narrowed
            )

        return opens

    return opener
