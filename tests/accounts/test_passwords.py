"""Which passwords are refused because others would try them first."""

from __future__ import annotations

import pytest

from portal.accounts.passwords import is_easily_guessed


@pytest.mark.parametrize(
    "password",
    [
        "1qaz2wsx3edc4rfv",
        "Q1W2E3R4T5Y6U7I8",
        "passwordpassword",
        "Dragon-dragon-dragon",
        "Password 20261123",
        "!!!2026password2026!!!",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababab",
        "314159265358979323",
        "…………………………………………",
    ],
)
def test_a_common_password_is_refused_however_it_is_lengthened(password: str) -> None:
    assert is_easily_guessed(password)


@pytest.mark.parametrize(
    "password",
    ["a quiet heron by the weir", "crëyr distaw wrth y gored", "password of the heron", "Xq7!vRz0-Lm2#pWd"],
)
def test_words_that_do_not_belong_together_are_taken(password: str) -> None:
    assert not is_easily_guessed(password)
