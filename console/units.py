"""What starts a process of ours with the machine: a systemd user unit, or a cron line where there is no systemd."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def install(name: str, unit: str, words: Sequence[str], log: Path) -> list[str]:
    """Write the unit `name`.service (and say how to start it), or a line for cron; `{command}` in it is `words`."""
    if not (shutil.which("systemctl") and Path("/run/systemd/system").is_dir()):
        return [
            "no systemd here; add this line with `crontab -e`:",
            f"@reboot {shlex.join(words)} >> {shlex.quote(str(log))} 2>&1",
        ]
    folder = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "systemd" / "user"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.service"
    path.write_text(unit.replace("{command}", " ".join(map(quoted, words))), "utf-8")
    lines = [f"wrote {path}", f"start it: systemctl --user enable --now {path.name}"]
    linger = subprocess.run(
        ["loginctl", "show-user", str(os.getuid()), "--property=Linger"], capture_output=True, text=True
    )
    if "Linger=yes" not in linger.stdout:
        lines.append("to run while you are logged out: loginctl enable-linger")
    return lines


def quoted(word: str) -> str:
    """A word of systemd's ExecStart.

    >>> quoted("--port"), quoted("/home/me/my models/100%")
    ('--port', '"/home/me/my models/100%%"')
    """
    escaped = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return escaped if re.fullmatch(r"[\w./:@+=-]+", word) else f'"{escaped}"'
