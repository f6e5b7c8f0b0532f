"""The portal as a WSGI application: `gunicorn wsgi:app`, `flask --app wsgi COMMAND`."""

import gc
import sys

gc.disable()  # what is imported stays: to look through it again and again takes a fifth of the start

from config import SettingsError  # noqa: E402
from portal import create_app  # noqa: E402
from portal.fitness.starting import HALT, refuse_unfit  # noqa: E402

try:
    app = create_app()
except SettingsError as problem:
    print(f"blaenoriaeth: {problem}", file=sys.stderr, flush=True)
    sys.exit(HALT)
refuse_unfit(app)
gc.freeze()  # nor is it looked through later: what pages leave behind is found sooner, and at less cost
gc.enable()
