"""The portal as a WSGI application: `gunicorn wsgi:app`, `flask --app wsgi COMMAND`."""

import sys

from config import SettingsError
from portal import create_app
from portal.fitness.starting import HALT, refuse_unfit

try:
    app = create_app()
except SettingsError as problem:
    print(f"blaenoriaeth: {problem}", file=sys.stderr, flush=True)
    sys.exit(HALT)
refuse_unfit(app)
