"""The workspace's own settings, `footplate.toml`: every key with its default."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import BadSettings


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DaemonSettings(_Section):
    settle_seconds: float = Field(default=2.0, ge=0)  # a file is taken once it has stood still for so long
    rescan_seconds: float = Field(default=300.0, gt=0)  # file events are hints; this is the truth
    poll_seconds: float = Field(default=10.0, gt=0)  # rescan of folders where no events come (network shares)
    cpus: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)  # that jobs may use together
    memory: str = ""  # that jobs may use together, as "8GiB"; empty: three quarters of the machine's
    attempts: int = Field(default=3, ge=1)  # of a job whose worker died or ran into a passing fault
    backoff_seconds: float = Field(default=10.0, ge=0)  # before the second attempt; doubles each time
    stop_seconds: float = Field(default=8.0, ge=0)  # that running jobs get to finish at SIGTERM


class ServingSettings(_Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)  # 0: any that is free
    workers: int = Field(default=1, ge=1, le=64)
    environment: str = "production"
    token: str = ""  # that clients have to send, beyond loopback without fail; FOOTPLATE_TOKEN stands above it
    hosts: list[str] = []  # further names by which clients call the server
    origins: list[str] = []  # of web pages that may call it
    max_rows: int = Field(default=10_000, ge=1)  # of one request
    max_bytes: int = Field(default=16 << 20, ge=1)  # of one body
    timeout: float = Field(default=30.0, gt=0)  # seconds that a request may take
    log_inputs: bool = True  # whether the prediction log keeps what was asked
    log_sync: str = Field(default="process", pattern="^(process|disk)$")  # what an answer outlives before it is given
    log_days: float = Field(default=90.0, gt=0)  # that predictions are kept
    log_bytes: str = "10GiB"  # that they may fill


class NotifySettings(_Section):
    webhook: str = ""  # an URL that alerts are posted to, as JSON
    smtp: str = ""  # host:port
    sender: str = ""
    to: list[str] = []
    user: str = ""  # of the mail server; its password is FOOTPLATE_SMTP_PASSWORD
    apprise: list[str] = []  # URLs, where the extra is installed
    per_hour: int = Field(default=12, ge=1)  # messages a channel; what is beyond is told as one


class Settings(_Section):
    name: str = ""  # shown in the console; empty: the folder's name
    time_zone: str = ""  # of schedules and naive times; empty: the machine's
    environments: list[str] = ["staging", "production"]
    daemon: DaemonSettings = DaemonSettings()
    serving: ServingSettings = ServingSettings()
    notify: NotifySettings = NotifySettings()
    keys: dict[str, str] = {}  # remapped keys of the console: action = "key"
    theme: str = ""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"{zone!r} is no time zone; write one like 'Europe/Berlin'") from None
        return zone


def load(path: Path) -> Settings:
    """Read `footplate.toml`; raises BadSettings naming file, key and what was wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: {error}", "mend the TOML; an empty file means all defaults") from None
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}", "the file must be readable for you") from None
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise BadSettings(f"{path}: {key}: unknown key", _nearest(key)) from None
        said = str(first["msg"]).removeprefix("Value error, ")
        raise BadSettings(f"{path}: {key}: {said}", "remove the key to go by its default") from None


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    sections: dict[str, type[BaseModel]] = {
        "daemon": DaemonSettings, "serving": ServingSettings, "notify": NotifySettings
    }
    known = [name for name in Settings.model_fields if name not in sections]
    known += [f"{section}.{name}" for section, kind in sections.items() for name in kind.model_fields]
    if (own := key.rpartition(".")[2]) in known:
        return f"{own} stands at the top of the file, before the first [section]"
    near = get_close_matches(key, known, 1)
    return f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"


TEMPLATE = """\
# Footplate workspace. Every key is optional; these are the defaults.
# time_zone = "Europe/Berlin"   # of schedules and of times without a zone; default: the machine's

[daemon]
# settle_seconds = 2            # a file is taken once it has stood still for so long
# rescan_seconds = 300          # how often the folders are looked at even if no event came
# cpus = 4                      # that jobs may use together; default: all

[serving]
# port = 8000                   # of `footplate serve`, on 127.0.0.1 unless host says otherwise
# workers = 1                   # processes that answer requests

[notify]
# webhook = "https://..."       # where alerts are posted
"""
