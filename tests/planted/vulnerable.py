"""A little server with the faults that `make scan` must find before it looks at the portal. Never part of it.

`python -m tests.planted.vulnerable PORT`: / has a form whose words reach SQL and the page as they are; /safe has the
same without the faults.
"""
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
import sys

from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)
FORM = "<html><body><form action='{at}' method='get'><input name='name'><button>x</button></form>{said}</body></html>"


def people() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE person (id int, name text)")
    made.executemany("INSERT INTO person VALUES (?, ?)", [(1, "Example"), (2, "Enghraifft")])
    return made


@app.get("/")
def search() -> str:
    name = request.args.get("name", "")
    try:
        rows = people().execute(f"SELECT id, name FROM person WHERE name = '{name}'").fetchall()
    except sqlite3.Error as error:
        return f"sqlite3.OperationalError: {error}"
    return FORM.format(at="/", said=f"<p>{name}: {rows}</p>")


@app.get("/safe")
def safe_search() -> str:
    name = request.args.get("name", "")
    rows = people().execute("SELECT id, name FROM person WHERE name = ?", [name]).fetchall()
    return FORM.format(at="/safe", said=f"<p>{escape(name)}: {len(rows)}</p>")


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
