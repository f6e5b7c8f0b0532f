"""Tables of the register. Row-level security shows a user the people of their areas, restricted ones by name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from portal.accounts.models import User
from portal.agencies.models import Area
from portal.db import Model
from portal.people import names
from portal.people.identifiers import pnc_letter_is_wrong

COHORTS = ("fixed", "flex", "free")
STANDS = sa.text("duplicate_of IS NULL AND joined_to IS NULL")  # for others of the same person it stands
ON_LISTS = "closed_at IS NULL AND joined_to IS NULL"
# The same as identifiers.pnc_letter_is_wrong, kept with the row: lists ask it of everybody.
PNC_DOUBTFUL = """CASE WHEN pnc_id ~ '^[0-9]{4}/[0-9]{7}[A-Z]$'
    THEN substr('ZABCDEFGHJKLMNPQRTUVWXY', ((substr(pnc_id, 3, 2) || substr(pnc_id, 6, 7))::bigint % 23)::int + 1, 1)
         <> right(pnc_id, 1)
    ELSE false END"""
NEED_STATES = ("identified", "referred", "being_met", "met", "not_met", "declined_by_person")


class Person(Model):
    __tablename__ = "person"
    __table_args__ = (
        sa.Index("uq_person_crn", "crn", unique=True, postgresql_where=STANDS),
        sa.Index("uq_person_niche_ref", "niche_ref", unique=True, postgresql_where=STANDS),
        sa.Index("uq_person_form_token", "form_token", unique=True),
        sa.Index("ix_person_area_id_sort_key", "area_id", "sort_key", "id"),
        sa.Index("ix_person_area_id_date_of_birth", "area_id", "date_of_birth"),
        sa.Index("ix_person_joined_to", "joined_to", postgresql_where=sa.text("joined_to IS NOT NULL")),
        sa.Index(
            "ix_person_closed", "area_id", "closed_at", postgresql_where=sa.text("closed_at IS NOT NULL")
        ),
        sa.Index(
            "ix_person_duplicate_of", "duplicate_of", postgresql_where=sa.text("duplicate_of IS NOT NULL")
        ),
        sa.Index(
            "ix_person_incomplete",
            "area_id",
            "id",
            postgresql_where=sa.text(
                f"{ON_LISTS} AND (date_of_birth IS NULL OR local_authority_id IS NULL OR sex IS NULL OR pnc_doubtful OR"
                " (crn IS NULL AND pnc_id IS NULL AND noms_number IS NULL AND niche_ref IS NULL))"
            ),
        ),
        sa.Index(
            "ix_person_without_om",
            "area_id",
            "id",
            postgresql_where=sa.text(f"{ON_LISTS} AND police_om_id IS NULL AND probation_om_id IS NULL"),
        ),
        sa.Index("ix_person_wisdom", "area_id", "id", postgresql_where=sa.text(f"{ON_LISTS} AND wisdom")),
        sa.Index("ix_person_differs", "area_id", "id", postgresql_where=sa.text("differs <> '{}'")),
        sa.Index("ix_person_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"))
    local_authority_id: Mapped[int | None] = mapped_column(sa.ForeignKey("area.id"))
    restricted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    surname: Mapped[str]
    forenames: Mapped[str]
    preferred_name: Mapped[str] = mapped_column(default="", server_default="")
    date_of_birth: Mapped[date | None]
    sex: Mapped[str | None]
    gender: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    interpreter: Mapped[str] = mapped_column(default="", server_default="")
    access_needs: Mapped[str] = mapped_column(default="", server_default="")
    crn: Mapped[str | None] = mapped_column(index=True)
    pnc_id: Mapped[str | None] = mapped_column(index=True)
    noms_number: Mapped[str | None] = mapped_column(index=True)
    niche_ref: Mapped[str | None] = mapped_column(index=True)
    police_om_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    probation_om_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    wisdom: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    y2a: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    y2a_from: Mapped[date | None]
    mappa: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    no_fixed_address: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    duplicate_of: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    joined_to: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    differs: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    other_names: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, server_default="{}")
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closed_reason: Mapped[str | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    pnc_doubtful: Mapped[bool] = mapped_column(sa.Computed(PNC_DOUBTFUL, persisted=True))
    sort_key: Mapped[str] = mapped_column(sa.Text(collation="C"))
    form_token: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    # A row that names nobody any more: what was counted of the person stays (docs/decisions/0022).
    erased_on: Mapped[date | None]

    area: Mapped[Area] = relationship(foreign_keys=area_id)
    local_authority: Mapped[Area | None] = relationship(foreign_keys=local_authority_id)
    police_om: Mapped[User | None] = relationship(foreign_keys=police_om_id)
    probation_om: Mapped[User | None] = relationship(foreign_keys=probation_om_id)
    spells: Mapped[list[CohortSpell]] = relationship(order_by="CohortSpell.from_on.desc()")
    needs: Mapped[list[PersonNeed]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        return f"{self.forenames} {self.surname}"

    @property
    def initials(self) -> str:
        """First letters of the names: what an agency's list shows of a person."""
        return "".join(word[0] for word in f"{self.forenames} {self.surname}".split())

    @property
    def cohort(self) -> str | None:
        """The open spell's cohort, or None for someone who is in none now."""
        return self.open_spell.cohort if self.open_spell else None

    @property
    def open_spell(self) -> CohortSpell | None:
        return next((spell for spell in self.spells if spell.to_on is None), None)

    @property
    def pnc_id_is_doubtful(self) -> bool:
        """The PNC ID's check letter is not the one its numbers give."""
        return pnc_letter_is_wrong(self.pnc_id)

    def age_on(self, day: date) -> int | None:
        """In whole years; born on 29 February, one is a year older on 1 March."""
        born = self.date_of_birth
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) if born else None


class PersonName(Model):
    """One word of a name, folded and as it sounds: what a search compares."""

    __tablename__ = "person_name"
    __table_args__ = (
        sa.Index("ix_person_name_word", "area_id", "word", "person_id", postgresql_include=["whole"]),
        sa.Index("ix_person_name_sound", "area_id", "sound", "person_id", postgresql_include=["whole"]),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[int]
    word: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    sound: Mapped[str] = mapped_column(sa.Text(collation="C"))
    whole: Mapped[str] = mapped_column(sa.Text(collation="C"))


class PersonReader(Model):
    """A member of staff named on a restricted person."""

    __tablename__ = "person_reader"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True, index=True)


class CohortSpell(Model):
    """A time in one cohort; a person has at most one open spell. The database gives an open one a review day if it has
    none. Whoever set, corrected or ended it is not known where an extract did."""

    __tablename__ = "cohort_spell"
    __table_args__ = (
        sa.Index("uq_cohort_spell_open", "person_id", unique=True, postgresql_where=sa.text("to_on IS NULL")),
        sa.Index(
            "ix_cohort_spell_review_on", "review_on", "person_id", postgresql_where=sa.text("to_on IS NULL")
        ),
        sa.Index("ix_cohort_spell_to_on", "to_on", postgresql_where=sa.text("to_on IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), index=True)
    cohort: Mapped[str]
    why: Mapped[str] = mapped_column(default="", server_default="")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    review_on: Mapped[date | None]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    set_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    corrected_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    corrected_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    end_why: Mapped[str] = mapped_column(default="", server_default="")


class PersonClosing(Model):
    """That a person was closed, undone within its time, or reopened by another spell; never changed.

    Those closed together have the same `batch`. `spell_id` is the spell that the closing ended.
    """

    __tablename__ = "person_closing"
    __table_args__ = (
        sa.Index("ix_person_closing_person_id", "person_id", "id"),
        sa.Index("uq_person_closing_batch", "batch", "person_id", "act", unique=True),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"))
    act: Mapped[str]
    batch: Mapped[str]
    reason: Mapped[str | None]
    words: Mapped[str] = mapped_column(default="", server_default="")
    spell_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cohort_spell.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))


class PersonNeed(Model):
    """A need and where it stands: the database keeps `state` and the days after `identified_on`, whoever acts.

    A step's day is the first referral's to reach it since the need was identified. `changed_on`: in its state since.
    """

    __tablename__ = "person_need"
    __table_args__ = (
        sa.Index(
            "ix_person_need_unreferred",
            "identified_on",
            "person_id",
            "need_code",
            postgresql_where=sa.text("state = 'identified'"),
        ),
    )

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    need_code: Mapped[str] = mapped_column(sa.ForeignKey("need.code"), primary_key=True)
    state: Mapped[str] = mapped_column(default="identified", server_default="identified")
    identified_on: Mapped[date]
    changed_on: Mapped[date]
    referred_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    started_on: Mapped[date | None]


class NeedStatement(Model):
    """What was said of a need without a referral; append-only. A new row moves the need, unless a referral is live."""

    __tablename__ = "need_statement"
    __table_args__ = (sa.Index("ix_need_statement_person_id", "person_id", "need_code"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"))
    need_code: Mapped[str] = mapped_column(sa.ForeignKey("need.code"))
    state: Mapped[str]
    on_day: Mapped[date]
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"))
    words: Mapped[str] = mapped_column(default="", server_default="")

    by: Mapped[User | None] = relationship()


def name_rows(person: Person) -> list[dict[str, object]]:
    """The rows of `person_name` by which a person is found."""
    found = names.index(person.forenames, person.surname, person.preferred_name, *(person.other_names or ()))
    return [
        {"person_id": person.id, "area_id": person.area_id, "word": word, "sound": sound, "whole": whole}
        for word, sound, whole in found
    ]


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _set_sort_key(mapper: Mapper[Person], connection: sa.Connection, person: Person) -> None:
    person.sort_key = names.sort_key(person.surname, person.forenames)


@event.listens_for(Person, "after_insert")
def _add_name_rows(mapper: Mapper[Person], connection: sa.Connection, person: Person) -> None:
    if rows := name_rows(person):
        connection.execute(sa.insert(PersonName), rows)


@event.listens_for(Person, "after_update")
def _renew_name_rows(mapper: Mapper[Person], connection: sa.Connection, person: Person) -> None:
    history = sa.inspect(person).attrs
    if any(
        history[name].history.has_changes() for name in ("forenames", "surname", "preferred_name", "area_id")
    ):
        connection.execute(sa.delete(PersonName).where(PersonName.person_id == person.id))
        _add_name_rows(mapper, connection, person)
