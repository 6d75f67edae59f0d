"""Random histories, and the same facts written as Alembic's files and as skein's."""

import textwrap


class Revision:
    def __init__(self, rid, parents, depends, labels, doc):
        self.rid, self.parents, self.depends = rid, parents, depends
        self.labels, self.doc = labels, doc

    @property
    def facts(self):
        return f"{self.rid} < {self.parents} ^ {self.depends} @ {self.labels}"


class Graph:
    STRAY = "deadbeef1234"  # a version row that no file has

    def __init__(self, revisions):
        self.revisions = revisions
        self.by_id = {revision.rid: revision for revision in revisions}
        self.labels = {label: revision.rid for revision in revisions for label in revision.labels}

    def downs(self, rid):
        revision = self.by_id[rid]
        return revision.parents + [self.labels.get(name, name) for name in revision.depends]

    def below(self, rids):
        """The revisions and all that they stand on, through dependencies too."""
        seen, todo = set(), list(rids)
        while todo:
            rid = todo.pop()
            if rid not in seen:
                seen.add(rid)
                todo += self.downs(rid)
        return seen

    def tips(self, rids):
        """Those of rids that no other of them stands on."""
        implied = set()
        for rid in rids:
            implied |= self.below([rid]) - {rid}
        return set(rids) - implied


STEMS = ("ab12", "ab1", "abcd", "rev", "r_1", "cafe", "1975", "x")


def new_id(random, taken):
    while True:
        kind = random.random()
        if kind < 0.5:
            rid = "%012x" % random.getrandbits(48)
        elif kind < 0.85:  # many with one beginning
            rid = random.choice(STEMS) + "%0*x" % (random.choice((1, 2, 6)), random.getrandbits(8))
        elif kind < 0.92:
            rid = random.choice("abcz") + random.choice("0123456789")
        elif kind < 0.96:  # like numbers and keywords, each the beginning of the next
            rid = random.choice(("1", "10", "100", "1000", "10000", "headx", "heads2", "base2",
                                 "currents", "1_0", "2026", "20260", "202601"))
        else:
            rid = random.choice(("Upper", "with_underscore", "_lead", "9", "0001")) + \
                random.choice("abcde")
        if rid.lower() not in taken:
            taken.add(rid.lower())
            return rid


def new_label(random, taken):
    while True:
        label = random.choice(("net", "shop", "ship", "reports", "br_", "v1.", "lib")) + \
            random.choice(("", "work", "ping", "7", "_x"))
        if random.random() < 0.25:  # the beginning of a name, or one that goes on behind it
            label = random.choice(sorted(taken))
            label = label[:random.randint(1, len(label))] + random.choice(("", "", "x", "_1"))
        if label.lower() not in taken:
            taken.add(label.lower())
            return label


def pick_parents(random, graph, shape):
    known = [revision.rid for revision in graph.revisions]
    heads = [rid for rid in known
             if not any(rid in revision.parents for revision in graph.revisions)]
    if not known or random.random() < shape["base"]:
        return []
    if len(heads) > 1 and random.random() < shape["merge"]:
        wanted = random.sample(heads if random.random() < 0.8 else known,
                               min(len(heads), random.choice((2, 2, 2, 3, 4))))
        apart = [rid for rid in wanted
                 if not any(rid != other and rid in graph.below([other]) for other in wanted)]
        if len(apart) > 1:
            return apart
    return [random.choice(known if random.random() < shape["branch"] else heads)]


def pick_depends(random, graph, parents, shape):
    if random.random() >= shape["depend"]:
        return []
    others = [revision.rid for revision in graph.revisions if revision.rid not in parents]
    below = graph.below(parents)
    if random.random() < 0.9:  # depending on an ancestor is legal, and rare
        others = [rid for rid in others if rid not in below]
    picked = random.sample(others, min(len(others), random.choice((1, 1, 2, 3))))
    by_label = {rid: label for label, rid in graph.labels.items()}
    return [by_label[rid] if rid in by_label and random.random() < 0.5 else rid for rid in picked]


def make(random):
    """A graph of up to forty revisions, oldest first."""
    shape = {"base": random.choice((0, 0.1, 0.3)), "merge": random.choice((0, 0.2, 0.4, 0.7)),
             "branch": random.choice((0, 0.2, 0.5, 0.8)),
             "depend": random.choice((0, 0, 0.15, 0.35, 0.6)),
             "label": random.choice((0, 0.15, 0.4))}
    graph, taken = Graph([]), set()
    for number in range(random.choice((1, 3, 6, 10, 14, 20, 40))):
        parents = pick_parents(random, graph, shape)
        depends = pick_depends(random, graph, parents, shape)
        rid = new_id(random, taken)
        labels = []
        while random.random() < (shape["label"] if not labels else 0.1):
            labels.append(new_label(random, taken))
            if len(labels) == 3:
                break
        doc = f"step {number}"
        if random.random() < 0.1:
            doc += "\n\nand a second paragraph, with (brackets)"
        graph = Graph(graph.revisions + [Revision(rid, parents, depends, labels, doc)])
    return graph


def write_sql(folder, graph):
    for revision in graph.revisions:
        lines = [f"-- {line}".rstrip() for line in revision.doc.splitlines()]
        lines += ["--", f"-- Revision ID: {revision.rid}",
                  f"-- Revises: {', '.join(revision.parents)}".rstrip(),
                  "-- Create Date: 2026-11-22 11:40:27"]
        if revision.labels:
            lines.append(f"-- Branch Labels: {', '.join(revision.labels)}")
        if revision.depends:
            lines.append(f"-- Depends On: {', '.join(revision.depends)}")
        lines += ["", "-- skein: upgrade", f"CREATE TABLE t_{revision.rid} (n INTEGER);", "",
                  "-- skein: downgrade", f"DROP TABLE t_{revision.rid};", ""]
        (folder / f"{revision.rid}.sql").write_text("\n".join(lines))


def scalar(names):
    """As Alembic writes a tuple of names: None, one string, or a tuple."""
    return None if not names else names[0] if len(names) == 1 else tuple(names)


def write_py(folder, graph):
    for revision in graph.revisions:
        text = f'''\
            """{{doc}}

            Revision ID: {revision.rid}
            Revises: {', '.join(revision.parents)}
            Create Date: 2026-11-22 11:40:27

            """
            from alembic import op
            revision = {revision.rid!r}
            down_revision = {scalar(revision.parents)!r}
            branch_labels = {tuple(revision.labels) or None!r}
            depends_on = {scalar(revision.depends)!r}

            def upgrade():
                op.execute("CREATE TABLE t_{revision.rid} (n INTEGER)")

            def downgrade():
                op.execute("DROP TABLE t_{revision.rid}")
            '''
        text = textwrap.dedent(text).replace("{doc}", revision.doc)
        (folder / f"{revision.rid}.py").write_text(text)
