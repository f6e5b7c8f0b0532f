"""Blaenoriaeth: priority referrals between IOM and its partner agencies."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy.engine import make_url

import config
import portal.access as access
import portal.cli as cli
import portal.i18n as i18n
import portal.limits as limits
import portal.logs as logs
import portal.metrics as metrics
import portal.once as once
import portal.patience as patience
import portal.web as web
from portal.accounts import (
    admin_factor_views,
    confirming,
    factor_views,
    oidc_own_views,
    oidc_views,
    own_views,
    reset_views,
    second_step_views,
)
from portal.accounts import admin_views as user_admin_views
from portal.accounts import views as accounts_views
from portal.accounts.views import login_manager
from portal.agencies import admin_views as directory_admin_views
from portal.agencies import hub_views
from portal.agencies import views as service_views
from portal.agencies.codes import COHORT_NAMES, NEEDS
from portal.appointments import day_views as appointment_day_views
from portal.appointments import views as appointment_views
from portal.caseload import giving_views
from portal.caseload import views as caseload_views
from portal.chasing import views as chasing_views
from portal.db import db
from portal.following import update_views
from portal.following import views as following_views
from portal.health import bp as health_bp
from portal.home import register_views
from portal.home import views as home_views
from portal.keeping import admin_views as retention_views
from portal.keeping import copy_views
from portal.keeping import views as keeping_views
from portal.mail import mail
from portal.meetings import views as meeting_views
from portal.needs import need_views
from portal.needs import views as needs_views
from portal.people import criteria_views, record_views
from portal.people import views as people_views
from portal.postgres import Cluster
from portal.promises import service_views as service_page
from portal.promises import views as agreement_views
from portal.quality import closing_views, completeness_views
from portal.quality import export_views as quality_files
from portal.quality import views as quality_views
from portal.referrals import answer_views, lapsing, pause_views, review_views  # noqa: F401 - lapsing is background work
from portal.referrals import views as referral_views
from portal.referring import after_views, person_views, sending_views
from portal.referring import views as referring_views
from portal.register import extract_views, pair_views, source_views
from portal.reviews import views as person_review_views
from portal.scrape import bp as scrape_bp
from portal.staff import leaving_views
from portal.staff import review_views as access_review_views
from portal.trace import elsewhere_views, log_views, readers_views, reasons_views, refused, unusual_views
from portal.turnaround import (
    behind_views,
    chart_views,
    comparison_views,
    curve_views,
    explain_views,
    flow_views,
    history_views,
    trend_views,
)
from portal.turnaround import file_views as turnaround_files
from portal.turnaround import views as turnaround_views
from portal.undelivered import views as undelivered_views

BLUEPRINTS = (
    health_bp,
    scrape_bp,
    accounts_views.bp,
    second_step_views.bp,
    reset_views.bp,
    own_views.bp,
    oidc_views.bp,
    oidc_own_views.bp,
    confirming.bp,
    factor_views.bp,
    user_admin_views.bp,
    admin_factor_views.bp,
    service_views.bp,
    directory_admin_views.bp,
    hub_views.bp,
    service_page.bp,
    agreement_views.bp,
    people_views.bp,
    record_views.bp,
    referral_views.bp,
    answer_views.bp,
    review_views.bp,
    pause_views.bp,
    appointment_views.bp,
    appointment_day_views.bp,
    following_views.bp,
    update_views.bp,
    chasing_views.bp,
    giving_views.bp,
    caseload_views.bp,
    person_views.bp,
    referring_views.bp,
    sending_views.bp,
    after_views.bp,
    person_review_views.bp,
    criteria_views.bp,
    needs_views.bp,
    need_views.bp,
    meeting_views.bp,
    pair_views.bp,
    source_views.bp,
    quality_views.bp,
    closing_views.bp,
    quality_files.bp,
    completeness_views.bp,
    home_views.bp,
    register_views.bp,
    extract_views.bp,
    keeping_views.bp,
    retention_views.bp,
    log_views.bp,
    copy_views.bp,
    leaving_views.bp,
    access_review_views.bp,
    turnaround_views.bp,
    behind_views.bp,
    history_views.bp,
    flow_views.bp,
    chart_views.bp,
    curve_views.bp,
    comparison_views.bp,
    trend_views.bp,
    turnaround_files.bp,
    explain_views.bp,
    readers_views.bp,
    reasons_views.bp,
    refused.bp,
    elsewhere_views.bp,
    unusual_views.bp,
    undelivered_views.bp,
)


class Portal(Flask):
    """Flask, without asking sixteen times a page whether a view or a hook is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: config.Settings | None = None) -> Flask:
    """The whole portal. Without `DATABASE_URL` its own PostgreSQL is started, and left when the process ends."""
    settings = settings or config.from_environment()
    root = Path(__file__).parent
    app = Portal("portal", template_folder=str(root.parent / "templates"), static_folder=str(root / "static"))
    app.config.update(settings.flask(), DEMO=settings.demo, SETTINGS=settings)
    _connect(app, settings)
    mail.init_app(app)
    i18n.init_app(app)
    login_manager.init_app(app, add_context_processor=False)
    logs.init_app(app)
    metrics.init_app(app)
    web.init_app(app)
    limits.init_app(app)
    CSRFProtect(app)
    app.before_request(access.check_access)
    once.init_app(app)
    app.jinja_env.globals.update(needs=NEEDS, cohorts=COHORT_NAMES)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cli.init_app(app)
    return app


def _connect(app: Flask, settings: config.Settings) -> None:
    app_url, owner_url, read_url = (
        settings.database_url,
        settings.database_owner_url,
        settings.database_read_url,
    )
    if app_url is None:
        cluster = Cluster(settings.home)
        cluster.start()
        atexit.register(cluster.stop)
        app_url, owner_url = cluster.app_url, cluster.owner_url
    # Planned once: planning a list under its policies costs ten times the reading. Pages are read from memory or flash.
    # Moments come in UTC whatever the server's own zone: Python counts moments of one zone by its wall clock, which jumps.
    zone = "-c timezone=UTC"
    options = f"{zone} -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1"
    options += f" -c statement_timeout={settings.answer_seconds}s"
    own = {"options": options, patience.LIMIT: settings.answer_seconds, **patience.ARGUMENTS}
    owner = {"url": make_url(owner_url or app_url), "pool_size": 1, "connect_args": {"options": zone}}
    engine_options = {
        "pool_size": 5, "max_overflow": 10, "pool_timeout": 5, "hide_parameters": True, "connect_args": own,
    }  # fmt: skip
    app.config.update(
        SQLALCHEMY_DATABASE_URI=make_url(app_url),
        SQLALCHEMY_BINDS={
            "owner": {**owner, "hide_parameters": True},
            **({"standby": {"url": make_url(read_url), **engine_options}} if read_url else {}),
        },
        SQLALCHEMY_ENGINE_OPTIONS=engine_options,
        APP_ROLE=make_url(app_url).username or "portal_app",
        OWNER_URL=owner_url or app_url,
    )
    db.init_app(app)
