"""The sections of a copy that are about referrals: what was asked, shown, said and done. One statement a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from portal.agencies.codes import NEEDS, PRIORITY_REASONS
from portal.agencies.models import Service
from portal.appointments.models import Appointment
from portal.appointments.wording import MODE_NAMES, STATE_NAMES
from portal.chasing.models import Chase
from portal.chasing.wording import CHANGES, KINDS
from portal.db import db
from portal.i18n import date_and_time, language, long_date
from portal.keeping.copying import Entry, known, said
from portal.referrals.models import Event, Message, Referral, ReferralDetail, Release
from portal.referrals.sharing import SECTIONS, read_release
from portal.referrals.timeline import SIDES, happenings
from portal.referrals.wording import STATUS_NAMES

# Events whose words stand in a section of their own.
ELSEWHERE = ("chased", "advocated", "escalated", "chase_answered", "discussed")
MEETINGS = sa.text("""
    SELECT d.id, d.referral_id, d.words, m.held_on FROM meeting_decision d JOIN meeting m ON m.id = d.meeting_id
     WHERE d.referral_id = ANY (:ids) ORDER BY d.id""")


class OfReferrals:
    """The referrals of a person's rows; its sections are asked of it by name."""

    def __init__(self, member_ids: Sequence[int]) -> None:
        query = (
            sa.select(Referral)
            .where(Referral.person_id.in_(member_ids))
            .order_by(Referral.created_at, Referral.id)
            .options(
                joinedload(Referral.service).joinedload(Service.agency),
                joinedload(Referral.detail),
                joinedload(Referral.referrer),
            )
        )
        self.referrals = list(db.session.scalars(query))
        self.names = {one.id: self._name(one) for one in self.referrals}
        self.ids = list(self.names)

    def _name(self, referral: Referral) -> str:
        service = referral.service
        where = f", {service.agency.name_in(language())}" if service else ""
        return f"{referral.reference}: {NEEDS[referral.need_code]}{where}"

    def _rows(self, model: Any, *options: Any) -> Sequence[Any]:
        query = sa.select(model).where(model.referral_id.in_(self.ids)).order_by(model.id).options(*options)
        return db.session.scalars(query).all()

    def referrals_and_events(self) -> list[Entry]:
        events: dict[int, list[Event]] = {number: [] for number in self.ids}
        for event in self._rows(Event, joinedload(Event.by)):
            events[event.referral_id].append(event)
        found = []
        for one in self.referrals:
            found.append(self._asked(one, one.detail))
            found += [self._event(one.id, event) for event in events[one.id]]
        return found

    def _asked(self, one: Referral, detail: ReferralDetail) -> Entry:
        reasons = [
            str(PRIORITY_REASONS[code]) for code in detail.priority_reasons if code in PRIORITY_REASONS
        ]
        return Entry(
            self.names[one.id],
            known(
                (_("Status"), STATUS_NAMES[one.status]),
                (_("Asked by"), one.referrer.name),
                (_("Sent on"), long_date(one.sent_on)),
                (_("What is asked"), detail.asked),
                (_("Why this is a priority"), "; ".join(reasons)),
                (_("Why this is a priority, in words"), detail.priority_words),
                (_("How and when to reach the person"), detail.contact),
                (_("Times when the person is not available"), detail.unavailable),
                (_("Interpreter or Welsh"), detail.language),
                (_("Access needs"), detail.access_needs),
                (_("The person’s agreement, in words"), detail.agrees_words),
            ),
            said((_("Risk to staff"), detail.risk_words, f"risk:{one.id}")),
        )

    def _event(self, referral_id: int, event: Event) -> Entry:
        happening = happenings([event])[0]
        key = f"event:{event.id}" if event.side == "agency" else None
        words = "" if event.kind in ELSEWHERE or event.kind.startswith("appointment_") else event.words
        elsewhere = _("Where to go instead")
        facts = [pair for pair in happening.details if pair[0] != elsewhere]
        return Entry(
            f"{self.names[referral_id].partition(':')[0]}: {happening.title}",
            [(_("When"), happening.when), (_("By"), happening.by), *facts],
            said((_("Words"), words, key), (elsewhere, event.data.get("elsewhere"), f"elsewhere:{event.id}")),
        )

    def releases(self) -> list[Entry]:
        return [
            Entry(
                self.names[row.referral_id],
                [
                    (_("Shown on"), long_date(row.released_at)),
                    *(
                        pair
                        for name, pairs in read_release(row.content).items()
                        if name != "risk"
                        for pair in pairs
                    ),
                ],
                said((str(SECTIONS["risk"]), row.content.get("risk", {}).get("words"), f"release:{row.id}")),
            )
            for row in self._rows(Release)
        ]

    def messages(self) -> list[Entry]:
        return [
            Entry(
                self.names[row.referral_id],
                [
                    (_("When"), date_and_time(row.at)),
                    (_("By"), f"{row.by.name}, {row.by.organisation or SIDES[row.side]}"),
                ],
                said((_("Words"), row.words, f"message:{row.id}" if row.side == "agency" else None)),
            )
            for row in self._rows(Message, joinedload(Message.by))
        ]

    def appointments(self) -> list[Entry]:
        return [
            Entry(
                self.names[row.referral_id],
                known(
                    (_("When"), date_and_time(row.at)),
                    (_("How"), MODE_NAMES[row.mode]),
                    (_("Where"), row.place),
                    (_("What the person was told"), row.words),
                    (_("What became of it"), STATE_NAMES[row.state]),
                ),
                said((_("Words"), row.state_words, f"appointment:{row.id}")),
            )
            for row in self._rows(Appointment)
        ]

    def chases(self) -> list[Entry]:
        return [
            Entry(
                f"{self.names[row.referral_id]}, {KINDS[row.kind]}",
                known(
                    (_("When"), date_and_time(row.at)), (_("What it changed"), CHANGES.get(row.changed or ""))
                ),
                said(
                    (_("Words"), row.words, f"chase:{row.id}"), (_("Answer"), row.answer, f"answer:{row.id}")
                ),
            )
            for row in self._rows(Chase)
        ]

    def meetings(self) -> list[Entry]:
        return [
            Entry(
                self.names[row.referral_id],
                [(_("Meeting held on"), long_date(row.held_on))],
                said((_("Words"), row.words, f"meeting:{row.id}")),
            )
            for row in db.session.execute(MEETINGS, {"ids": self.ids})
        ]

    def by_section(self) -> dict[str, Callable[[], list[Entry]]]:
        return {
            "referrals": self.referrals_and_events,
            "releases": self.releases,
            "messages": self.messages,
            "appointments": self.appointments,
            "chases": self.chases,
            "meetings": self.meetings,
        }
