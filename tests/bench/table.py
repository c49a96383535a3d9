"""The table of results."""


class Table:
    HEAD = ("figure", "measured", "against", "ratio", "target", "")

    def __init__(self):
        self.rows = []
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    def add(self, figure, measured, against="", ratio=None, target="", reached=None):
        """A row; without REACHED it is only reported."""
        verdict = "" if reached is None else "reached" if reached else "missed"
        shown = "" if ratio is None else f"{ratio:.2f}"
        self.rows.append((figure, measured, against, shown, target, verdict))

    def at_least(self, figure, measured, against, ratio, minimum):
        self.add(figure, measured, against, ratio, f"≥ {minimum}", ratio >= minimum)

    def at_most(self, figure, measured, against, ratio, maximum):
        self.add(figure, measured, against, ratio, f"≤ {maximum}", ratio <= maximum)

    def show(self):
        lines = [self.HEAD, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.HEAD))]
        print()
        for line in lines:
            print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
            if line is self.HEAD:
                print("  ".join("-" * width for width in widths[:-1]))
        for text in self.notes:
            print(f"\n{text}", end="")
        print(flush=True)


def rate(value):
    return f"{value:,.0f}/s"
