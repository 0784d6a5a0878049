"""What a user's function makes of a frame: checked, and brought into the typed form of `core.data.values`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from core.errors import BadRecipe
from core.recipes.loading import KEY, told
from core.text import shortened, visible
from core.vocabulary import Kind

if TYPE_CHECKING:
    import pandas as pd

    from core.data.schema import Schema

_SAME: Final = "make the same columns, of the same kinds, whatever the rows"


def apply_custom(function: Callable[[pd.DataFrame], pd.DataFrame], frame: pd.DataFrame) -> pd.DataFrame:
    """What the function makes of the frame, which it may change as it likes: it gets a copy, numbered from 0.

    Raises BadRecipe where it fails, returns no DataFrame, or other rows than it got.
    """
    import pandas as pd

    given = frame.copy(deep=False).set_axis(pd.RangeIndex(len(frame)), axis=0)  # copied where it is written to
    try:
        made = function(given)
    except (Exception, SystemExit) as error:
        raise told(error) from error
    name = visible(getattr(function, "__name__", "the function"))
    if not isinstance(made, pd.DataFrame):
        raise BadRecipe(f"{name} returned {type(made).__name__}, not a DataFrame", "end with  return frame", key=KEY)
    if len(made) != len(frame):
        raise BadRecipe(
            f"{name} returned {len(made):,} rows for {len(frame):,}", "keep every row: each gets a prediction", key=KEY
        )
    if not made.index.equals(pd.RangeIndex(len(frame))):
        raise BadRecipe(
            f"{name} returned its rows in another order, or under another index",
            "keep the frame's index (merge with how=\"left\"; do not sort, set or shuffle it)", key=KEY,
        )
    names = [str(column) for column in made.columns]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise BadRecipe(f"{name} made two columns {visible(twice)!r}", "give each column a name of its own", key=KEY)
    return made.set_axis(frame.index, axis=0).set_axis(names, axis=1)


def typed(frame: pd.DataFrame) -> tuple[pd.DataFrame, Schema]:
    """Any frame in the typed form, and the schema that its dtypes say; infinities are missing.

    bool is boolean; whole and other numbers, and timespans in seconds, are numbers; dates are naive UTC; all
    else is text, or empty where nothing is there. Raises BadRecipe for complex numbers.
    """
    import pandas as pd

    from core.data.schema import Schema

    columns: dict[str, Any] = {}
    kinds: dict[str, Kind] = {}
    for name in frame.columns:
        columns[name], kinds[name] = _typed(str(name), frame[name])
    return pd.DataFrame(columns, index=frame.index), Schema.of(kinds)


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A typed frame with exactly the columns and kinds of `schema`, which a model was fitted on.

    Raises BadRecipe where the code made none of them this time, or text where there were numbers or dates.
    """
    import numpy as np
    import pandas as pd

    columns: dict[str, Any] = {}
    for column in schema.columns:
        if column.name not in frame:
            raise BadRecipe(
                f"the code made no column {visible(column.name)!r} this time", _SAME, key=KEY
            )
        series = frame[column.name]
        found = _kind(series)
        if column.kind in (Kind.CATEGORY, Kind.EMPTY):
            columns[column.name] = series if found is Kind.CATEGORY else _text(series)
        elif series.isna().all():
            missing = np.datetime64("NaT", "us") if column.kind is Kind.DATE else np.nan
            columns[column.name] = np.full(len(frame), missing)
        elif (column.kind is Kind.DATE) == (found is Kind.DATE) and found is not Kind.CATEGORY:
            columns[column.name] = series
        else:
            first = shortened(str(series.dropna().iloc[0]))
            said = f"holds {found} this time ({first}), and held {column.kind} when the model was fitted"
            raise BadRecipe(f"column {visible(column.name)!r} of the code {said}", _SAME, key=KEY)
    return pd.DataFrame(columns, index=frame.index)


def _kind(series: pd.Series) -> Kind:
    """The kind of a column in the typed form (booleans are numbers there)."""
    if series.dtype.kind == "M":
        return Kind.DATE
    return Kind.NUMBER if series.dtype.kind == "f" else Kind.CATEGORY


def _typed(name: str, series: pd.Series) -> tuple[Any, Kind]:
    import numpy as np
    import pandas as pd

    from core.data.values import finite

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype if series.notna().all() else object)
    if series.dtype == object:
        series = series.infer_objects()
    if series.dtype == object and len(present := series.dropna()):
        kinds = {type(value) for value in present}
        if kinds <= {bool, np.bool_}:
            return series.astype("boolean").to_numpy(np.float64, na_value=np.nan), Kind.BOOLEAN
        if all(issubclass(kind, int | float | np.number) and kind is not bool for kind in kinds):
            series = pd.to_numeric(series)
    if pd.api.types.is_bool_dtype(series.dtype):
        return series.to_numpy(np.float64, na_value=np.nan), Kind.BOOLEAN
    if pd.api.types.is_complex_dtype(series.dtype):
        raise BadRecipe(f"column {visible(name)!r} of the code holds complex numbers", "make two of it", key=KEY)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return finite(series.to_numpy(np.float64, na_value=np.nan)), Kind.NUMBER
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        naive = series.dt.tz_convert(None) if getattr(series.dtype, "tz", None) is not None else series
        return naive.to_numpy().astype("datetime64[us]"), Kind.DATE
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return series.dt.total_seconds().to_numpy(np.float64), Kind.NUMBER
    text = _text(series)
    return text, Kind.CATEGORY if text.notna().any() else Kind.EMPTY


def _text(series: pd.Series) -> pd.Series:
    """As text, missing where it was; whole numbers without a point, each different value spelled once."""
    import pandas as pd

    from core.recipes.infer import spelled

    codes, uniques = pd.factorize(series)
    words = pd.array([*(spelled(one) for one in uniques), None], dtype="str")
    return pd.Series(words.take(codes), index=series.index)
