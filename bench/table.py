"""The tables of bench/run: printed as their rows come, or kept for JSON."""
import json
import math
import statistics


def number(value):
    """None for what is not there; the programs print it as nan."""
    return None if value is None or math.isnan(value) else value


def quartiles(values):
    return statistics.quantiles(values, n=4)[::2] if len(values) > 1 else (None, None)


def shown(value, width):
    """With the digits that matter."""
    value = number(value)
    if value is None:
        return " " * width
    return f"{value:{width}.{3 if abs(value) < 5 else 1 if abs(value) < 10000 else 0}f}"


class Table:
    """Rows of two figures and a third one of both: a ratio, a difference. The third one has quartiles and a bound."""

    silent = False

    def __init__(self, unit, first, second, third, counted=False):
        self.heads, self.counted, self.rows = (unit, first, second, third), counted, []

    def head(self):
        unit, first, second, third = self.heads
        line = f"\n{unit:<42} {first:>9} {second:>9} {third:>9}  {'quartiles':<17} {'bound':>6}"
        return line + (f" {'instr. added':>13} {'bound':>6}" if self.counted else "")

    def row(self, name, first, second, third, low, high, bound, count=None):
        if not self.rows and not self.silent:
            print(self.head(), flush=True)
        self.rows.append((name, first, second, third, low, high, bound, count))
        if self.silent:
            return
        low, high, bound = number(low), number(high), number(bound)
        between = f"{shown(low, 8)} -{shown(high, 7)}" if low is not None else ""
        line = f"{name:<42} {shown(first, 9)} {shown(second, 9)} {shown(third, 9)} {between:<18} "
        line += f"{bound:6g}" if bound else f"{'-':>6}"
        if count:
            line += f" {count.added:13.1f} " + (f"{count.bound:6.0f}" if count.bound else f"{'-':>6}")
        print(line, flush=True)

    def paired(self, name, pairs, bound):
        """A row of many measurements (plain, watched): their medians, and the median of the pairs' ratios or differences."""
        ratio = self.heads[3] == "ratio"
        both = [watched / plain if ratio else watched - plain for plain, watched in pairs]
        plain, watched = (statistics.median(side) for side in zip(*pairs))
        self.row(name, plain, watched, statistics.median(both), *quartiles(both), bound)

    @staticmethod
    def json(about, tables):
        rows = []
        for table in tables:
            unit, *heads = table.heads
            for name, *figures, low, high, bound, count in table.rows:
                row = {"unit": unit, "name": name}
                row |= {head: number(figure) for head, figure in zip(heads, figures) if head}
                row |= {"low": number(low), "high": number(high), "bound": number(bound)}
                if count:
                    row["instructions"] = {"plain": count.plain, "watched": count.watched, "added": count.added,
                                           "bound": count.bound or None}
                rows.append(row)
        return json.dumps(about | {"rows": rows}, indent=1)
