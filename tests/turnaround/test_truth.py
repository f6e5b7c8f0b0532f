"""The figures of simulated agencies, whose truth is known: a short run of `make simulate`. Seeded, so no luck is in it."""

import numpy as np
import pytest

from benchmarks import simulation
from portal.turnaround.comparison import compare
from portal.turnaround.estimators import cumulative_incidence, kaplan_meier


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(20261127)


def test_finished_referrals_flatter_a_slow_agency_and_the_median_does_not(
    chance: np.random.Generator,
) -> None:
    agency = simulation.slow(chance)
    median = cumulative_incidence(agency.counts()).median().value
    assert median == pytest.approx(np.median(agency.answered), abs=1)
    assert np.median(agency.finished()) < 0.7 * np.median(agency.answered)


def test_an_agency_that_is_silent_is_shown_as_silent(chance: np.random.Generator) -> None:
    agency = simulation.silent(chance)
    counts, truth = agency.counts(), np.mean(agency.answered <= 40)
    assert cumulative_incidence(counts).share[40] == pytest.approx(truth, abs=0.005)
    assert kaplan_meier(counts).share[40] > truth + 0.3


def test_the_clock_from_the_day_available_has_the_true_median(chance: np.random.Generator) -> None:
    agency, held = simulation.available_later(chance)
    truth = np.median(agency.answered)
    assert cumulative_incidence(agency.counts()).median().value == pytest.approx(truth, abs=1)
    assert np.median(agency.answered + held) > truth + 5


def test_each_month_of_a_growing_backlog_has_its_true_median(chance: np.random.Generator) -> None:
    agency, month = simulation.growing(chance)
    for k in range(5):
        sent = simulation.Agency(*(days[month == k] for days in agency))
        truth = np.median(sent.answered)
        assert cumulative_incidence(sent.counts()).median().value == pytest.approx(truth, abs=1.5)
        assert np.median(sent.finished()) <= truth


@pytest.mark.parametrize("n", [20, 50])
def test_limits_hold_the_truth_as_often_as_they_say(chance: np.random.Generator, n: int) -> None:
    found = [simulation.coverage(chance, n, share, seen_to=30, rounds=600) for share in simulation.SHARES]
    shares, medians = zip(*found, strict=True)
    assert 0.93 <= np.mean(shares) <= 0.97
    assert min(shares) >= 0.91
    assert np.mean(medians) >= 0.93
    assert min(medians) >= 0.91


@pytest.mark.parametrize(("agencies", "most"), simulation.FUNNELS)
def test_few_of_agencies_that_are_alike_are_flagged(
    chance: np.random.Generator, agencies: int, most: int
) -> None:
    funnels = [compare(list(simulation.alike(chance, agencies, most))) for _ in range(2_000 // agencies)]
    found = [agency for funnel in funnels for agency in funnel.agencies]
    assert np.mean([agency.flag is not None for agency in found]) < 0.05
    assert all(agency.side for agency in found if agency.flag)
    assert np.mean([funnel.structural for funnel in funnels]) < 0.01


@pytest.mark.parametrize("usual", [3, 10])
@pytest.mark.parametrize("n", [50, 200])
def test_without_priority_few_are_called_faster_or_slower(
    chance: np.random.Generator, usual: int, n: int
) -> None:
    verdicts = [simulation.without_priority(chance, usual, n).verdict for _ in range(800)]
    assert verdicts.count("faster") < 0.025 * 800
    assert verdicts.count("slower") < 0.04 * 800
