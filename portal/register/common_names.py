"""How common a name is in Wales, as a fixed table: what is loaded must not decide what a name weighs. Pure.

Shares of people. The five commonest surnames are counts of March 2020 (Jones 170,633, Davies 111,559, Williams 110,404,
Evans 72,243, Thomas 71,040) over 3.15 million; all others, and forenames within each sex, are rounded assumptions for
adults. A name in no table counts as one in 2,000 (surname) or one in 500 (forename): commoner than it probably is,
since families and neighbourhoods share rare names.
"""

from __future__ import annotations

UNLISTED_SURNAME = 1 / 2000
UNLISTED_FORENAME = 1 / 500

_SURNAMES = {
    0.054: "jones",
    0.035: "davies williams",
    0.023: "evans thomas",
    0.015: "roberts",
    0.012: "hughes lewis morgan",
    0.009: "griffiths edwards smith",
    0.0075: "james rees owen",
    0.006: "jenkins price phillips morris",
    0.0045: "richards lloyd harris parry brown taylor",
    0.003: "powell watkins bowen john ellis howells pritchard davis wilson martin",
    0.002: "llewellyn griffith pugh harries humphreys hopkins williamson johnson walker white green hall wood king "
    "jackson clarke baker cooper turner hill ali khan ahmed hussain begum",
    0.001: "bevan beynon howell gibbs daniel david francis george matthews mathias reynolds rowlands rogers robinson "
    "samuel simpson stephens vaughan wright young murphy kelly collins cook carter bennett allen adams anderson "
    "barnes bell campbell marshall mitchell moore parker scott shaw stone thompson webb west singh islam rahman miah "
    "nowak tudor prosser probert perkins nicholas jarvis",
}
_FORENAMES = {
    0.025: "david michael james sarah",
    0.02: "christopher matthew daniel andrew paul mark gareth emma laura rebecca",
    0.015: "stephen robert thomas john richard rachel claire samantha",
    0.012: "ryan liam joshua adam lee jason rhys jessica hannah nicola kelly lisa gemma",
    0.01: "craig jack luke benjamin darren simon anthony amy chloe natalie michelle joanne victoria katie",
    0.008: "jordan jamie nathan connor callum jonathan samuel william ian catherine elizabeth lauren megan stacey "
    "charlotte sophie kirsty leanne danielle",
    0.006: "kyle kevin ashley alexander gavin scott dean carl nicholas peter philip mohammed alan martin wayne shaun "
    "amanda donna julie karen susan tracey zoe jade hayley bethan sian jennifer",
    0.004: "george neil stuart karl ross aaron lewis owen dylan morgan kieran bradley tyler ben huw geraint dafydd "
    "rhian rhiannon angharad ffion cerys carys nia catrin elin lowri kayleigh kimberley melanie alison helen "
    "louise jane anna maria ceri",
}


def _table(tiers: dict[float, str]) -> dict[str, float]:
    return {name: share for share, names in tiers.items() for name in names.split()}


SURNAMES = _table(_SURNAMES)
FORENAMES = _table(_FORENAMES)


def surname_share(surname: str) -> float:
    """Of a folded surname without hyphens or spaces."""
    return SURNAMES.get(surname, UNLISTED_SURNAME)


def forename_share(forename: str) -> float:
    """Of a folded forename, among people of that sex."""
    return FORENAMES.get(forename, UNLISTED_FORENAME)
