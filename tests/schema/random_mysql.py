"""Random pairs of schemas in MariaDB's dialect, for the judge of drivers (converge.c).

    random_mysql.py COUNT [SEED]    prints a case a line: {"case", "a", "b"}

The second schema of a pair is the first one with changes, so that most stays as it is, and what
changes is used by what does not; of one pair in six it is another one altogether, of the same names.
"""
import copy
import json
import random
import sys

NAMES = ["id", "name", "total", "created", "select", "Mixed", "with space", "tick`ed", "quo'te", "semi;colon",
         "dash--x", "slash/y", "star*/z", "back\\slash", "ünïcode", "percent%", "line\nbreak", "x" * 60]
CHARSETS = [("utf8mb4", "utf8mb4_general_ci"), ("utf8mb4", "utf8mb4_unicode_ci"), ("utf8mb4", "utf8mb4_bin"),
            ("latin1", "latin1_swedish_ci"), ("ascii", "ascii_general_ci")]
NUMBERS = ["int(11)", "bigint(20)", "smallint(6) unsigned", "tinyint(1)", "mediumint(8) unsigned zerofill",
           "decimal(10,2)", "decimal(12,4) unsigned", "double", "float(7,3)"]
TEXTS = ["varchar(20)", "varchar(200)", "char(3)", "text", "mediumtext", "enum('a','b','c''d',';')", "set('x','y')"]
OTHERS = ["date", "datetime(3)", "time", "year(4)", "binary(4)", "varbinary(30)", "blob", "bit(5)", "json", "uuid"]
COMMENTS = ["it's", "*/ ; -- x", "`\\`", "a\nb", "plain"]
ACTIONS = ["", " ON DELETE CASCADE", " ON UPDATE CASCADE", " ON DELETE CASCADE ON UPDATE CASCADE"]


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"


class Schema:
    def __init__(self, rng):
        self.rng = rng
        self.number = 0
        self.tables = {}
        self.sequences = {}
        self.routines = {}
        self.views = {}
        self.events = {}

    def chance(self, share):
        return self.rng.random() < share

    def name(self, taken):
        """One that nobody has; what is folded by the server counts as the same."""
        self.number += 1
        base = self.rng.choice(NAMES)[:50]
        name = base if self.chance(0.6) and base.lower() not in {t.lower() for t in taken} else f"{base}{self.number}"
        return name if name.lower() not in {t.lower() for t in taken} else f"n{self.number}"

    # ---- making ----

    def column(self, kind=None):
        rng = self.rng
        kind = kind or rng.choice(["number", "number", "text", "text", "other"])
        column = {"kind": kind, "null": self.chance(0.6), "comment": rng.choice(COMMENTS) if self.chance(0.2) else None,
                  "invisible": False, "default": None, "charset": None, "generated": None, "check": None}
        if kind == "number":
            column["type"] = rng.choice(NUMBERS)
            column["default"] = rng.choice(["0", "1", None, None, "(1 + 1)"])
            column["check"] = rng.randint(0, 9) if self.chance(0.15) else None
        elif kind == "text":
            column["type"] = rng.choice(TEXTS)
            column["charset"] = rng.choice(CHARSETS) if self.chance(0.25) else None
            short = column["type"].startswith(("varchar", "char"))
            column["default"] = literal(rng.choice(["", "x", "'", "\\"])) if short and self.chance(0.4) else None
        else:
            column["type"] = rng.choice(OTHERS)
            if column["type"].startswith("datetime") and self.chance(0.6):
                column["default"] = rng.choice(["current_timestamp(3)", "current_timestamp(3) ON UPDATE current_timestamp(3)"])
        column["invisible"] = self.chance(0.08) and (column["null"] or column["default"] is not None)
        return column

    def table(self):
        rng = self.rng
        table = {"charset": rng.choice(CHARSETS), "columns": {}, "keys": {}, "checks": {}, "foreign": {},
                 "triggers": {}, "comment": rng.choice(COMMENTS) if self.chance(0.2) else None,
                 "format": rng.choice([None, None, None, "ROW_FORMAT=DYNAMIC", "STATS_PERSISTENT=1"]), "partitions": None,
                 "versioned": self.chance(0.05), "auto": self.chance(0.4), "primary": ["pk"]}
        table["columns"]["pk"] = {"kind": "key", "type": rng.choice(["int(11)", "bigint(20)"]), "null": False}
        for _ in range(rng.randint(1, 7)):
            self.column_add(table)
        if self.chance(0.12) and not table["versioned"]:
            table["partitions"] = rng.choice(["HASH (pk) PARTITIONS 3", "KEY (pk) PARTITIONS 2", self.ranges()])
        return table

    def ranges(self):
        ends = sorted(self.rng.sample(range(1, 100), self.rng.randint(1, 4)))
        parts = [f"PARTITION p{end} VALUES LESS THAN ({end})" for end in ends]
        return "RANGE (pk) (" + ", ".join(parts + ["PARTITION last VALUES LESS THAN MAXVALUE"]) + ")"

    def column_add(self, table):
        column = self.column()
        numbers = [name for name, other in table["columns"].items() if other["kind"] == "number"]
        if self.chance(0.15) and numbers and not table["versioned"]:
            column = self.column("number")
            column.update(generated=(self.rng.choice(numbers), self.rng.randint(1, 9), self.rng.choice(["VIRTUAL", "STORED"])),
                          default=None, null=True, kind="generated", check=None, invisible=False)
        elif self.chance(0.05) and self.sequences:
            column = self.column("number")
            column.update(type="bigint(20)", default=("nextval", self.rng.choice(list(self.sequences))), check=None)
        name = self.name(table["columns"])
        items = list(table["columns"].items())
        items.insert(self.rng.randint(1, len(items)), (name, column))
        table["columns"] = dict(items)

    def key_add(self, table):
        rng = self.rng
        kind = rng.choice(["KEY", "KEY", "KEY", "UNIQUE KEY", "FULLTEXT KEY"])
        columns = []
        for name in rng.sample(list(table["columns"]), min(len(table["columns"]), rng.randint(1, 3))):
            column = table["columns"][name]
            long = column["type"] in ("text", "mediumtext", "blob", "json")
            if kind == "FULLTEXT KEY":
                if column["kind"] != "text" or not column["type"].startswith(("varchar", "char", "text", "medium")):
                    continue
                columns.append((name, "", ""))
            else:
                prefix = "(7)" if long else "(5)" if column["type"].startswith("varchar(20") and self.chance(0.3) else ""
                columns.append((name, prefix, " DESC" if self.chance(0.2) else ""))
        if kind == "FULLTEXT KEY" and (table["partitions"] or table["versioned"]):
            return
        if kind == "FULLTEXT KEY":
            columns = columns[:1]
        if kind == "UNIQUE KEY" and table["partitions"]:
            kind = "KEY"
        if columns:
            table["keys"][self.name(table["keys"])] = {"kind": kind, "columns": columns,
                "tail": rng.choice(["", "", "", " COMMENT 'k''s'", " IGNORED"])}

    def check_add(self, table):
        numbers = [name for name, column in table["columns"].items() if column["kind"] == "number"]
        if numbers:
            table["checks"][self.name(table["checks"]) + "_ck"] = (self.rng.choice(numbers), self.rng.randint(-9, 9))

    def foreign_add(self, name):
        table = self.tables[name]
        target = self.rng.choice(list(self.tables))
        if table["partitions"] or self.tables[target]["partitions"] or table["versioned"] or self.tables[target]["versioned"]:
            return
        self.number += 1
        column = f"fk{self.number}"
        table["columns"][column] = {"kind": "link", "type": "link", "target": target, "null": True}
        table["foreign"][f"{column}_ref"] = {"column": column, "target": target, "actions": self.rng.choice(ACTIONS)}
        if self.chance(0.3):
            table["keys"][f"{column}_ix"] = {"kind": "KEY", "columns": [(column, "", "")], "tail": ""}

    def trigger_add(self, table):
        column = self.rng.choice([n for n, c in table["columns"].items() if c["kind"] != "generated"])
        self.number += 1
        table["triggers"][f"tr`{self.number}"] = {
            "time": self.rng.choice(["BEFORE INSERT", "BEFORE UPDATE", "AFTER UPDATE"]), "column": column,
            "body": self.rng.choice(["SET @x = NEW.{}", "BEGIN SET @y = ';'; SET @x = NEW.{}; END"])}

    def view_add(self):
        sources = [("table", name) for name in self.tables] + [("view", name) for name in self.views]
        kind, source = self.rng.choice(sources)
        columns = list(self.tables[source]["columns"]) if kind == "table" else self.views[source]["columns"]
        if kind == "table":
            columns = [name for name in columns if not self.tables[source]["columns"][name].get("invisible")]
        picked = self.rng.sample(columns, min(len(columns), self.rng.randint(1, 3)))
        name = self.name([*self.tables, *self.views, *self.sequences])
        functions = [n for n, r in self.routines.items() if r["kind"] == "FUNCTION"]
        self.views[name] = {"kind": kind, "source": source, "columns": picked,
                            "function": self.rng.choice(functions) if functions and self.chance(0.3) else None}

    def routine_add(self):
        kind = self.rng.choice(["PROCEDURE", "FUNCTION"])
        self.routines[self.name(self.routines)] = {"kind": kind, "number": self.rng.randint(0, 99),
                                                   "comment": self.rng.choice(COMMENTS)}

    def event_add(self):
        self.events[self.name(self.events)] = {"every": self.rng.randint(1, 50), "off": self.chance(0.5),
                                               "comment": self.rng.choice(COMMENTS)}

    def sequence_add(self):
        name = self.name([*self.tables, *self.views, *self.sequences])
        self.sequences[name] = {"start": self.rng.randint(1, 9), "by": self.rng.randint(1, 9)}

    def fill(self):
        rng = self.rng
        for _ in range(rng.randint(0, 2)):
            self.sequence_add()
        for _ in range(rng.randint(0, 3)):
            self.routine_add()
        for _ in range(rng.randint(1, 5)):
            self.tables[self.name([*self.tables, *self.sequences])] = self.table()
        for name, table in self.tables.items():
            for _ in range(rng.randint(0, 3)):
                self.key_add(table)
            for _ in range(rng.randint(0, 2)):
                self.check_add(table)
            for _ in range(rng.randint(0, 2)):
                self.foreign_add(name)
            for _ in range(rng.randint(0, 2)):
                self.trigger_add(table)
        for _ in range(rng.randint(0, 4)):
            self.view_add()
        for _ in range(rng.randint(0, 2)):
            self.event_add()

    # ---- changing ----

    def mutate(self):
        for _ in range(self.rng.randint(1, 8)):
            name = self.rng.choice(list(self.tables))
            self.rng.choice([self.table_mutate, self.table_mutate, self.table_mutate, self.part_mutate, self.part_mutate,
                             self.part_mutate, self.other_mutate])(name)
            self.prune()

    def table_mutate(self, name):
        rng, table = self.rng, self.tables[name]
        kind = rng.randint(0, 8)
        if kind == 0 and len(self.tables) > 1:
            del self.tables[name]
        elif kind == 1:
            self.tables[self.name([*self.tables, *self.sequences, *self.views])] = self.table()
        elif kind == 2:
            table["charset"] = rng.choice(CHARSETS)
        elif kind == 3:
            table["comment"] = rng.choice(COMMENTS + [None])
        elif kind == 4:
            table["format"] = rng.choice([None, "ROW_FORMAT=DYNAMIC", "STATS_PERSISTENT=1"])
        elif kind == 5:
            table["auto"] = not table["auto"]
        elif kind == 6:
            items = list(table["columns"].items())
            rng.shuffle(items)
            table["columns"] = dict(items)
        elif kind == 7 and table["partitions"]:
            table["partitions"] = rng.choice([None, self.ranges(), "HASH (pk) PARTITIONS 2"])
        elif kind == 8:
            linked = any(f["target"] == name for t in self.tables.values() for f in t["foreign"].values())
            if not linked and not table["foreign"] and not table["partitions"] and \
                    not any(c["kind"] == "generated" for c in table["columns"].values()) and \
                    not any(k["kind"] == "FULLTEXT KEY" for k in table["keys"].values()):
                table["versioned"] = not table["versioned"]

    def part_mutate(self, name):
        rng, table = self.rng, self.tables[name]
        others = [n for n, c in table["columns"].items() if c["kind"] not in ("key", "link")]
        kind = rng.randint(0, 9)
        if kind <= 1:
            self.column_add(table)
        elif kind == 2 and len(others) > 1:
            del table["columns"][rng.choice(others)]
        elif kind <= 4 and others:
            column = rng.choice(others)
            if table["columns"][column]["kind"] != "generated":
                table["columns"][column] = self.column()
            else:
                base, number, how = table["columns"][column]["generated"]
                table["columns"][column]["generated"] = (base, number + rng.randint(0, 1), rng.choice([how, "VIRTUAL", "STORED"]))
        elif kind == 5:
            self.key_add(table)
        elif kind == 6 and table["keys"]:
            del table["keys"][rng.choice(list(table["keys"]))]
        elif kind == 7:
            table["columns"]["pk"]["type"] = rng.choice(["int(11)", "bigint(20)", "int(10) unsigned"])
        elif kind == 8:
            rng.choice([self.check_add, self.trigger_add])(table)
        elif table["foreign"] and self.chance(0.5):
            gone = rng.choice(list(table["foreign"]))
            if self.chance(0.5):
                del table["columns"][table["foreign"][gone]["column"]]
            else:
                table["foreign"][gone]["actions"] = rng.choice(ACTIONS)
        else:
            self.foreign_add(name)

    def other_mutate(self, _):
        rng = self.rng
        things = rng.choice([self.views, self.routines, self.events, self.sequences])
        kind = rng.randint(0, 2)
        if kind == 0:
            rng.choice([self.view_add, self.routine_add, self.event_add, self.sequence_add])()
        elif kind == 1 and things:
            del things[rng.choice(list(things))]
        elif things:
            thing = things[rng.choice(list(things))]
            if "number" in thing:
                thing["number"] += 1
            elif "every" in thing:
                thing.update(every=thing["every"] + 1, off=not thing["off"])
            elif "by" in thing:
                thing["by"] += 1

    def prune(self):
        """What stood on something that is gone goes too."""
        for name, table in self.tables.items():
            gone = [n for n, f in table["foreign"].items() if f["column"] not in table["columns"] or f["target"] not in self.tables]
            for foreign in gone:
                table["columns"].pop(table["foreign"].pop(foreign)["column"], None)
            while True:
                gone = [n for n, c in table["columns"].items() if c.get("generated") and
                        table["columns"].get(c["generated"][0], {}).get("kind") != "number"]
                if not gone:
                    break
                for column in gone:
                    del table["columns"][column]
            for column in table["columns"].values():
                if isinstance(column.get("default"), tuple) and column["default"][1] not in self.sequences:
                    column["default"] = None
            table["keys"] = {n: k for n, k in table["keys"].items() if self.key_fits(table, k)}
            table["checks"] = {n: c for n, c in table["checks"].items()
                               if table["columns"].get(c[0], {}).get("kind") == "number"}
            table["triggers"] = {n: t for n, t in table["triggers"].items()
                                 if table["columns"].get(t["column"], {}).get("kind", "generated") != "generated"}
        while True:
            gone = [n for n, v in self.views.items() if not self.view_fits(v)]
            if not gone:
                return
            for view in gone:
                del self.views[view]

    def key_fits(self, table, key):
        for name, prefix, _ in key["columns"]:
            column = table["columns"].get(name)
            if column is None:
                return False
            if (prefix == "(5)") != column.get("type", "").startswith("varchar(20") and prefix == "(5)":
                return False
            if (prefix == "(7)") != (column.get("type") in ("text", "mediumtext", "blob", "json")):
                return False
            if key["kind"] == "FULLTEXT KEY" and not (column["kind"] == "text" and
                                                      column["type"].startswith(("varchar", "char", "text", "medium"))):
                return False
        return True

    def view_fits(self, view):
        source = (self.tables if view["kind"] == "table" else self.views).get(view["source"])
        if source is None or (view["function"] and self.routines.get(view["function"], {}).get("kind") != "FUNCTION"):
            return False
        return all(column in source["columns"] for column in view["columns"])

    # ---- writing ----

    def column_sql(self, name, column, table):
        text = quoted(name) + " "
        if column["kind"] == "key":
            return text + column["type"] + " NOT NULL" + (" AUTO_INCREMENT" if table["auto"] else "")
        if column["kind"] == "link":
            return text + self.tables[column["target"]]["columns"]["pk"]["type"] + " DEFAULT NULL"
        text += column["type"]
        if column["charset"]:
            text += " CHARACTER SET {} COLLATE {}".format(*column["charset"])
        if column["generated"]:
            base, number, how = column["generated"]
            text += f" GENERATED ALWAYS AS ({quoted(base)} + {number}) {how}"
        elif not column["null"]:
            text += " NOT NULL"
        if column["default"] is not None:
            default = column["default"]
            text += f" DEFAULT nextval({quoted(default[1])})" if isinstance(default, tuple) else f" DEFAULT {default}"
        if column["invisible"]:
            text += " INVISIBLE"
        if column["comment"]:
            text += " COMMENT " + literal(column["comment"])
        if column["check"] is not None:
            text += f" CHECK ({quoted(name)} <> {column['check']})"
        return text

    def table_sql(self, name, table):
        items = [self.column_sql(n, c, table) for n, c in table["columns"].items()]
        items.append("PRIMARY KEY (pk)")
        for key, value in table["keys"].items():
            columns = ", ".join(quoted(n) + p + d for n, p, d in value["columns"])
            items.append(f"{value['kind']} {quoted(key)} ({columns}){value['tail']}")
        for check, (column, number) in table["checks"].items():
            items.append(f"CONSTRAINT {quoted(check)} CHECK ({quoted(column)} > {number})")
        tail = " CHARACTER SET {} COLLATE {}".format(*table["charset"])
        if table["comment"]:
            tail += " COMMENT=" + literal(table["comment"])
        if table["format"]:
            tail += " " + table["format"]
        if table["versioned"]:
            tail += " WITH SYSTEM VERSIONING"
        if table["partitions"]:
            tail += " PARTITION BY " + table["partitions"]
        return f"CREATE TABLE {quoted(name)} (\n  " + ",\n  ".join(items) + f"\n){tail}"

    def view_sql(self, name, view):
        columns = ", ".join(quoted(column) for column in view["columns"])
        extra = f", {quoted(view['function'])}(1) AS f" if view["function"] else ""
        return f"CREATE VIEW {quoted(name)} AS SELECT {columns}{extra} FROM {quoted(view['source'])}"

    def routine_sql(self, name, routine):
        comment = "COMMENT " + literal(routine["comment"])
        if routine["kind"] == "FUNCTION":
            return f"CREATE FUNCTION {quoted(name)} (a int) RETURNS int DETERMINISTIC {comment} RETURN a + {routine['number']}"
        return f"CREATE PROCEDURE {quoted(name)} (a int) {comment} BEGIN SET @x = a + {routine['number']}; SELECT ';'; END"

    def statements(self):
        for name, sequence in self.sequences.items():
            yield f"CREATE SEQUENCE {quoted(name)} START {sequence['start']} INCREMENT {sequence['by']}"
        for name, routine in self.routines.items():
            yield self.routine_sql(name, routine)
        for name, table in self.tables.items():
            yield self.table_sql(name, table)
        for name, table in self.tables.items():
            for key, foreign in table["foreign"].items():
                yield (f"ALTER TABLE {quoted(name)} ADD CONSTRAINT {quoted(key)} FOREIGN KEY ({quoted(foreign['column'])}) "
                       f"REFERENCES {quoted(foreign['target'])} (pk){foreign['actions']}")
        for name, view in self.views.items():
            yield self.view_sql(name, view)
        for name, table in self.tables.items():
            for trigger, value in table["triggers"].items():
                yield (f"CREATE TRIGGER {quoted(trigger)} {value['time']} ON {quoted(name)} FOR EACH ROW "
                       + value["body"].format(quoted(value["column"])))
        for name, event in self.events.items():
            yield (f"CREATE EVENT {quoted(name)} ON SCHEDULE EVERY {event['every']} DAY"
                   + (" DISABLE" if event["off"] else "") + " COMMENT " + literal(event["comment"]) + " DO SET @e = 1")

    def text(self):
        return ";\n".join(self.statements()) + ";\n"


def main(count, seed):
    for number in range(1, count + 1):
        one = Schema(random.Random(f"{seed}:{number}"))
        one.fill()
        one.prune()
        other = copy.deepcopy(one)
        if number % 6 == 0:
            other = Schema(random.Random(f"{seed}:{number}:other"))
            other.fill()
            other.prune()
        other.mutate()
        print(json.dumps({"case": f"random-{seed}-{number}", "a": one.text(), "b": other.text()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1")
