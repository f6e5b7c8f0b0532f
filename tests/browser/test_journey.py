"""The main job, by a stranger in a real browser: refer, acknowledge, accept as priority, and see it counted."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
