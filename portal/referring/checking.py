"""Check answers: what stands against sending a draft, each answer in words, and what the agency will see of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.accounts.models import User
from portal.agencies.codes import NEEDS
from portal.agencies.eligibility import PersonFacts, misfits
from portal.i18n import language
from portal.referrals import sharing
from portal.referrals.models import Referral, ReferralDetail
from portal.referring import queries
from portal.referring.answers import FIELDS, ON_REFERRAL, fingerprint
from portal.referring.tasks import BY_CODE
from portal.referring.wording import AGREEMENTS, BASES

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Card:
    """One task's answers; `href` is where they are changed."""

    title: str
    href: str
    rows: Rows


@dataclass(frozen=True)
class Preview:
    """What the agency will see: by whose name its list knows the person, the release, and a mark of this state."""

    name: str
    sections: dict[str, Rows]
    seen: str


def preview(draft: Referral, sender: User) -> Preview:
    """The very release that sending would make now."""
    content = sharing.snapshot(draft, draft.person, draft.detail, sender)
    identity = content.get("identity")
    return Preview(
        name=identity["name"] if identity else draft.person.initials,
        sections=sharing.read_release(content),
        seen=fingerprint(content, draft.service_id, draft.need_code, draft.person.cohort),
    )


def every_section(draft: Referral, sender: User) -> dict[str, Rows]:
    """What each section would show if it were shared; `asked` is shared in any case."""
    kept = [name for task in ("request", "contact") for name in FIELDS[task] if name not in ON_REFERRAL]
    everything = ReferralDetail(
        **{name: getattr(draft.detail, name) for name in kept}, sections=list(sharing.SECTIONS)
    )
    return sharing.read_release(sharing.snapshot(draft, draft.person, everything, sender))


def obstacle(draft: Referral, facts: PersonFacts) -> tuple[str, str | None] | None:
    """Why the chosen service cannot be asked any more, and the reference of what stands in the way, if it is that."""
    against = misfits(draft.service, facts) if draft.service else []
    if against:
        reasons = "; ".join(str(one.words) for one in against)
        return _("This service no longer fits: %(reasons)s.", reasons=reasons), None
    live = queries.list_live(draft.person_id, draft.need_code, besides=draft.id)
    return already_live(live[draft.service_id]) if draft.service_id in live else None


def already_live(reference: str) -> tuple[str, str]:
    said = _("Referral %(reference)s already asks this service for this need.", reference=reference)
    return said, reference


def cards(draft: Referral, sender: User) -> list[Card]:
    every = every_section(draft, sender)
    rows = {
        "service": _service(draft),
        # Who asks stands last, and is nothing to change.
        "request": [*every["asked"][:-1], *every["priority"]],
        "contact": [*every["contact"], *every["risk"]],
        "share": _share(draft),
    }
    return [
        Card(str(BY_CODE[code].title), f"/refer/{draft.reference}/{code}", pairs)
        for code, pairs in rows.items()
    ]


def _service(draft: Referral) -> Rows:
    service, spoken = draft.service, language()
    return [
        (_("Need"), str(NEEDS[draft.need_code])),
        (_("Service"), service.name_in(spoken) if service else _("Not given")),
        (_("Agency"), service.agency.name_in(spoken) if service else _("Not given")),
    ]


def _share(draft: Referral) -> Rows:
    detail = draft.detail
    shared = "; ".join(str(words) for code, words in sharing.SECTIONS.items() if code in detail.sections)
    agrees = AGREEMENTS.get(detail.person_agrees or "", _("Not given"))
    rows = [
        (_("What may the agency see?"), shared or _("Nothing but what is asked")),
        (_("Why may this be shared?"), str(BASES[detail.basis][0]) if detail.basis else _("Not given")),
        (_("Does the person know about this referral and agree to it?"), str(agrees)),
    ]
    if detail.agrees_words:
        rows.append((_("Why share without the person’s agreement?"), detail.agrees_words))
    return rows
