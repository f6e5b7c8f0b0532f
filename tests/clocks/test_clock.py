from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clocks.clock import Pause, Reading, london_date, read
from portal.clocks.working_days import WorkingDays

unhurried = settings(max_examples=400, deadline=None)  # a busy machine is no failure

HOLIDAYS = [date(2023, 12, 25), date(2023, 12, 26), date(2024, 1, 1), date(2024, 3, 29), date(2024, 4, 1)]
WORKING_DAYS = WorkingDays(HOLIDAYS)
MOMENTS = st.integers(0, 117 * 24 * 60).map(
    lambda n: datetime(2023, 12, 15, tzinfo=UTC) + timedelta(minutes=n)
)
PAUSES = st.lists(
    st.tuples(MOMENTS, st.none() | st.timedeltas(timedelta(0), timedelta(20))).map(
        lambda drawn: Pause(drawn[0], None if drawn[1] is None else drawn[0] + drawn[1])
    ),
    max_size=5,
)


def at(day: str, time: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}+00:00")


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def walk(days: Sequence[date]) -> int:
    """Working days after the first, on a run of days in order."""
    return max(sum(is_working(day) for day in days) - 1, 0)


def run(start: date, stop: date) -> list[date]:
    return [start + timedelta(n) for n in range((stop - start).days + 1)]


def naive(sent: datetime, stop: datetime, pauses: list[Pause], available: date | None) -> tuple[int, ...]:
    """Both clocks by marking each night (the step from a date to the next) that a pause covers."""
    wales = ZoneInfo("Europe/London")
    start = max(sent.astimezone(wales).date(), available or date.min)
    end = max(stop.astimezone(wales).date(), start)
    nights = run(start, end)[:-1]
    rested = set()
    for pause in pauses:
        first = pause.start.astimezone(wales).date()
        last = end if pause.stop is None else pause.stop.astimezone(wales).date()
        rested |= {night for night in nights if first <= night < last}
    spells: list[list[date]] = []
    for night in sorted(rested):
        if not spells or spells[-1][-1] != night - timedelta(1):
            spells.append([])
        spells[-1].append(night)
    gross = walk(run(start, end))
    resting = sum(walk([*spell, spell[-1] + timedelta(1)]) for spell in spells)
    return gross, gross - resting, len(nights), len(nights) - len(rested)


def test_sent_monday_asked_tuesday_answered_thursday_accepted_friday_is_two_net_days() -> None:
    pause = Pause(at("2024-02-06"), at("2024-02-08"))
    reading = read(at("2024-02-05"), at("2024-02-09"), [pause], WORKING_DAYS)
    assert reading == Reading(gross_working=4, net_working=2, gross_calendar=4, net_calendar=2, pauses=1)


def test_overlapping_pauses_are_taken_off_once_and_both_counted() -> None:
    pauses = [Pause(at("2024-02-06"), at("2024-02-08")), Pause(at("2024-02-07"), at("2024-02-09"))]
    reading = read(at("2024-02-05"), at("2024-02-12"), pauses, WORKING_DAYS)
    assert reading == Reading(gross_working=5, net_working=2, gross_calendar=7, net_calendar=4, pauses=2)


def test_a_pause_within_a_longer_one_does_not_shorten_it() -> None:
    pauses = [Pause(at("2024-02-06"), at("2024-02-09")), Pause(at("2024-02-07"), at("2024-02-08"))]
    assert read(at("2024-02-05"), at("2024-02-12"), pauses, WORKING_DAYS).net_working == 2


def test_pauses_that_meet_on_a_weekend_are_one_pause() -> None:
    pauses = [Pause(at("2024-02-02"), at("2024-02-03")), Pause(at("2024-02-03", "15:00"), at("2024-02-05"))]
    assert read(at("2024-02-01"), at("2024-02-06"), pauses, WORKING_DAYS).net_working == 2


def test_a_pause_that_lasts_runs_to_the_stop() -> None:
    reading = read(at("2024-02-05"), at("2024-02-16"), [Pause(at("2024-02-07"), None)], WORKING_DAYS)
    assert (reading.gross_working, reading.net_working, reading.pauses) == (9, 2, 1)


def test_a_pause_outside_the_clock_does_not_count() -> None:
    pauses = [Pause(at("2024-01-02"), at("2024-01-10")), Pause(at("2024-02-20"), None)]
    reading = read(at("2024-02-05"), at("2024-02-09"), pauses, WORKING_DAYS)
    assert (reading.gross_working, reading.net_working, reading.pauses) == (4, 4, 0)


def test_the_clock_starts_when_the_person_is_available_if_that_is_later() -> None:
    reading = read(at("2024-02-05"), at("2024-02-16"), [], WORKING_DAYS, available_from=date(2024, 2, 12))
    assert (reading.gross_working, reading.gross_calendar) == (4, 4)
    reading = read(at("2024-02-05"), at("2024-02-16"), [], WORKING_DAYS, available_from=date(2024, 1, 12))
    assert (reading.gross_working, reading.gross_calendar) == (9, 11)


@pytest.mark.parametrize("available_from", [None, date(2024, 3, 20)])
def test_a_stop_before_the_start_is_day_nought(available_from: date | None) -> None:
    reading = read(at("2024-03-05"), at("2024-03-04"), [], WORKING_DAYS, available_from)
    assert reading == Reading(0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at("2024-03-30", "23:30"), date(2024, 3, 30)),  # the last evening of winter time
        (at("2024-03-31", "22:30"), date(2024, 3, 31)),
        (at("2024-03-31", "23:30"), date(2024, 4, 1)),  # summer time: past midnight in Cardiff
        (at("2024-10-26", "23:30"), date(2024, 10, 27)),
        (at("2024-10-27", "22:59"), date(2024, 10, 27)),  # the clocks have gone back
        (at("2024-10-27", "23:30"), date(2024, 10, 27)),
        (at("2024-02-29", "23:59"), date(2024, 2, 29)),
    ],
)
def test_a_moment_falls_on_its_date_in_wales_on_both_sides_of_the_clock_change(
    moment: datetime, day: date
) -> None:
    assert london_date(moment) == day


def test_days_are_counted_by_date_over_both_clock_changes() -> None:
    spring = read(at("2024-03-30", "00:30"), at("2024-03-31", "23:30"), [], WORKING_DAYS)
    autumn = read(at("2024-10-26", "23:30"), at("2024-10-27", "23:30"), [], WORKING_DAYS)
    assert (spring.gross_calendar, autumn.gross_calendar) == (2, 0)


def test_29_february_is_a_day_like_any_other() -> None:
    reading = read(at("2024-02-28"), at("2024-03-01"), [Pause(at("2024-02-29"), None)], WORKING_DAYS)
    assert reading == Reading(gross_working=2, net_working=1, gross_calendar=2, net_calendar=1, pauses=1)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        london_date(datetime(2024, 2, 5))  # noqa: DTZ001


def test_a_pause_that_stops_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(at("2024-02-05"), at("2024-02-04"))


@unhurried
@given(MOMENTS, MOMENTS, PAUSES, st.none() | st.dates(date(2023, 12, 15), date(2024, 4, 10)))
def test_both_clocks_agree_with_a_walk_night_by_night(
    sent: datetime, stop: datetime, pauses: list[Pause], available: date | None
) -> None:
    reading = read(sent, stop, pauses, WORKING_DAYS, available)
    expected = naive(sent, stop, pauses, available)
    assert (
        reading.gross_working,
        reading.net_working,
        reading.gross_calendar,
        reading.net_calendar,
    ) == expected
    assert 0 <= reading.net_working <= reading.gross_working
    assert 0 <= reading.pauses <= len(pauses)
