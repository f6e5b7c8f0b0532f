"""What an email is, in the words of its own subject, and what went wrong with it, in plain ones."""

from __future__ import annotations

import re

from flask import current_app
from flask_babel import lazy_gettext as _l
from jinja2 import TemplateNotFound

# By the class of the error, as `mail` keeps it; where the server gave a number, it stands before the words.
FAULTS = {
    "SMTPRecipientsRefused": _l("the mail server refused the address"),
    "SMTPSenderRefused": _l("the mail server refused the portal’s own address"),
    "SMTPDataError": _l("the mail server refused the email"),
    "SMTPAuthenticationError": _l("the mail server refused the portal’s password"),
    "SMTPServerDisconnected": _l("the mail server broke off"),
    "SMTPConnectError": _l("the mail server refused the connection"),
    "ConnectionRefusedError": _l("the mail server is not there"),
    "ConnectionResetError": _l("the mail server broke off"),
    "TimeoutError": _l("the mail server gave no answer in time"),
    "gaierror": _l("the mail server’s name is not known"),
    "SSLCertVerificationError": _l("the mail server’s certificate is not trusted"),
    "TemplateNotFound": _l("the portal has no words for this email"),
    "UndefinedError": _l("the portal could not write this email"),
}
LATER = _l("the mail server asked to try again later")
LET_GO = {
    "wrong_address": _l("The address is wrong"),
    "left": _l("The person has left"),
    "told": _l("I have told them another way"),
    "too_late": _l("It no longer matters"),
    "other": _l("Another reason"),
}


def fault_words(fault: str) -> str:
    """`550 SMTPRecipientsRefused` as “550: the mail server refused the address”; an unknown class stands as it is."""
    found = re.fullmatch(r"((?:\d{3} )*)(\w+)", fault)
    codes, name = (found[1].strip(), found[2]) if found else ("", fault)
    words = LATER if codes.startswith("4") else FAULTS.get(name, name)
    return f"{codes}: {words}" if codes else str(words)


def kind_words(template: str) -> str:
    """The subject, in the reader's language; which referral it is about is not an administrator's to know."""
    try:
        subject = current_app.jinja_env.get_template(f"emails/{template}/subject.txt")
    except TemplateNotFound:
        return template
    return " ".join(subject.render(reference="…", number="…", what="").split())
