"""Random expressions that cron accepts, in all the spellings that it accepts."""

from hypothesis import strategies as st

from migrator.schedule.expression import KINDS, NICKNAMES, WEEKDAYS, FieldKind


def elements(kind: FieldKind) -> st.SearchStrategy[str]:
    """One element of a list: a number, a name, a range (also a reversed one), with or without a step."""
    number = st.integers(kind.low, kind.high).map(str)
    if kind.names:
        number |= st.sampled_from(kind.names).flatmap(lambda name: st.sampled_from([name, name.upper()]))
    step = st.integers(1, kind.high + 10).map(lambda value: f"/{value}")
    span = st.tuples(number, number).map("-".join)
    return number | span | st.tuples(span | st.just("*"), step).map("".join) | st.just("*")


def fields(kind: FieldKind) -> st.SearchStrategy[str]:
    """A whole field, often a star."""
    listed = st.lists(elements(kind), min_size=1, max_size=3).map(",".join)
    return st.just("*") | elements(kind) | listed


expressions = st.tuples(*map(fields, KINDS)).map(" ".join) | st.sampled_from(sorted(NICKNAMES))

# Minutes that occur rarely, so that a year of them is quickly run through.
sparse = st.tuples(st.integers(0, 59).map(str), st.integers(0, 23).map(str), *map(fields, KINDS[2:])).map(
    " ".join
)

# Minutes around the hours in which clocks change.
nightly = st.tuples(
    st.sampled_from(["0", "30", "*/15", "0,30", "59", "*", "0-59", "5-55/10"]),
    st.sampled_from(["1", "2", "3", "*", "*/2", "0-5", "1,2", "2-3", "0-23", "1-23/2"]),
    st.just("*") | st.integers(1, 31).map(str),
    st.just("*"),
    st.sampled_from(["*", *WEEKDAYS[:2]]),
).map(" ".join)
