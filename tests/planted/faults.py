"""Faults on purpose, one for each rule of .semgrep/house.yml at least: read by `make semgrep`, never run."""
# ruff: noqa
# mypy: ignore-errors


def planted(request, session, log, form, bp, csrf):
    # ruleid: no-text-of-values
    session.execute(f"SELECT {request.args['x']}")
    # ruleid: no-text-of-values
    sa.text("SELECT %s" % request.args["x"])
    # ruleid: no-text-of-values
    sa.text(f"SELECT {request.args['x']}")
    # ok: no-text-of-values
    session.execute(sa.text("SELECT :x"), {"x": 1})
    # ruleid: no-markup-of-values
    Markup(f"<b>{form.name.data}</b>")
    # ok: no-markup-of-values
    Markup("<b>{}</b>").format(form.name.data)
    # ruleid: no-template-of-values
    render_template_string(form.name.data)
    # ruleid: no-wait-without-end
    requests.get("https://example.org")
    # ok: no-wait-without-end
    requests.get("https://example.org", timeout=5)
    # ruleid: no-code-from-data
    pickle.loads(request.data)
    # ruleid: no-code-from-data
    yaml.load(request.data)
    target = request.args.get("next")
    # ruleid: no-redirect-unseen
    redirect(target)
    # ok: no-redirect-unseen
    redirect(safe_next(request.args.get("next")))
    # ruleid: no-words-in-the-log
    log.info("searched", words=form.query.data)
    # ok: no-words-in-the-log
    log.info("searched", letters=len(form.query.data))
    # ruleid: no-secret-by-chance
    random.choice("abc")
    # ruleid: no-secret-in-the-code
    SECRET_KEY = "correct-horse-battery"
    # ruleid: no-file-named-by-a-request
    open(request.args["file"])


# ruleid: no-view-without-a-stamp
@bp.get("/open")
def open_to_all():
    return ""


# ok: no-view-without-a-stamp
@bp.get("/stamped")
@require(Permission.SIGNED_IN)
def stamped():
    return ""


# ruleid: no-form-without-its-token
@csrf.exempt
def excused():
    return ""
