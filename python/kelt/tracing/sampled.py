"""Captures of one signature at several sizes, as one function over symbols."""

from __future__ import annotations

import contextlib

import numpy as np

from kelt.errors import ExportError, failure
from kelt.tracing.dims import axes as axes_module
from kelt.tracing.dims import borders, compare, wording
from kelt.tracing.dims.demands import Demands
from kelt.tracing.dims.first import First
from kelt.tracing.dims.static import static
from kelt.tracing.record.graph import copied
from kelt.tracing.record.sizes import affine, symbol
from kelt.tracing.record.solver import SearchError, Solver, TooShortError

# Where nothing tells what Python does with a size. The first also where a floor fits: one step of it fits any choice.
FAR = (20011, 1000003)
MOST_ELEMENTS = 1 << 16  # of arrays from sizes, at sizes of about a thousand
SECOND = (101, 6, 499)  # sizes of the second of two captures: the first that the model takes
PAIRS = ((101, 37), (37, 6), (1009, 499), (4001, 1009))  # the same where the first shows nothing
LONGER = (1, 2, 3, 5)  # times a border
ROUNDS = 3  # of captures around borders, which may show further ones
MOST_BORDERS = 48  # captures of a round
ENOUGH = 2048  # a function that holds up to here is worth having


class Sampled:
    """The captures, and the sizes at which they were made."""

    def __init__(self, attempt):
        self.attempt, self.axes, self.tables = attempt, attempt.axes, attempt.tables
        self.with_placeholders = None  # a capture with placeholders for the outputs of rejected layers
        self.captures, self.sizes, self.lengthened = [], [], False
        self.checked = []  # sizes at which the model does what the first capture says
        self.first = None  # the first capture; false if it shows nothing
        self.plain = True  # whether the second capture may be one that notes nothing
        self.known, self.reading = {}, True  # captures by their sizes; whether they note what Python does with those

    def function(self):
        """The function, the sizes at which it was proven, and what was rejected; symbols that must be one are merged.

        `None` where a symbol must be a number, and is one now.
        """
        while True:
            self.demands, self.rejected = Demands(self._rejections), []
            try:
                return self._function()
            except _ClashError as clash:
                if not self.axes.merge(clash.pairs):
                    raise clash.error from None
                self.first = self.first or None
            except _FixedError as fixed:
                self.attempt.fix(*fixed.args)
                return None
            except ExportError as error:
                if error.code == "K205":
                    read = [found[0].reads for found in self.known.values() if found[0].reads is not None]
                    wording.explain(error, read, [dict(key) for key in self.known], self.attempt.words())
                raise

    def _rejected(self, error):
        """The capture with placeholders, whose problems say what is rejected; else that error is raised."""
        of_sizes = wording.of_sizes(self.rejected, self.attempt.words())
        if self.with_placeholders is not None:
            function, problems = self.with_placeholders
            return static(function, [of_sizes.get((each.path, each.op), each) for each in problems])
        if error is not None:
            raise of_sizes.get((error.path, error.op), error)
        raise failure("K205", "the model could be captured at too few sizes")

    def _rejections(self, sizes):
        """What the model rejects at these sizes."""
        try:
            _, problems = self.attempt.run(sizes, reading=self.reading)
        except ExportError as error:
            return [*(problem for problem in error.earlier if problem.tentative), error]
        return [problem for problem in problems if problem.tentative]

    def _function(self):
        self.known = {}
        return self._at_once() or self._searched()

    def _at_once(self):
        """The function from two captures, where the ops' rules and what Python says of its sizes tell all; or `None`.

        Where a comparison comes out otherwise, a capture shows whether that matters.
        """
        if not self._two():
            return None
        if self.tables.open_lengths.learn():
            self.known, self.first = {}, None
            return self._at_once()
        problems, base = self.captures[0][1], max(self._proven(), key=lambda at: sum(at.values()))
        if self.checked:
            return self._told(problems) if not self._beside(base) else self._once_more()
        try:
            compare.same_nodes([function for function, _ in self.captures])
        except ExportError:
            if not self.plain:
                raise
            return self._once_more()
        try:
            own = self.plain and self.captures[0] is not self.first.capture  # a copy, with other names for symbols
            function, solver = self._merged(searching=False, own=own and not self._beside(base))
            for _ in range(ROUNDS):
                before = len(self.captures)
                for at in self._beside(base)[:MOST_BORDERS]:
                    self._try(at, asking=False)
                if len(self.captures) == before:
                    break
                function, solver = self._merged(searching=False)
        except (SearchError, TooShortError, ExportError):
            return self._once_more() if self.plain else None
        if any(each.reads.lost for each, _ in self.captures if each.reads) or not self.captures[0][0].reads:
            return None
        return self._finished(function, solver, problems)

    def _told(self, problems):
        """The function from one capture, which a check at other sizes bears out."""
        solver = Solver(self.axes.symbols, self.sizes, searching=False)
        with contextlib.suppress(ExportError):  # a node can't hold a float or a comparison: as more captures say
            if (function := self.first.told(solver)) is not None:
                return self._finished(function, solver, problems)
        self.first = None
        return self._once_more()

    def _once_more(self):
        """The same with a second capture that notes what Python does."""
        self.plain, self.known = False, {}
        return self._at_once()

    def _beside(self, base) -> list[dict[str, int]]:
        """Sizes at which a comparison comes out otherwise, or may do so unseen, where there is no capture yet."""
        asked = [(at, each.reads.guards) for (each, _), at in zip(self.captures, self.sizes) if each.reads]
        asked.sort(key=lambda of: of[0] != base)
        new = [*borders.otherwise(asked), *self._far()]
        return [at for at in new if at not in self._proven() and tuple(at.items()) not in self.known]

    def _two(self) -> bool:
        """Captures at two sizes; false if the model takes no two, or if they can't tell all."""
        self.captures, self.sizes, self.lengthened, self.checked = [], [], True, []
        if self._first():
            nothing, at = self.plain and self.first.decides_nothing(), self.axes.sizes(SECOND[0])
            if nothing and self.first.agrees(self.attempt, at):
                self.checked = [at]
                return True
            named = self.first.named() if nothing else None
            self.plain = named is not None
            if any(self._try(self.axes.sizes(about), reading=not self.plain) is None for about in SECOND):
                if named is not None:
                    self.captures[0] = named
                else:
                    self.captures.reverse()  # only the second knows the symbols by their names of now
                    self.sizes.reverse()
                return True
        self.plain = False
        if not self.first and self.captures and self.captures[0][0].reads and self.captures[0][0].reads.lost:
            return False
        for pair in PAIRS:
            self.captures, self.sizes = [], []
            if all(self._try(self.axes.sizes(about)) is None for about in pair):
                return True
        return False

    def _first(self) -> bool:
        """The first capture, which is kept while symbols are made one; false if it shows nothing."""
        sizes = self.first.sizes() if self.first else None
        while sizes is None and self.first is not False:
            self.first, self.captures, self.sizes = False, [], []
            sizes = next((at for at in self.axes.alike() if self._try(at, asking=False) is None), None)
            self.rejected.clear()  # where symbols have one size, what is rejected does not tell them apart
            if sizes is None or self.captures[0][0].reads is None:
                return False
            first = First(self.axes, self.captures[0], sizes)
            if first.make_one():
                self.first, sizes = first, first.sizes()
        if not self.first:
            return False
        self.captures, self.sizes = [self.first.capture], [sizes]
        self.known = {tuple(sizes.items()): self.first.capture}
        return True

    def _far(self) -> list[dict[str, int]]:
        """Sizes beyond every constant of code that may compare sizes unseen, where no capture is there yet."""
        unsure = {constant for each, _ in self.captures for constant in (each.reads.unsure if each.reads else ())}
        border = 2 * max(unsure, default=0)
        if any(min(at.values()) > border for at in self._proven()) or self._heavy():
            return []
        return [self.axes.sizes(borders.prime_from(border + 1))]

    def _heavy(self) -> bool:
        """Whether Python makes arrays from sizes that would be large at large sizes."""
        arrays = (node.args["table"] for function, _ in self.captures for node in function.nodes if node.op == "weight")
        sizes = [array.source.size for array in arrays if isinstance(array.source, np.ndarray)]
        return sum(sizes) > MOST_ELEMENTS

    def _finished(self, function, solver, problems, multiple=1):
        function.valid += [length for length in solver.assumed if length not in function.valid]
        function.corners = self._corners(function, solver)
        function.borders = borders.around(function.corners, self.sizes[0])
        function.multiple = multiple
        function.log = None
        proven = {name: sorted({each[name] for each in self._proven()}) for name in self.axes.symbols}
        return function, proven, problems

    def _proven(self) -> list[dict[str, int]]:
        return [*self.sizes, *self.checked]

    def _corners(self, function, solver):
        """What changes its sign where the function may change its form."""
        read = [each.reads for each, _ in self.captures if each.reads is not None]
        constants = {number for each in read for number in each.constants | each.unsure}
        constants |= {number for each in read for number in each.of_readers if solver.fitted}
        lost = [affine(1, symbol(name), -constant) for name in self.axes.symbols for constant in sorted(constants)]
        return [*borders.corners_of(function), *solver.assumed, *borders.all_guards(self.captures), *lost]

    def _searched(self):
        """The function from captures at many sizes, with expressions that fit what they saw."""
        self.captures, self.sizes, self.checked, self.lengthened, error = [], [], [], False, None
        ladder = axes_module.LADDER[::-1]  # small ones first: Python's loops over a size show at once
        if len(self.axes.symbols) > 1:  # but those show no two symbols that must be one
            ladder = (axes_module.TELLING, *(about for about in ladder if about != axes_module.TELLING))
        for about in ladder:
            error = self._try(self.axes.sizes(about)) or error
            if self.tables.open_lengths.learn():
                self.known, self.first = {}, None
                return self._searched()
            compare.same_nodes([function for function, _ in self.captures[:1] + self.captures[-1:]])
        self.captures.reverse()
        self.sizes.reverse()
        if 0 < len(self.captures) < axes_module.FEWEST and self.sizes[0] == self.axes.sizes(axes_module.LADDER[0]):
            for about in axes_module.LONG:
                self._try(self.axes.sizes(about))
        multiple = self._at_multiples() if len(self.captures) < axes_module.FEWEST else 1
        if len(self.captures) < axes_module.FEWEST:
            number = self.demands.number(self.rejected)
            if number is not None:
                raise _FixedError(*number)
            return self._rejected(error)
        merged = None
        with contextlib.suppress(ExportError):
            merged = self._merged()
        if multiple == 1 and (merged is None or merged[1].guessed):
            # Floors, moduli and limits fit by chance more easily, and small limits show at few sizes: at more of them.
            for at in self.axes.multiples(1):
                self._try(at)
            for about in axes_module.LONG if len(self.captures) < axes_module.FEWEST_FLOORS else ():
                self._try(self.axes.sizes(about))
            merged = None
        function, solver = merged or self._merged()
        if multiple == 1:
            function, solver = self._around_borders(function, solver)
        return self._finished(function, solver, self.captures[0][1], multiple)

    def _longer(self, assumed):
        """Captures where these lengths are not negative."""
        wanted = borders.around(assumed, self.sizes[0])
        border = max((size for sizes in wanted.values() for size in sizes), default=1)
        for factor in LONGER:
            self._try(self.axes.sizes(factor * border + 1))

    def _at_multiples(self) -> int:
        """Captures at multiples of the smallest number whose multiples the model takes; that number."""
        self.captures, self.sizes, multiple = [], [], 1
        if not any(self._try(self.axes.sizes(about), keep=False) is None for about in axes_module.OF_ALL):
            return multiple
        for multiple in axes_module.MULTIPLES:
            probe, *others = self.axes.multiples(multiple)
            if self._try(probe) is not None:
                continue
            for at in others:
                self._try(at)
            if len(self.captures) >= axes_module.FEWEST:
                break
        return multiple

    def _around_borders(self, function, solver):
        """The function, captured as well where its expressions change their form."""
        base, tried = self.sizes[0], []
        for _ in range(ROUNDS):
            wanted = borders.around(self._corners(function, solver), base)
            for sizes in wanted.values():
                if sizes:
                    sizes.append(2 * sizes[-1] + 1)  # far beyond
                lost = any(each.reads and each.reads.lost for each, _ in self.captures)
                sizes += () if self._heavy() else FAR[: 2 if lost else int(solver.guessed)]
            new = [{**base, name: size} for name, sizes in wanted.items() for size in sizes]
            new = [at for at in new if at not in self.sizes and at not in tried][:MOST_BORDERS]
            tried += new
            before = len(self.captures)
            for at in new:
                self._try(at, asking=False)
            if len(self.captures) == before:
                break
            try:
                function, solver = self._merged()
            except ExportError as error:
                function, solver = self._bounded(before, error)
        return function, solver

    def _bounded(self, before: int, error: ExportError):
        """The function up to the first size beyond which it is another, of the captures after the first `before`."""
        captures, sizes = self.captures, self.sizes
        base, bad = sizes[0], []
        self.captures, self.sizes = captures[:before], sizes[:before]
        for capture, at in zip(captures[before:], sizes[before:]):
            self.captures.append(capture)
            self.sizes.append(at)
            try:
                self._merged()
            except ExportError:
                bad.append(at)
                self.captures.pop()
                self.sizes.pop()
        function, solver = self._merged()
        for name in self.axes.symbols:
            beyond = sorted(at[name] for at in bad if at[name] != base[name])
            if not beyond:
                continue
            last = beyond[0] - 1
            if beyond[0] < base[name] or last < ENOUGH or {**base, name: last} not in self.sizes:
                raise error
            function.valid.append(affine(-1, symbol(name), last))
        return function, solver

    def _try(self, at, keep=True, asking=True, reading=True):
        """Adds a capture at these sizes; the error if the model can't be that large or small.

        With `asking`, a rejection may show that two symbols are one.
        """
        function = None
        try:
            function, problems = self._capture(at, reading)
            rejected = [problem for problem in problems if problem.tentative]
        except ExportError as error:
            rejected = [*(problem for problem in error.earlier if problem.tentative), error]
        for i, error in enumerate(rejected if asking else ()):
            pairs = self.demands.equal(error, at, rejected[:i])
            if pairs:
                raise _ClashError(pairs, error) from error
        if rejected:
            self.rejected.append((rejected[0], at))
            if function is not None:  # of the largest sizes: those show best what does not fit
                self.with_placeholders = function, problems
            return rejected[0]
        if keep:
            self.captures.append((function, problems))
            self.sizes.append(at)
        return None

    def _capture(self, at, reading=True):
        """The capture at these sizes, made once."""
        key = tuple(at.items())
        if key not in self.known:
            found, error = None, None
            try:
                found = self.attempt.run(at, reading=reading and self.reading)
            except ExportError as rejection:
                error = rejection
            if self.reading and (found is None or found[1]) and not self.known:
                # The model may take no numbers but plain ones.
                with contextlib.suppress(ExportError):
                    other = self.attempt.run(at)
                    if found is None or len(other[1]) < len(found[1]):
                        found, self.reading = other, False
            if found is None:
                raise error
            self.known[key] = found
        return self.known[key]

    def _merged(self, searching=True, own=False):
        """One function of all captures, and what found its expressions. With `own`, the first is changed in place."""
        solver = Solver(self.axes.symbols, self.sizes, searching)
        solver.guards = borders.all_guards(self.captures)
        first, *others = (function for function, _ in self.captures)
        solver.told = not searching and first.reads is not None and not first.reads.assumed
        try:
            return compare.merge([first if own else copied(first), *others], solver), solver
        except TooShortError as short:
            if not searching:
                raise
            if self.lengthened:
                what = f"the model takes too few sizes at which {short.assumed[0]} is not negative"
                raise failure("K205", what, remedy=compare.REMEDY) from None
            self.lengthened = True
            self._longer(short.assumed)
            return self._merged()


class _ClashError(Exception):
    def __init__(self, pairs, error):
        super().__init__(pairs)
        self.pairs, self.error = pairs, error


class _FixedError(Exception):
    """A symbol must be a number: its name, the number."""
