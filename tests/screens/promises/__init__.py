"""What the help says of each key, as a check: press it where it can act, and see that it happened.

`PROMISES` has an entry for every action of the key map; each is called on every screen where the key holds, from the
screen's first list, with the cursor on its first row.
"""

from tests.screens.promises import acting, going, looking, overlays, releasing, running, watching
from tests.screens.promises.stage import PROMISES, Stage

__all__ = ["PROMISES", "Stage", "acting", "going", "looking", "overlays", "releasing", "running", "watching"]
