"""Random commands over a graph, with symbols in every form, wrong ones among them."""

JUNK = ("nope", "", "@", "@head", "a@b@c", "+", "-", "++1", "+1x", "-1x", "+1-1", "head@head",
        "base@head", "heads@head", "current", "head~1", "%", "'", "head head", "+99999999999",
        "@+1", "@-1", "nope@head", "nope+1", "nope@+1", "HEAD", "base+0", "base-1", "*",
        "base:head", "head:base", ":head", "head:", "-1:", "+1:+2", "heads:base")


class Symbols:
    def __init__(self, random, graph, rows):
        self.random = random
        self.ids = [revision.rid for revision in graph.revisions]
        self.labels = list(graph.labels)
        self.rows = [row for row in rows if row in graph.by_id]

    def name(self):
        random = self.random
        kind = random.random()
        if self.labels and kind < 0.25:
            name = random.choice(self.labels)
        elif self.rows and kind < 0.35:
            name = random.choice(self.rows)
        else:
            name = random.choice(self.ids)
        if random.random() < 0.25:
            name = name[:random.randint(1, len(name))]
        return name

    def branch(self):
        if self.labels and self.random.random() < 0.7:
            return self.random.choice(self.labels)
        return self.name()

    def steps(self, sign=None):
        return (sign or self.random.choice("+-")) + str(self.random.choice((0, 1, 1, 1, 2, 2, 3, 9)))

    def absolute(self):
        return self.random.choice((
            lambda: "head", lambda: "heads", lambda: "base", self.name, self.name, self.name,
            lambda: f"{self.branch()}@head", lambda: f"{self.branch()}@heads",
            lambda: f"{self.branch()}@base", lambda: f"{self.branch()}@{self.name()}"))()

    def start(self):
        """What may stand before +N."""
        return self.random.choice(("head", "heads", "base", self.name(), self.name(), self.name()))

    def relative(self):
        return self.random.choice((
            self.steps, self.steps, lambda: f"{self.branch()}@{self.steps()}",
            lambda: f"{self.branch()}@{self.steps()}", lambda: self.start() + self.steps(),
            lambda: f"{self.branch()}@{self.start()}{self.steps()}"))()

    def any(self, relative=0.4):
        kind = self.random.random()
        if kind < 0.04:
            return self.random.choice(JUNK)
        if kind < 0.06:
            return self.name() + self.random.choice(("+1x", "+", "-", ":", "+1+1", "@", " ", "\n"))
        return self.relative() if kind < 0.06 + relative else self.absolute()

    def end(self):
        """One end of a range of history."""
        kind = self.random.random()
        if kind < 0.25:
            return ""
        if kind < 0.35:
            return "current"
        return self.any(0.25)

    def range(self):
        if self.random.random() < 0.04:
            return self.random.choice(("a:b:c", self.name(), "::", "", " : ", "current"))
        return f"{self.end()}:{self.end()}"


def change(random, symbols):
    """A verb that moves the database."""
    kind = random.random()
    if kind < 0.42:
        sign = "+" if random.random() < 0.5 else None
        text = symbols.steps(sign) if random.random() < 0.2 else symbols.any()
        return ["upgrade", text]
    if kind < 0.72:
        sign = "-" if random.random() < 0.7 else None
        text = symbols.steps(sign) if random.random() < 0.2 else symbols.any()
        return ["downgrade", text]
    purge = ["--purge"] if random.random() < 0.25 else []
    count = random.choice((1, 1, 1, 2, 2, 3))
    return ["stamp", *purge, *(symbols.any(0.1) for _ in range(count))]


def script(random, symbols):
    """A verb that would move a database, as a script: mostly with the revision it starts from."""
    verb = random.choice(("upgrade", "upgrade", "downgrade", "stamp"))
    start = random.choice(("", "", "base:", symbols.name() + ":", symbols.name() + ":",
                           symbols.absolute() + ":", symbols.any(0.3) + ":"))
    if random.random() < 0.02:
        start = random.choice(("a:b:", ":", symbols.any() + ":"))
    relative = 0.1 if verb == "stamp" else 0.4
    count = random.choice((1, 1, 2)) if verb == "stamp" else 1
    return [verb, "--sql", *(start + symbols.any(relative) for _ in range(count))]


def question(random, symbols):
    """A verb that only tells."""
    verbose = [random.choice(("-v", "--verbose"))] if random.random() < 0.35 else []
    current = [random.choice(("-i", "--indicate-current"))] if random.random() < 0.3 else []
    kind = random.random()
    if kind < 0.35:
        ranged = ["-r", symbols.range()] if random.random() < 0.8 else []
        if ranged and (ranged[1].startswith("-") or ranged[1] and random.random() < 0.1):
            ranged = [random.choice(("-r", "--rev-range=")) + ranged[1]]
        return ["history", *verbose, *current, *ranged]
    if kind < 0.5:
        return ["current", *verbose]
    if kind < 0.62:
        return ["heads", *verbose, *(["--resolve-dependencies"] if random.random() < 0.5 else [])]
    if kind < 0.72:
        return ["branches", *verbose]
    if kind < 0.75:
        return ["ensure_version"]
    return ["show", "current" if random.random() < 0.1 else symbols.any(0.2)]


def creation(random, symbols):
    """A verb that writes a revision file."""
    rid = random.choice(["new1", "new2", "ffffeeee0000", "a-b", "x@y", symbols.name().replace(".", "_")])
    label = random.choice([[], [], ["--branch-label", random.choice(["fresh", symbols.branch()])]])
    if random.random() < 0.3:
        heads = random.choice((["heads"], [symbols.absolute()],
                               [symbols.absolute(), symbols.absolute()]))
        return ["merge", "-m", "made", "--rev-id", rid, *label, *heads]
    head = [] if random.random() < 0.3 else ["--head", symbols.any(0.1)]
    splice = ["--splice"] if random.random() < 0.4 else []
    depends = []
    for _ in range(random.choice((0, 0, 1, 2))):
        depends += ["--depends-on", symbols.any(0.1)]
    return ["revision", "-m", "made", "--rev-id", rid, *head, *splice, *label, *depends]
