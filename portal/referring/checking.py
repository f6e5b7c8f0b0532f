"""Check answers: what stands against sending a draft, what the agency will see of it, and what it will not."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.accounts.models import User
from portal.agencies.eligibility import PersonFacts, misfits
from portal.referrals import sharing
from portal.referrals.models import Referral, ReferralDetail
from portal.referring import queries
from portal.referring.answers import FIELDS, ON_REFERRAL, fingerprint
from portal.referring.wording import AGREEMENTS, BASES

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Preview:
    """What the agency will see: by which name it knows the person, who asks, the release, and a mark of this state."""

    name: str
    asked_by: str
    sections: dict[str, Rows]
    seen: str


def preview(draft: Referral, sender: User) -> Preview:
    """The very release that sending would make now."""
    content = sharing.snapshot(draft, draft.person, draft.detail, sender)
    identity = content.get("identity")
    return Preview(
        name=identity["name"] if identity else draft.person.initials,
        asked_by=sharing.read_release(content)["asked"][-1][1],
        sections=sharing.read_once(content),
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


def kept_back(draft: Referral, sender: User) -> dict[str, Rows]:
    """What stands on the record or was answered, by section, and is not shared with the agency."""
    shown = {"asked", *draft.detail.sections}
    return {name: rows for name, rows in every_section(draft, sender).items() if name not in shown}


def changes(draft: Referral) -> dict[str, str]:
    """The address where each section is changed: who the person is, by sharing it or not."""
    tasks = {
        "asked": "request",
        "priority": "request",
        "contact": "contact",
        "risk": "contact",
        "identity": "share",
    }
    return {section: f"/refer/{draft.reference}/{task}" for section, task in tasks.items()}


def share_rows(draft: Referral) -> Rows:
    """Why this may be shared, and what the person says to it."""
    detail = draft.detail
    agrees = AGREEMENTS.get(detail.person_agrees or "", _("Not given"))
    rows = [
        (_("Why may this be shared?"), str(BASES[detail.basis][0]) if detail.basis else _("Not given")),
        (_("Does the person know about this referral and agree to it?"), str(agrees)),
    ]
    if detail.agrees_words:
        rows.append((_("Why share without the person’s agreement?"), detail.agrees_words))
    return rows
