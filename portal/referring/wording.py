"""The words of the journey's coded answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

# Why the law lets IOM share, and where it says so.
BASES = {
    "offender_management": (
        _l("To supervise the person and help them not to reoffend"),
        _l("Offender Management Act 2007, section 14"),
    ),
    "crime_and_disorder": (
        _l("To prevent crime and disorder"),
        _l("Crime and Disorder Act 1998, section 115"),
    ),
    "protection": (
        _l("To protect the person or somebody else from serious harm"),
        _l("Data Protection Act 2018, schedule 8, paragraphs 3 and 4"),
    ),
    "agreement": (
        _l("Because the person agrees"),
        _l("Only if they may refuse without losing anything"),
    ),
}
AGREEMENTS = {
    "yes": _l("They know about it and agree"),
    "no": _l("They know about it but do not agree"),
    "not_asked": _l("They have not been asked"),
}
VISITS = {
    "yes": _l("Staff may visit alone"),
    "no": _l("Staff must not visit alone"),
    "not_known": _l("Not known"),
}
