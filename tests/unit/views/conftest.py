from __future__ import annotations

import pytest

from core.workspace import Workspace
from tests.unit.views.past import Past


@pytest.fixture
def past(workspace: Workspace) -> Past:
    return Past(workspace)
