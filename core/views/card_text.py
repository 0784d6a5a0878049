"""The card of a model version as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.text import visible
from core.views.evaluations import Evaluation
from core.views.markdown import bullets, escaped, mono, table
from core.views.models import Version
from core.views.run_rows import Interval
from core.views.runs import Full
from core.views.spans import spans
from core.views.why import Decision

if TYPE_CHECKING:
    from core.views.card import Source

MOST_WARNINGS = 12


@dataclass(frozen=True)
class CardText:
    """All that the text is made of."""

    version: Version
    full: Full
    record: Decision
    facts: dict[str, str]
    sources: tuple[Source, ...]
    count: int
    warnings: tuple[str, ...]
    features: tuple[tuple[str, str], ...]
    again: tuple[Evaluation, ...]
    limits: tuple[str, ...]
    code: tuple[tuple[str, str], ...]
    packages: dict[str, str]

    def markdown(self, environment: dict[str, Any]) -> str:
        lines = [f"# {escaped(self.facts['model'])}", "", *self._summary(), ""]
        for title, part in (
            ("What it is", self._what()), ("Data", self._data()), ("Features", self._features()),
            ("How good it is", self._metrics()), ("Decision", self._decision()), ("Limits", bullets(self.limits)),
            ("Recipe", self._recipe()), ("Environment", self._environment(environment)), ("Use it", self._use()),
        ):
            body = [*part]
            if body:
                lines += [f"## {title}", "", *body, ""]
        return "\n".join(lines).rstrip() + "\n"

    def _summary(self) -> list[str]:
        run, task = self.full.run, self.facts.get("task", "model")
        of = f" of `{mono(self.facts['target'])}`" if "target" in self.facts else ""
        said = f"A {task}{of}, learned from {self.version.rows:,} rows."
        primary = self.full.intervals.get(run.primary or "")
        if primary is not None and run.primary:
            said += f" {run.primary} {figure(primary)} on {run.rows_holdout or 0:,} rows that it had not learned from."
        return [said]

    def _what(self) -> list[str]:
        return [f"- **{name}**: {escaped(value)}" for name, value in self.facts.items()]

    def _data(self) -> list[str]:
        lines = [f"Learned from {escaped(spans(self.full.run.data))}.", ""]
        lines += table(
            ("version", "file", "rows", "labelled", "from", "to", "state", "sha256"),
            (
                (one.name, one.file, f"{one.rows:,}", f"{one.labelled:,}", one.begins or "", one.ends or "", one.state,
                 one.hash[:12])
                for one in self.sources
            ),
        )
        if self.count > len(self.sources):
            lines += ["", f"and {self.count - len(self.sources):,} older versions."]
        if self.warnings:
            lines += ["", "What was odd in it:", "", *bullets(self.warnings[:MOST_WARNINGS])]
            if len(self.warnings) > MOST_WARNINGS:
                lines.append(f"- and {len(self.warnings) - MOST_WARNINGS:,} more")
        return lines

    def _features(self) -> list[str]:
        return [", ".join(f"`{mono(name)}` ({kind})" for name, kind in self.features)] if self.features else []

    def _metrics(self) -> list[str]:
        decides = self.full.run.primary
        measured = sorted(self.full.intervals.items(), key=lambda pair: pair[0] != decides)
        lines = table(
            ("metric", "value", "95 % interval", ""),
            (
                (name, f"{one.value:.4g}", between(one), "decides" if name == decides else "")
                for name, one in measured
            ),
        )
        if self.again:
            lines += ["", "Measured again later:", ""]
            lines += table(
                ("at", "on", "rows", "metric", "value", "95 % interval", "the champion then"),
                (
                    (f"{one.at:%Y-%m-%d %H:%M}", spans(one.data), f"{one.rows:,}", one.primary, *one.figures("own"),
                     " ".join(part for part in (f"v{one.champion}", *one.figures("champion")[:1]) if part)
                     if one.champion not in (None, one.version) else "itself")
                    for one in self.again
                ),
            )
        return lines

    def _decision(self) -> list[str]:
        return bullets(
            f"{line.label}: {line.text}" for line in self.record.lines if line.label not in ("run", "data", "note")
        )

    def _recipe(self) -> list[str]:
        lines = [f"Hash `{self.full.run.recipe_hash}`.", ""]
        if self.full.settings:
            put = ", ".join(f"{name}={value}" for name, value in self.full.settings.items())
            lines += [f"Set by hand: {escaped(put)}.", ""]
        fence = "```"
        while fence in self.full.recipe_text:
            fence += "`"
        lines += [f"{fence}toml", *map(visible, self.full.recipe_text.splitlines()), fence]
        if self.code:
            lines += ["", "With the code of:", "", *(f"- `{mono(name)}` {sha256}" for name, sha256 in self.code)]
        return lines

    def _environment(self, environment: dict[str, Any]) -> list[str]:
        known = [(name, environment[name]) for name in ("python", "platform", "cpu", "cpus") if environment.get(name)]
        lines = [f"- **{name}**: {escaped(str(value))}" for name, value in known]
        lines.append(f"- **seed**: {self.full.run.seed}")
        if self.packages:
            shown = ", ".join(f"{name} {number}" for name, number in sorted(self.packages.items()))
            lines.append(f"- **packages**: {escaped(shown)}")
        return lines

    def _use(self) -> list[str]:
        name = f"{self.version.model}@{self.version.version}"
        return [
            "```", f"footplate predict {name} FILE -o predictions.csv", f"footplate why {name}",
            f"footplate reproduce {self.version.run}", f"footplate models export {name} -o model.zip", "```",
        ]


def figure(one: Interval) -> str:
    """`0.7100 (0.6900 to 0.7300)`."""
    return f"{one.value:.4g}" + (f" ({between(one)})" if one.lower is not None else "")


def between(one: Interval) -> str:
    return "" if one.lower is None or one.upper is None else f"{one.lower:.4g} to {one.upper:.4g}"
