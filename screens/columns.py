"""Which columns a listing shows, and in which order: the listing's own, or those that a person chose."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import FootplateError, UsageError
from core.query.fields import nearest
from core.views.flat import split
from screens.exporting import Exporter
from screens.level import Column, Listing, Place
from screens.modals.columns import ColumnChoice


class Chooser(Exporter):
    """A screen whose columns can be chosen."""

    def action_columns(self) -> None:
        listing = self.listing
        if listing is None:
            self.say("this is a text: it has no columns")
            return
        workspace, place = self.desk.workspace, self.place
        self.find_out("looking for columns", lambda: list(listing.more_columns(workspace)), lambda more: self._choose(
            place, listing, more
        ))

    def _choose(self, place: Place, listing: Listing, more: Sequence[Column]) -> None:
        shown = self.columns()
        names = {column.name for column in shown}
        hidden = [column for column in (*listing.columns, *more) if column.name not in names]
        own = [column.name for column in listing.columns]

        def chosen(names: list[str] | None) -> None:
            if names is None:
                self.say("the columns stay")
            elif place is self.place:
                self.show_columns([] if names == own else names)

        self.app.push_screen(ColumnChoice(shown, hidden, own), chosen)

    def set_columns(self, text: str) -> None:
        """What was typed after `:columns`: names with commas; nothing for those of the listing."""
        listing = self.listing
        if listing is None:
            self.say("this is a text: it has no columns")
            return
        try:
            self.show_columns([named(listing, name).name for name in split(text)])
        except FootplateError as error:
            self.say(error)

    def show_columns(self, names: Sequence[str]) -> None:
        """Show these, kept for the place (empty: the listing's own); the cursor stays on its row."""
        self.place.columns = tuple(names)
        self.table.set_columns(self.columns())
        self.say(f"{len(self.columns())} columns" if names else "the columns are the listing's own again")


def named(listing: Listing, name: str) -> Column:
    """The column of a name. UsageError with the nearest name."""
    found = listing.column(name) or next((one for one in listing.columns if one.title == name), None)
    if found is None:
        near = nearest(name, [column.name for column in listing.columns])
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(one.name for one in listing.columns)}"
        raise UsageError(f"there is no column {name!r} here", hint)
    return found
