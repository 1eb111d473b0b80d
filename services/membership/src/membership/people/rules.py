"""Rules of people: what may stand in a record, and who is written to. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from membership.consents.rules import ConsentData, consent_needed, consent_reasons
from membership.people import id_numbers, phones
from shared.refusal import Reason
from shared.texts import N_

LANGUAGES = ("zh-Hans", "en")
GUARDED_UNDER = 14
"""Personal Information Protection Law, article 31: consent of the guardians for those under 14."""
ADULT_FROM = 18
"""Civil Code, article 17."""
_OLDEST = 130
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


@dataclass(frozen=True)
class PersonData:
    """What is entered about a person; ``guardian_ids`` and ``consent`` only for a child.

    Only the sample loader says ``sample``.
    """

    name: str
    language: str = "zh-Hans"
    phone: str | None = None
    email: str | None = None
    birth_on: date | None = None
    id_number: str | None = None
    guardian_ids: tuple[UUID, ...] = ()
    consent: ConsentData | None = None
    sample: bool = False


def checked(data: PersonData, today: date) -> tuple[PersonData, list[Reason]]:
    """The data in one form, and every rule that they break."""
    name = " ".join(unicodedata.normalize("NFC", data.name).split())
    reasons: list[Reason] = []
    if not 1 <= len(name) <= 120 or not name.isprintable():
        reasons.append(Reason("name-length", N_("A name has 1 to 120 characters."), "name"))
    if data.language not in LANGUAGES:
        reasons.append(Reason("language-unknown", N_("The language is zh-Hans or en."), "language"))
    phone, phone_reasons = _phone(data)
    email, email_reasons = _email(data.email)
    number, born, number_reasons = _id_number(data)
    reasons += phone_reasons + email_reasons + number_reasons
    if born is not None and not (born <= today and age(born, today) <= _OLDEST):
        reasons.append(Reason("birth-date-impossible", N_("Nobody alive was born on that day."), "birth_on"))
    tidy = replace(data, name=name, phone=phone, email=email, id_number=number, birth_on=born)
    return tidy, reasons


def _phone(data: PersonData) -> tuple[str | None, list[Reason]]:
    if not (data.phone or "").strip():
        return None, []
    phone = phones.e164(data.phone or "", sample=data.sample)
    if phone is None:
        text = N_("This is no telephone number. Numbers from abroad begin with + and the country.")
        return None, [Reason("phone-invalid", text, "phone")]
    return phone, []


def _email(text: str | None) -> tuple[str | None, list[Reason]]:
    given = unicodedata.normalize("NFKC", text or "").strip()
    if not given:
        return None, []
    if len(given) > 254 or not _EMAIL.fullmatch(given):
        return None, [Reason("email-invalid", N_("This is no e-mail address."), "email")]
    local, _, domain = given.rpartition("@")
    return f"{local}@{domain.lower()}", []


def _id_number(data: PersonData) -> tuple[str | None, date | None, list[Reason]]:
    """The normalised number and the birth date, which the number says where it was not entered."""
    if not (data.id_number or "").strip():
        return None, data.birth_on, []
    given = data.id_number or ""
    if id_numbers.looks_like_a_float(given):
        text = N_("A spreadsheet stored this ID number as a number and lost its last digits. Enter it as text.")
        return None, data.birth_on, [Reason("id-number-from-spreadsheet", text, "id_number")]
    number = id_numbers.normalised(given)
    if not id_numbers.is_valid(number):
        text = N_("This is no ID number: 18 characters with place, birth date and a check digit.")
        return None, data.birth_on, [Reason("id-number-invalid", text, "id_number")]
    born = id_numbers.birth_date(number)
    if data.birth_on is not None and data.birth_on != born:
        text = N_("The ID number says another birth date.")
        return number, data.birth_on, [Reason("birth-date-differs", text, "birth_on")]
    return number, born, []


def age(born: date, today: date) -> int:
    """Completed years on that day. Who was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_child(born: date | None, today: date) -> bool:
    """Whether the guardians must consent and are written to. An unknown birth date is an adult's."""
    return born is not None and 0 <= age(born, today) < GUARDED_UNDER


@dataclass(frozen=True)
class Guardian:
    """What the rules look at in somebody who is to be a guardian."""

    id: UUID
    name: str
    birth_on: date | None


def guardian_reasons(
    child_id: UUID | None, born: date | None, guardians: Sequence[Guardian], today: date
) -> list[Reason]:
    """What stands against these guardians for a person born on that day (None: unknown)."""
    reasons = []
    if not guardians:
        if is_child(born, today):
            text = N_("A child under 14 needs a guardian.")
            reasons.append(Reason("guardian-needed", text, "guardian_ids"))
        return reasons
    if born is not None and age(born, today) >= ADULT_FROM:
        reasons.append(Reason("adults-have-no-guardian", N_("An adult has no guardian here."), "guardian_ids"))
    for guardian in guardians:
        if guardian.id == child_id:
            reasons.append(Reason("own-guardian", N_("Nobody is their own guardian."), "guardian_ids"))
        elif guardian.birth_on is not None and age(guardian.birth_on, today) < ADULT_FROM:
            reasons.append(
                Reason(
                    "guardian-too-young",
                    N_("%(name)s is not 18 yet and cannot be a guardian."),
                    "guardian_ids",
                    {"name": guardian.name},
                )
            )
    return reasons


def registering_reasons(data: PersonData, today: date) -> list[Reason]:
    """What stands against the consent with which somebody is registered; a child needs one."""
    if data.consent is None:
        return [consent_needed()] if is_child(data.birth_on, today) and data.guardian_ids else []
    if data.birth_on is not None and age(data.birth_on, today) >= ADULT_FROM:
        return [Reason("consent-of-an-adult", N_("An adult consents alone."), "consent")]
    reasons = consent_reasons(data.consent, data.guardian_ids, data.birth_on, today)
    return [replace(reason, field=f"consent.{reason.field}") for reason in reasons if reason.field != "guardian_ids"]


def written_to_guardians(
    born: date | None, phone: str | None, email: str | None, has_guardians: bool, today: date
) -> bool:
    """Whether messages for this person go to the guardians: for children, and for minors who cannot be reached."""
    if not has_guardians:
        return False
    if born is None or is_child(born, today):
        return True
    return age(born, today) < ADULT_FROM and not phone and not email
