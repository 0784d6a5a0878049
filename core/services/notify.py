"""Telling people: what the alerts left in the outbox is sent by webhook, mail or apprise; again where it fails.

A message is taken by a channel once. What fails is tried again, later each time, and given up after ATTEMPTS. More
than `per_hour` messages a channel become one that lists the rest. Secrets (an URL may hold one) are in no log.
"""

from __future__ import annotations

import json
import os
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from email.message import EmailMessage
from importlib import import_module
from typing import Any, Final

from core.registry import notifications
from core.settings import NotifySettings
from core.text import visible
from core.workspace import Workspace

ATTEMPTS: Final = 8  # the last of them about two hours after the first
FIRST: Final = timedelta(seconds=30)  # before the second; doubles each time
HOUR: Final = timedelta(hours=1)
SECONDS: Final = 20.0  # that a channel may take
PASSWORD: Final = "FOOTPLATE_SMTP_PASSWORD"
TOGETHER: Final = "told together with another message"  # in place of an error
Row = Mapping[Any, Any]
Body = Mapping[str, Any]


class Refused(Exception):
    """A channel was there and did not take the message."""


def send_due(workspace: Workspace) -> list[str]:
    """Send what may be sent now; returns what is worth a line in the daemon's diary."""
    with workspace.registry.read() as connection:
        due = notifications.due(connection, workspace.clock.now())
    if not due:
        return []
    tell, said = workspace.settings.notify, list[str]()
    for channel in dict.fromkeys(row["channel"] for row in due):
        said += _send(workspace, tell, channel, [row for row in due if row["channel"] == channel])
    return said


def _send(workspace: Workspace, tell: NotifySettings, channel: str, due: Sequence[Row]) -> list[str]:
    """Each for itself while the hour allows it; the rest as one."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        left = max(0, tell.per_hour - notifications.sent_since(connection, channel, now - HOUR))
    if len(due) <= left:
        groups = [[row] for row in due]
    elif left == 0:  # the hour is full: all that waits goes as one when it is over
        with workspace.registry.write(workspace.actor) as tx:
            notifications.change(tx, [row["id"] for row in due], not_before=now + HOUR / tell.per_hour)
        return []
    else:
        groups = [*([row] for row in due[: left - 1]), list(due[left - 1 :])]
    said = []
    for group in groups:
        error = _try(tell, channel, _together([row["body"] for row in group]))
        said += _noted(workspace, channel, group, error)
        if error is not None:
            break  # the channel is down: the others wait for it
    return said


def _try(tell: NotifySettings, channel: str, body: Body) -> str | None:
    """None where the channel took it, else why not, without any secret."""
    way = CHANNELS[channel]
    try:
        way(tell, body)
    except Exception as error:  # whatever a server or a library comes up with
        told = isinstance(error, OSError | smtplib.SMTPException | Refused)  # others may quote an address whole
        said = f"{type(error).__name__}: {error}" if told else type(error).__name__
        for secret in _secrets(tell):
            said = said.replace(secret, "…")
        return visible(said)[:300]
    return None


def _noted(workspace: Workspace, channel: str, group: Sequence[Row], error: str | None) -> list[str]:
    """Write down what became of a message and of those that it told along."""
    ids, attempts = [row["id"] for row in group], max(row["attempts"] for row in group) + 1
    with workspace.registry.write(workspace.actor) as tx:
        if error is None:
            done = {"state": notifications.SENT, "sent_at": tx.now, "attempts": attempts, "not_before": None}
            notifications.change(tx, ids[:1], **done, error=None)
            if ids[1:]:
                notifications.change(tx, ids[1:], **done, error=TOGETHER)
            return []
        if attempts >= ATTEMPTS:
            notifications.change(tx, ids, state=notifications.FAILED, attempts=attempts, error=error)
            return [f"{channel}: gave up a message after {attempts} attempts: {error}"]
        again = tx.now + FIRST * 2 ** (attempts - 1)
        notifications.change(tx, ids, attempts=attempts, error=error, not_before=again)
    return [f"{channel}: a message was not taken, tried again later: {error}"] if attempts == 1 else []


def _together(bodies: Sequence[Body]) -> Body:
    """One message of several."""
    if len(bodies) == 1:
        return bodies[0]
    lines = [str(body["text"]) for body in bodies]
    return {"about": "several", "text": f"{len(bodies)} messages: " + "; ".join(lines), "messages": list(bodies)}


def _secrets(tell: NotifySettings) -> list[str]:
    """What no log may show, the longest first."""
    found = [tell.webhook, *tell.apprise, os.environ.get(PASSWORD, "")]
    return sorted((one for one in found if one), key=len, reverse=True)


# -- the channels

def by_webhook(tell: NotifySettings, body: Body) -> None:
    """POST it as JSON; whoever answers 2xx has taken it."""
    request = urllib.request.Request(
        tell.webhook, json.dumps(body).encode(), {"Content-Type": "application/json", "User-Agent": "footplate"},
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    if not 200 <= status < 300:
        raise Refused(f"the webhook answered {status}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was meant for one server is not carried to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


def by_mail(tell: NotifySettings, body: Body) -> None:
    """One mail to all; encrypted where the server can."""
    host, _, port = tell.smtp.rpartition(":") if ":" in tell.smtp else (tell.smtp, "", "25")
    mail = EmailMessage()
    mail["Subject"] = f"[footplate] {str(body['text']).splitlines()[0][:150]}"
    mail["From"] = tell.sender or f"footplate@{host}"
    mail["To"] = ", ".join(tell.to)
    mail.set_content(_letter(body))
    password = os.environ.get(PASSWORD, "")
    with smtplib.SMTP(host, int(port), timeout=SECONDS) as server:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
        if tell.user and password:
            server.login(tell.user, password)
        server.send_message(mail)


def by_apprise(tell: NotifySettings, body: Body) -> None:
    """Whatever apprise knows: its URLs are in the settings."""
    try:
        apprise: Any = import_module("apprise")
    except ImportError:
        raise Refused("the extra is not installed: pip install footplate[apprise]") from None
    sender = apprise.Apprise()
    for url in tell.apprise:
        sender.add(url)
    if not sender.notify(body=_letter(body), title=f"footplate: {body['text']}"[:200]):
        raise Refused("apprise could not deliver it to every address")


def _letter(body: Body) -> str:
    """The message for people."""
    lines = []
    for one in body.get("messages", [body]):
        lines += [str(one["text"]), ""]
        if since := one.get("since"):
            lines.append(f"since    {since['dataset']}@{since['version']}")
        if one.get("rows"):
            lines.append(f"rows     {one['rows']:,}")
        if one.get("columns"):
            lines.append(f"columns  {', '.join(one['columns'])}")
        lines += [f"{what}: {command}" for what, command in one.get("commands", {}).items()]
        lines.append("")
    return "\n".join(lines)


CHANNELS: Final[Mapping[str, Callable[[NotifySettings, Body], None]]] = {
    "webhook": by_webhook, "smtp": by_mail, "apprise": by_apprise,
}
