"""One conversation of the plain mode: a line is typed, and lines answer it.

What leads somewhere is the language of the command bar (`screens.command`); what acts asks first, and only `y` or
the typed name does it. Nothing is told that was not asked for.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import Conflict, FootplateError, UsageError
from core.query.fields import nearest
from core.views import datasets as dataset_views
from core.views import stream
from core.views.datasets import Version as DataVersion
from core.views.overview import overview
from core.views.run_rows import Run
from core.views.stream import Entry
from screens import command, destinations
from screens.command import COLUMNS, HELP, QUIT, THEME, WORKSPACE
from screens.desk import Desk
from screens.inquiry import Alternatives, Prepared
from screens.level import Listing, Page
from screens.levels.parts import PARTS
from screens.levels.stream import Stream, leads_to
from screens.levels.version import VersionPart
from screens.linear import words
from screens.linear.deeds import AT_ONCE, DEEDS, Deeds, numbers_in
from screens.linear.reader import Reader
from screens.naming import names
from screens.plain import plain
from screens.texts import as_json, from_place, tail
from screens.trouble import told

NEWS = 100  # entries that are told at once
Ask = Callable[[str], str | None]  # gives what was typed; None: nobody answers any more


@dataclass(frozen=True)
class Verb:
    follows: str
    about: str
    does: Callable[[Session, Sequence[str]], None]


class Session:
    """`tell` gets every line that is said, `ask` a question of one line."""

    def __init__(self, desk: Desk, tell: Callable[[str], None], ask: Ask, *, whole: bool = False) -> None:
        self.desk, self.tell, self.ask = desk, tell, ask
        self.reader = Reader(desk.workspace, tell, whole=whole)
        self.deeds = Deeds(desk, self.reader)
        self.open = True
        self._seen = stream.now(desk.workspace)

    def greet(self) -> None:
        """Where one is, and whether anything needs a person."""
        only = ", read-only" if self.desk.read_only else ""
        self.tell(f"footplate, workspace {plain(self.desk.workspace.name)}{only}")
        self.tell(plain(overview(self.desk.workspace).verdict))
        self.tell("type help for the commands, quit to leave")

    def obey(self, line: str) -> int:
        """Do what a line says; what goes wrong is told. Gives its exit code: 0 where it went well."""
        try:
            self._do(line.strip().lstrip(":").strip())
            return 0
        except KeyboardInterrupt:
            self.tell("stopped")
            return 130
        except Exception as found:
            error = told(self.desk.workspace, found)
            self.tell(f"error: {plain(error.message)}")
            if error.hint:
                self.tell(f"hint: {plain(error.hint)}")
            return error.exit_code

    def _do(self, line: str) -> None:
        if not line:
            return
        word, _, after = line.partition(" ")
        word, rest = word.lower(), _split(after)
        if line[0] == "/" or word == "filter":
            self.filter(line[1:] if line[0] == "/" else after)
            return
        if word in VERBS:
            VERBS[word].does(self, rest)
            return
        if word in AT_ONCE:
            self._may_change()
            self._changed(AT_ONCE[word][0](self.deeds, after.split()))
            return
        if word in DEEDS or word in self.deeds.actions():
            self._may_change()
            prepared = self.deeds.prepare(word, rest)
            if prepared is not None:
                self._ask(prepared)
            return
        self._go(line)

    # -- going

    def _go(self, line: str) -> None:
        parsed = command.parse(line, self.names()) if self._leads(line) else None
        if parsed is None:
            raise _not_known(line.partition(" ")[0])
        if parsed.verb == QUIT:
            self.open = False
        elif parsed.verb == HELP:
            self.help(_split(parsed.argument))
        elif parsed.verb == COLUMNS:
            self.columns(_split(parsed.argument))
        elif parsed.verb == WORKSPACE:
            raise Conflict("one workspace at a time here", "start it in the other one: `footplate --plain -w DIR`")
        elif parsed.verb == THEME:
            raise Conflict("there are no colours here", "the console without --plain has themes")
        else:
            self.reader.aim(parsed.screen, parsed.to, parsed.where, parsed.argument)

    @staticmethod
    def _leads(line: str) -> bool:
        word = line.partition(" ")[0].lower()
        verb = command.ALIASES.get(word, word)
        return verb in command.VERBS or destinations.find(word) is not None

    def names(self) -> dict[str, tuple[str, ...]]:
        """What can be named, by kind."""
        return names(self.desk.workspace)

    # -- reading

    def open_row(self, rest: Sequence[str]) -> None:
        """One step deeper; where there is none, what can be said of the row."""
        row, listing = self._row(rest), self.reader.listing
        if isinstance(row, Entry) and isinstance(listing, Stream):
            self._lead(row)
            return
        level = listing.open(row)
        if level is None:
            self.describe(rest)
        else:
            self.reader.go(level)

    def _lead(self, row: Entry) -> None:
        if row.place is not None:
            self.reader.text(from_place(row.file, row.place[1]))
            return
        place = leads_to(self.desk.workspace, row)
        if place is None:
            self.reader.text(self.reader.listing.describe(self.desk.workspace, row))
        else:
            self.reader.go(place.level)

    def _row(self, rest: Sequence[str]) -> object:
        given = numbers_in(rest[0]) if rest else []
        if rest and not given:
            raise UsageError(f"{rest[0]!r} is no number of a row", "as in: open 3")
        return self.reader.row(given[0] if given else self.reader.number or 1)

    def describe(self, rest: Sequence[str]) -> None:
        reader = self.reader
        if not reader.is_list:
            reader.show()
            return
        reader.text(reader.listing.describe(self.desk.workspace, self._row(rest)))

    def raw(self, rest: Sequence[str]) -> None:
        level, workspace = self.reader.level, self.desk.workspace
        value = level.raw(workspace, self._row(rest)) if isinstance(level, Listing) else None
        if isinstance(level, Page):
            value = level.raw(workspace)
        self.reader.text(as_json(value))

    def log(self, rest: Sequence[str]) -> None:
        """The end of the log; the newest line comes last."""
        level, workspace = (self.reader.level if self.reader.stack else None), self.desk.workspace
        path = None
        if isinstance(level, Listing) and (self.reader.rows or rest):
            path = level.log(workspace, self._row(rest))
        elif isinstance(level, Page):
            path = level.log(workspace)
        if path is None:
            raise Conflict("there is no log here", "runs and jobs have one")
        for line in words.page(tail(path)[-20:]):
            self.tell(line)

    def say_command(self, rest: Sequence[str]) -> None:
        """The command of a shell that shows the row, or the text."""
        level = self.reader.level
        listing = isinstance(level, Listing)
        text = level.row_command(self._row(rest)) if isinstance(level, Listing) and self.reader.rows else ""
        said = text or level.command()
        if not said:
            raise Conflict(f"no command shows this {'row' if listing else 'text'}")
        self.tell(plain(said))

    def filter(self, terms: str) -> None:
        """Only the rows that it finds; nothing: all of them."""
        _, place = self.reader.listing, self.reader.place
        before = place.where
        place.where = terms.strip().removeprefix("/").strip()
        self._tried(lambda: setattr(place, "where", before))

    def sort(self, rest: Sequence[str]) -> None:
        """By a column; with a minus before its name the other way round; nothing: as the list comes."""
        place, before = self.reader.place, self.reader.place.order
        columns = {column.title: column for column in self.reader.columns() if column.order}
        wanted = " ".join(rest)
        name = wanted.removeprefix("-")
        if name and name not in columns:
            near = nearest(name, list(columns))
            there = f"there are: {', '.join(columns)}"
            raise UsageError(f"nothing is sorted by {name!r}", f"did you mean {near!r}?" if near else there)
        place.order = ""
        if name:
            down = columns[name].down != wanted.startswith("-")
            place.order = f"{'-' if down else ''}{columns[name].order}"
        self._tried(lambda: setattr(place, "order", before))

    def columns(self, rest: Sequence[str]) -> None:
        """Which values are told of a row; nothing: the list's own."""
        wanted = tuple(name for name in " ".join(rest).replace(",", " ").split() if name)
        for name in wanted:
            if self.reader.listing.column(name) is None:
                there = ", ".join(column.name for column in self.reader.listing.columns)
                raise UsageError(f"there is no column {name!r}", f"there are: {there}")
        self.reader.place.columns = wanted
        self.reader.show()

    def _tried(self, back: Callable[[], None]) -> None:
        """Show the place as it is set now; where that cannot be, as it was."""
        try:
            self.reader.show()
        except FootplateError:
            back()
            self.reader.reread()
            raise

    def tell_rows(self, rest: Sequence[str]) -> None:
        """Rows by their numbers once more."""
        for number in [number for word in rest for number in numbers_in(word)] or [self.reader.number]:
            self.reader.tell_row(number)

    def table(self, rest: Sequence[str]) -> None:
        """The rows of a version of data."""
        from core.services.rows import rows_of
        from screens.levels.rows import RowsLevel

        row, level = self.deeds.row(rest), self.reader.level
        name = row.name if isinstance(row, DataVersion) else getattr(level, "version", None)
        if not isinstance(name, str):
            raise UsageError("rows of what?", "go to the versions of a dataset: versions NAME")
        self.reader.go(RowsLevel(rows_of(self.desk.workspace, name)))

    def check(self, rest: Sequence[str]) -> None:
        """The file of a version judged again, by today's recipe."""
        from core.services import versions
        from screens.levels.places import judged

        row = self.deeds.row(rest)
        if not isinstance(row, DataVersion):
            raise UsageError("which version?", "go to the versions of a dataset: versions NAME")
        self.reader.text(judged(versions.check_apart(self.desk.workspace, row.name)))

    def compare(self, rest: Sequence[str]) -> None:
        """Runs side by side; a version of data with another, or with the one before it."""
        rows = [self.reader.row(number) for word in rest for number in numbers_in(word)]
        runs = sorted({row.id for row in rows if isinstance(row, Run)})
        versions = sorted({row.version for row in rows if isinstance(row, DataVersion)})
        if len(runs) > 1:
            from screens.levels.comparison import ComparisonPage

            self.reader.go(ComparisonPage(runs))
        elif versions and len(versions) < 3:
            from screens.levels.versions_diff import VersionsDiff

            name = next(row.dataset for row in rows if isinstance(row, DataVersion))
            newer = f"{name}@{versions[-1]}"
            before = f"{name}@{versions[0]}" if len(versions) == 2 else dataset_views.before(
                self.desk.workspace, newer
            )
            if before is None:
                raise Conflict(f"no version before {newer} has a profile: there is nothing to compare it with")
            self.reader.go(VersionsDiff(before, newer))
        else:
            raise UsageError("compare what?", "the numbers of two rows or more, in runs or in versions: compare 1 3")

    def part(self, rest: Sequence[str]) -> None:
        """The next part of a model's version, or the one that is named."""
        level = self.reader.level
        if not isinstance(level, VersionPart):
            raise UsageError("this has no parts", "a version of a model has: model NAME, then open 1")
        names_ = [kind.part for kind in PARTS]
        if rest and rest[0] not in names_:
            raise UsageError(f"there is no part {rest[0]!r}", f"there are: {', '.join(names_)}")
        at = names_.index(rest[0]) if rest else (names_.index(level.part) + 1) % len(PARTS)
        self.reader.swap(PARTS[at](level.model, level.version))

    def news(self, rest: Sequence[str]) -> None:
        """What has happened since the start, or since news were last asked for."""
        found = stream.list(self.desk.workspace, order="at", limit=NEWS, after=self._seen).rows
        self._seen = stream.after(found, self._seen) if found else self._seen
        listing, now = Stream(), self.reader.now
        for entry in found:
            self.tell(words.row(listing.columns, entry, now))
        if len(found) == NEWS:
            self.tell("there is more: news")
        elif not found:
            self.tell("nothing new")

    def where(self, rest: Sequence[str]) -> None:
        self.tell(self.reader.crumbs() or "nowhere yet: say where to go, as overview")

    def help(self, rest: Sequence[str]) -> None:
        """All words, or the one that is named."""
        wanted = rest[0].lower() if rest else ""
        lines = dict(_help())
        lines |= {word: f"{word} [ROW ...]: {action.words}" for word, action in self.deeds.actions().items()
                  if word not in lines}
        if wanted and wanted not in lines:
            raise _not_known(wanted)
        for word, line in lines.items():
            if wanted in ("", word):
                self.tell(line)

    def leave(self, rest: Sequence[str]) -> None:
        self.open = False

    # -- changing

    def _may_change(self) -> None:
        if self.desk.read_only:
            raise Conflict("this console only reads (--read-only): nothing can be changed from here")

    def _ask(self, prepared: Prepared | Alternatives) -> None:
        """Tell what would change; only `y`, or the typed name, does it."""
        if isinstance(prepared, Alternatives):
            self._choose(prepared)
            return
        question, doing = prepared
        self.tell(plain(question.title))
        for line in words.page(question.lines):
            self.tell(line.strip())
        if question.command:
            self.tell(f"in a shell: {plain(question.command)}")
        if question.typed:
            answer = self.ask(f"type {plain(question.typed)} to do it, anything else leaves it: ")
            yes = answer is not None and answer.strip() == question.typed
        else:
            answer = self.ask("y does it, anything else leaves it: ")
            yes = answer is not None and answer.strip().lower() in ("y", "yes")
        if yes:
            self._changed(doing())
        else:
            self.tell("nothing was changed")

    def _choose(self, found: Alternatives) -> None:
        self.tell(plain(found.title))
        for option, _ in found.options:
            self.tell(f"{option.letter}: {option.words}")
        answer = (self.ask("one of these letters, anything else leaves it: ") or "").strip()
        for option, prepare in found.options:
            if answer in (option.letter, option.value):
                self._ask(prepare())
                return
        self.tell("nothing was changed")

    def _changed(self, line: str) -> None:
        self.tell(plain(line))
        self.reader.reread()


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _not_known(word: str) -> UsageError:
    near = nearest(word, [*VERBS, *DEEDS, *AT_ONCE, *destinations.names()])
    return UsageError(f"there is no command {plain(word)!r}", f"did you mean {near!r}?" if near else "help lists them")


def _help() -> list[tuple[str, str]]:
    """Word -> its line, in the order in which one needs them."""
    lines = [(one.name, f"{one.name}{_after(one)}: {one.about}") for one in destinations.ALL]
    lines += [(word, f"{' '.join((word, verb.follows)).strip()}: {verb.about}") for word, verb in VERBS.items()]
    lines += [(word, f"{' '.join((word, deed.follows)).strip()}: {deed.about}") for word, deed in DEEDS.items()]
    lines += [(word, f"{word} {follows}: {about}") for word, (_, follows, about) in AT_ONCE.items()]
    return lines


def _after(to: destinations.Destination) -> str:
    name = f" {to.takes.upper()}" if to.takes else f" [{to.scope.upper()}]" if to.scope else ""
    return name if to.takes else f"{name} [/FILTER]"


VERBS: Mapping[str, Verb] = {
    "open": Verb("[ROW]", "open the row, as in: open 3", Session.open_row),
    "back": Verb("", "back to where one came from", lambda session, rest: session.reader.back()),
    "next": Verb("", "the next rows, or lines", lambda session, rest: session.reader.more()),
    "describe": Verb("[ROW]", "all about the row; for runs and models the decision record", Session.describe),
    "row": Verb("ROW ...", "tell rows again, as in: row 3 or row 3-5", Session.tell_rows),
    "filter": Verb("TERMS", "only rows that match, as roc_auc>0.8; also /TERMS; nothing: all",
                   lambda session, rest: session.filter(" ".join(rest))),
    "sort": Verb("COLUMN", "sort by a column, -COLUMN the other way round", Session.sort),
    "columns": Verb("A,B,C", "which values are told of each row; nothing: the list's own", Session.columns),
    "compare": Verb("ROW ROW ...", "runs side by side, or two versions of data", Session.compare),
    "part": Verb("[NAME]", "the next part of a model's version: record, metrics, gate, card, lineage", Session.part),
    "table": Verb("[ROW]", "the rows of a version of data", Session.table),
    "check": Verb("[ROW]", "judge the file of a version again, by today's recipe", Session.check),
    "raw": Verb("[ROW]", "the row as JSON", Session.raw),
    "log": Verb("[ROW]", "the end of the log of a run or a job", Session.log),
    "command": Verb("[ROW]", "the command of a shell that shows the row", Session.say_command),
    "where": Verb("", "where one is", Session.where),
    "again": Verb("", "read everything again", lambda session, rest: session.reader.show()),
    "news": Verb("", "what has happened since news were last asked for", Session.news),
    "help": Verb("[WORD]", "all commands, or one", Session.help),
    "quit": Verb("", "quit; the daemon lives on", Session.leave),
}
