"""The keys that act on the marked rows, or on the row: all that they allow behind one key, and deleting."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from core.query import patience
from core.services.many import Outcome
from screens.acts.action import Action
from screens.acts.asked import done, named, question
from screens.finding import Finder
from screens.modals.actions import Actions, Offer
from screens.modals.prompt import Prompt
from screens.questions import Prepared, refuse
from screens.selection import Part, Selection
from screens.trouble import told

DELETE = "delete"


class Actor(Finder):
    """A screen that acts on many rows at once."""

    class Offered(Message):
        """What the rows allow."""

        def __init__(self, selection: Selection, offers: Sequence[Offer]) -> None:
            super().__init__()
            self.selection, self.offers = selection, offers

    # -- what is meant

    def selection(self) -> Selection | None:
        """The marked rows, or the row; None, and said why, where there is none."""
        listing, marks, row = self.listing, self.place.marks, self.row()
        if listing is None:
            self.say("go back to the list first: Esc")
        elif not marks and row is None:
            self.say("there is no row to do anything with")
        else:
            return Selection(listing, marks, None if marks else row)
        return None

    def act(self, action: str) -> None:
        """A key that acts on a row acts on all marked rows, where there are any."""
        ours = [one for one in self.listing.actions if one.key == action] if self.listing is not None else []
        if ours and self.place.marks and action != DELETE:
            self._offer(ours)
        else:
            super().act(action)

    # -- the keys

    def action_actions(self) -> None:
        """All that the rows allow."""
        listing = self.listing
        if listing is not None and not listing.actions and not listing.singles:
            self.say(f"nothing can be done with {listing.plural} from here")
        else:
            self._offer(listing.actions if listing is not None else ())

    def action_delete(self) -> None:
        listing, ours = self.listing, []
        if listing is not None:
            ours = [one for one in listing.actions if one.key == DELETE]
        if listing is not None and not ours:
            self.say(listing.lasting or f"{listing.plural} cannot be deleted: they are the record of what happened")
            return
        chosen = self.selection()
        if chosen is not None:
            self._ask_for(chosen, ours[0], "")

    def _offer(self, actions: Sequence[Action]) -> None:
        selection = self.selection()
        if selection is not None and self.may_change():
            self._find_offers(selection, actions)

    @work(thread=True, exclusive=True, exit_on_error=False, group="prepare")
    def _find_offers(self, selection: Selection, actions: Sequence[Action]) -> None:
        worker, workspace = get_current_worker(), self.desk.workspace
        try:
            with patience.until(lambda: worker.is_cancelled):
                offers = [Offer.of(action, selection.allowed(workspace, action)) for action in actions]
            self.post_message(self.Offered(selection, offers))
        except Exception as error:
            if not worker.is_cancelled:
                self.post_message(self.Done(told(workspace, error)))

    def on_actor_offered(self, message: Offered) -> None:
        message.stop()
        if not self.is_shown:
            return
        selection, allowed = message.selection, [one for one in message.offers if one.count]
        wanted = selection.listing.singles
        singles = [key for key in self.desk.keys if key.action in wanted and self.NAME in key.screens]
        all_of_them = len(message.offers) == len(selection.listing.actions)
        if not all_of_them and len(allowed) == 1 and allowed[0].action is not None:
            self._chosen(selection, allowed[0].action)
            return
        offers = list(message.offers)
        if all_of_them:
            offers += [Offer.single(key, len(selection) == 1) for key in singles]

        def chosen(offer: Offer | None) -> None:
            if offer is None:
                self.say("nothing was changed")
            elif offer.action is not None:
                self._chosen(selection, offer.action)
            else:
                super(Actor, self).act(offer.single_key)

        self.app.push_screen(Actions(f"What to do with {named(selection)}?", offers), chosen)

    def _chosen(self, selection: Selection, action: Action) -> None:
        if action.asks:
            title = f"{action.verb.capitalize()} {named(selection)}: {action.asks.strip('-').lower()}"
            self.app.push_screen(Prompt(title), lambda text: self._ask_for(selection, action, text) if text else None)
        else:
            self._ask_for(selection, action, "")

    def _ask_for(self, selection: Selection, action: Action, text: str) -> None:
        self.ask(lambda: self._question(selection, action, text))

    def _question(self, selection: Selection, action: Action, text: str) -> Prepared:
        """In a thread: what will change, how many, and what does it."""
        part = selection.allowed(self.desk.workspace, action)
        if not len(part):
            why = part.refused[0] if part.refused else ("", "")
            raise refuse(f"{why[0]} does not allow that: {why[1]}" if why[0] else "no marked row allows that",
                         f"{self.desk.key('actions')} shows what they allow")
        return question(part, text), lambda: self._many(part, text)

    def _many(self, part: Part, text: str) -> str:
        """In a thread: do it to each, told as it goes on and stopped with Esc."""
        workspace, verb = self.desk.workspace, part.action.verb
        stopped: list[bool] = []
        if part.single:
            return done(part, workspace, text)
        task = self.app.call_from_thread(self.begin, f"{verb} {len(part):,}", lambda: stopped.append(True))

        def progress(outcome: Outcome) -> None:
            task.done = f"{outcome.done + outcome.failed:,} done"

        try:
            return done(part, workspace, text, progress=progress, cancelled=lambda: bool(stopped))
        finally:
            self.app.call_from_thread(self.end, task)
