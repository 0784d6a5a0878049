"""People are told: once, again where it failed, not in floods, and without secrets in any log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.automation.messenger import Messenger
from core.registry import notifications
from core.services import alerting, notify, readings, recipes
from core.services.readings import Taken
from core.vocabulary import MonitorKind, Reading
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import FakeClock
from tests.fakes.postboxes import mail_server, webhook
from tests.flow.house import until

RECIPE = 'watch = "inbox"\ntarget = "y"\n'


def place(root: Path, clock: FakeClock | None, settings: str) -> Workspace:
    root.mkdir()
    (root / "footplate.toml").write_text(settings, "utf-8")
    workspace, _ = Workspace.init(root, clock=clock)
    (workspace.recipes / "churn.toml").write_text(RECIPE, "utf-8")
    recipes.sync(workspace)
    return workspace


def read(workspace: Workspace, kind: MonitorKind, verdict: Reading, source: str = "churn@7") -> None:
    recipe = recipes.in_force(workspace, "churn").recipe
    since = {"dataset": "churn", "version": 7}
    taken = Taken(
        kind, source, 3, 500, verdict, "x moved by 0.80", value=0.8, since=since,
        columns=[{"column": "x", "verdict": verdict}],
    )
    with workspace.registry.write("daemon") as tx:
        readings.keep(tx, recipe, taken, tell=workspace.settings.notify)


def outbox(workspace: Workspace) -> list[tuple[Any, ...]]:
    with workspace.registry.read() as connection:
        query = "SELECT about, state, attempts, error FROM notification ORDER BY id"
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_webhook_gets_the_alert_once_and_its_end_when_it_is_quiet(tmp_path: Path) -> None:
    clock = FakeClock()
    with webhook() as box:
        workspace = place(tmp_path / "w", clock, f'[notify]\nwebhook = "{box.url}"\n')
        read(workspace, MonitorKind.DRIFT, Reading.ALERT)
        for _ in range(3):
            assert notify.send_due(workspace) == []
        [got] = box.got
        assert got["about"] == "raised" and got["monitor"] == "churn/drift" and got["columns"] == ["x"]
        assert got["since"] == {"dataset": "churn", "version": 7} and got["rows"] == 500
        assert got["commands"]["silence"] == "footplate monitors silence churn/drift 8h"
        read(workspace, MonitorKind.DRIFT, Reading.OK, "churn@8")
        notify.send_due(workspace)
        assert len(box.got) == 1, "it may come again"
        clock.go_on(3601)
        notify.send_due(workspace)
        assert [one["about"] for one in box.got] == ["raised", "resolved"]
        workspace.close()


def test_what_fails_is_tried_again_later_and_then_given_up(tmp_path: Path) -> None:
    clock = FakeClock()
    with webhook() as box:
        workspace = place(tmp_path / "w", clock, f'[notify]\nwebhook = "{box.url}"\n')
        read(workspace, MonitorKind.DRIFT, Reading.ALERT)
        box.answers = [500, 503, 302]
        [said] = notify.send_due(workspace)
        assert "tried again later" in said and "500" in said
        assert notify.send_due(workspace) == [], "not before its time"
        for wait in (31, 61, 121):
            clock.go_on(wait)
            notify.send_due(workspace)
        assert len(box.got) == 1 and outbox(workspace) == [("raised", "sent", 4, None)]

        read(workspace, MonitorKind.QUALITY, Reading.ALERT)
        box.answers = [500] * 20
        said_ = []
        for _ in range(12):
            said_ += notify.send_due(workspace)
            clock.go_on(4 * 3600)
        assert outbox(workspace)[1][1:3] == (notifications.FAILED, notify.ATTEMPTS)
        assert "gave up" in said_[-1] and len(said_) == 2
        workspace.close()


def test_no_secret_of_an_address_is_in_a_log_or_the_registry(tmp_path: Path) -> None:
    workspace = place(tmp_path / "w", FakeClock(), '[notify]\nwebhook = "http://127.0.0.1:1/hook?token=s3cret x"\n')
    read(workspace, MonitorKind.DRIFT, Reading.ALERT)
    said = notify.send_due(workspace)
    assert said and "s3cret" not in said[0] and "s3cret" not in str(outbox(workspace))
    workspace.close()


def test_a_flood_becomes_one_message(tmp_path: Path) -> None:
    clock = FakeClock()
    with webhook() as box:
        workspace = place(tmp_path / "w", clock, f'[notify]\nwebhook = "{box.url}"\nper_hour = 3\n')
        for kind in MonitorKind:
            read(workspace, kind, Reading.ALERT)
        notify.send_due(workspace)
        assert len(box.got) == 3
        assert box.got[-1]["about"] == "several" and len(box.got[-1]["messages"]) == len(MonitorKind) - 2
        assert {state for _, state, _, _ in outbox(workspace)} == {"sent"}
        rows.recipe(workspace, "other")
        clock.go_on(60)
        alert = 1
        with workspace.registry.write("daemon") as tx:
            body = alerting.message(alerting.find(tx.connection, alert), "breaker")
            notifications.add(tx, alert, "webhook", "breaker", body)
        notify.send_due(workspace)
        assert len(box.got) == 3, "the hour is full"
        clock.go_on(3600)
        notify.send_due(workspace)
        assert len(box.got) == 4 and box.got[-1]["about"] == "breaker"
        workspace.close()


def test_a_mail_goes_to_all_and_waits_where_the_server_refuses(tmp_path: Path) -> None:
    clock = FakeClock()
    with mail_server() as box:
        settings = f'[notify]\nsmtp = "{box.address}"\nsender = "plate@here"\nto = ["a@there", "b@there"]\n'
        workspace = place(tmp_path / "w", clock, settings)
        box.refusing = True
        read(workspace, MonitorKind.DRIFT, Reading.ALERT)
        assert "451" in notify.send_due(workspace)[0]
        box.refusing = False
        clock.go_on(31)
        notify.send_due(workspace)
        [mail] = box.got
        assert box.to[-2:] == ["a@there", "b@there"]
        assert "Subject: [footplate] churn/drift: x moved by 0.80" in mail and "churn@7" in mail
        assert "footplate models rollback churn" in mail
        workspace.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own
def test_apprise_delivers_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    with webhook() as box:
        address = box.url.removeprefix("http://").partition("?")[0]
        workspace = place(tmp_path / "w", FakeClock(), f'[notify]\napprise = ["json://{address}"]\n')
        read(workspace, MonitorKind.DRIFT, Reading.ALERT)
        assert notify.send_due(workspace) == []
        assert "churn/drift" in box.got[0]["title"]
        workspace.close()


def test_the_messenger_sends_by_itself_and_an_acknowledged_alert_is_not_sent(tmp_path: Path) -> None:
    with webhook() as box:
        workspace = place(tmp_path / "w", None, f'[notify]\nwebhook = "{box.url}"\n')
        read(workspace, MonitorKind.QUALITY, Reading.ALERT)
        alerting.acknowledge(workspace, 1)
        read(workspace, MonitorKind.DRIFT, Reading.ALERT)
        messenger = Messenger(workspace)
        messenger.start()
        try:
            until(lambda: bool(box.got), 20)
        finally:
            messenger.stop()
        assert [one["monitor"] for one in box.got] == ["churn/drift"]
        workspace.close()
