"""What the reader narrows the figures to: a form in the address, every part of it optional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.agencies.reference_data import FIRST_YEAR
from portal.fields import DateField, PortalForm, RadioField, SelectField
from portal.i18n import long_date
from portal.turnaround.filters import MONTHS, Filter, period, whole_months

FIRST_DAY = date(FIRST_YEAR, 1, 1)
DAY_NAMES = {"working": _l("Working days"), "calendar": _l("Calendar days")}
# What can be counted day by day: the measures in a word or two.
MEASURE_NAMES = {
    "M0": _l("Acknowledged"),
    "M1": _l("Answered"),
    "M2": _l("First appointment offered"),
    "M3": _l("Help started"),
    "M4": _l("Priority granted"),
}
CLOCK_NAMES = {"gross": _l("All days"), "net": _l("Without days of waiting for IOM and pauses")}


class FilterForm(PortalForm):
    """`asked` is what a valid form asks for, with what was left empty filled in."""

    class Meta(PortalForm.Meta):
        csrf = False

    measure = RadioField(_l("Show"), choices=MEASURE_NAMES.items(), small=True)
    need = SelectField(_l("Need"), empty=_l("All needs"), choices=NEEDS.items())
    agency = SelectField(_l("Agency"), empty=_l("All agencies"))
    service = SelectField(_l("Service"), empty=_l("All services"))
    area = SelectField(_l("Area"), empty=_l("All areas"))
    cohort = SelectField(_l("Cohort"), empty=_l("All cohorts"), choices=COHORT_NAMES.items())
    sent_from = DateField(_l("Sent on or after"), name="from")
    sent_to = DateField(_l("Sent on or before"), name="to")
    as_of = DateField(_l("As things stood on"), name="as-of", hint=_l("Leave empty for today"))
    days = RadioField(_l("Count in"), choices=DAY_NAMES.items(), inline=True, small=True)
    clock = RadioField(_l("Count"), choices=CLOCK_NAMES.items(), small=True)

    def __init__(
        self,
        args: Any,
        today: date,
        *,
        areas: Mapping[int, str],
        months: bool = False,
        back: int = MONTHS,
        with_measure: bool = False,
        **offered: Mapping[int, str],
    ) -> None:
        """`areas`, and `agencies` and `services` where they may be chosen: names by number. `months`: only whole ones.

        `back` months are asked for where no first day is chosen; `with_measure` lets one of MEASURE_NAMES be chosen.
        """
        super().__init__(args)
        self.today, self.months, self.back = today, months, back
        self.first_chosen = bool(self.sent_from.data)
        self.measure.data = self.measure.data or "M1"
        if not with_measure:
            del self.measure
        self.area.choices = areas.items()
        self.days.data = self.days.data or "working"
        self.clock.data = self.clock.data or "gross"
        for name, plural in (("agency", "agencies"), ("service", "services")):
            if plural in offered:
                self[name].choices = offered[plural].items()
            else:
                del self[name]

    def validate_as_of(self, field: DateField) -> None:
        if field.data and not FIRST_DAY <= field.data <= self.today:
            raise ValidationError(_("Enter a date from %(first)s to today", first=long_date(FIRST_DAY)))

    def validate_sent_to(self, field: DateField) -> None:
        if not self.sent_from.errors:
            from_on, to_on, _as_of = self.period()
            if from_on > to_on:
                raise ValidationError(_("The last date must be the same as or after the first date"))

    def period(self) -> tuple[date, date, date]:
        make = whole_months if self.months else period
        return make(self.today, self.sent_from.data, self.sent_to.data, self.as_of.data, self.back)

    def asked(self, agency_id: int | None = None) -> Filter:
        chosen = {name: self[name].data for name in ("agency", "service") if name in self}
        from_on, to_on, as_of = self.period()
        return Filter(
            from_on=from_on,
            to_on=to_on,
            as_of=as_of,
            days=self.days.data,
            clock=self.clock.data,
            need=self.need.data,
            agency_id=agency_id or chosen.get("agency"),
            service_id=chosen.get("service"),
            area_id=self.area.data,
            cohort=self.cohort.data,
        )

    def further_back(self, asked: Filter, months: int) -> Filter:
        """The same, over so many months where no first day was chosen."""
        if self.first_chosen:
            return asked
        make = whole_months if self.months else period
        return replace(asked, from_on=make(self.today, None, asked.to_on, asked.as_of, months)[0])

    def show(self, asked: Filter) -> None:
        """Write into the boxes what was filled in."""
        filled = [(self.sent_from, asked.from_on), (self.sent_to, asked.to_on)]
        for field, day in [*filled, (self.as_of, asked.as_of)] if self.months else filled:
            field.typed, field.data = None, day
