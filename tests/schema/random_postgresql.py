"""Random pairs of schemas in PostgreSQL's dialect, for the judge of drivers (converge.c) and for the
driver's own test (SKEIN_TEST_CASES).

    random_postgresql.py COUNT [SEED]    prints a case a line: {"case", "a", "b"}

The second schema of a pair is the first one with changes, so that most stays as it is, and what
changes is used by what does not.
"""
import copy
import json
import random
import sys

NAMES = ["id", "name", "total", "created", "select", "Mixed", "with space", 'quo"te', "quo'te", "semi;colon", "dash--x",
         "slash/y", "star*/z", "back\\slash", "ünïcode", "percent%", "line\nbreak", "at@F", "x" * 55]
NUMBERS = ["smallint", "integer", "bigint", "numeric(10,2)", "numeric(12,4)", "double precision"]
TEXTS = ["text", "varchar(20)", "varchar(200)", "char(3)", "varchar"]
OTHERS = ["date", "timestamptz", "timestamp(3)", "boolean", "uuid", "jsonb", "bytea", "int4range", "text[]", "interval"]
DEFAULTS = {"smallint": "7", "integer": "7", "bigint": "-7", "numeric(10,2)": "1.50", "numeric(12,4)": "0.1",
            "double precision": "1e3", "text": "'it''s'", "varchar(20)": "'a;b'", "varchar(200)": "'\\x'",
            "char(3)": "'abc'", "varchar": "E'\\n'", "date": "'2020-01-01'", "timestamptz": "now()",
            "timestamp(3)": "'2020-01-01 10:00'", "boolean": "true", "uuid": "gen_random_uuid()", "jsonb": "'{}'",
            "bytea": "'\\x00'", "int4range": "'[1,5)'", "text[]": "'{a,b}'", "interval": "'1 day'"}
COMMENTS = ["it's", "*/ ; -- x", '"\\"', "a\nb", "$$"]
ACTIONS = ["", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


class Schema:
    def __init__(self, rng):
        self.rng = rng
        self.number = 0
        self.enums, self.domains, self.sequences, self.functions = {}, {}, {}, {}
        self.tables, self.views, self.composites = {}, {}, {}

    def chance(self, share):
        return self.rng.random() < share

    def name(self):
        self.number += 1
        return f"{self.rng.choice(NAMES)}{self.number}"

    # ---- making ----

    def type(self):
        kinds = [NUMBERS, TEXTS, OTHERS]
        own = [("enum", e) for e in self.enums] + [("domain", d) for d in self.domains]
        if own and self.chance(0.3):
            return self.rng.choice(own)
        return self.rng.choice(self.rng.choice(kinds))

    def labels(self):
        return self.rng.sample(["a", "b", "c'd", ";", "e\\f", "new", "paid", "gone"], self.rng.randint(1, 5))

    def domain(self):
        return {"type": self.rng.choice(NUMBERS[:3] + TEXTS[:3]), "notnull": self.chance(0.2),
                "check": self.rng.choice([None, "VALUE IS NOT NULL", "VALUE::text <> 'x'"])}

    def column(self):
        kind = self.type()
        column = {"type": kind, "notnull": self.chance(0.3), "how": None, "comment": None}
        if isinstance(kind, tuple):
            column["how"] = "default" if kind[0] == "enum" and self.chance(0.5) else None
        elif kind in ("integer", "bigint") and self.chance(0.3):
            column["how"] = self.rng.choice(["identity", "serial", "sequence", "function"])
        elif self.chance(0.4):
            column["how"] = "default"
        elif kind in NUMBERS and self.chance(0.15):
            column["how"] = "generated"
        if self.chance(0.15):
            column["comment"] = self.rng.choice(COMMENTS)
        return column

    def table(self):
        table = {"columns": {"id": {"type": self.rng.choice(["integer", "bigint"]), "notnull": True, "how":
                                    self.rng.choice([None, "identity", "serial"]), "comment": None}},
                 "pk": True, "checks": {}, "uniques": {}, "fks": {}, "indexes": {}, "triggers": {}, "policies": {},
                 "options": self.rng.choice([None, None, "fillfactor = 70", "autovacuum_enabled = false"]),
                 "unlogged": self.chance(0.05), "comment": self.rng.choice(COMMENTS) if self.chance(0.2) else None,
                 "rls": self.chance(0.1)}
        for _ in range(self.rng.randint(1, 6)):
            table["columns"][self.name()] = self.column()
        return table

    def some_column(self, table):
        return self.rng.choice(list(table["columns"]))

    def add_to(self, table):
        what = self.rng.choice(["checks", "uniques", "fks", "indexes", "triggers", "policies"])
        part = {"column": self.some_column(table), "form": self.rng.randint(0, 5), "comment": self.chance(0.1)}
        if what == "fks":
            part["table"] = self.rng.choice(list(self.tables))
        table[what][self.name()] = part

    def grow(self):
        for _ in range(self.rng.randint(0, 2)):
            self.enums[self.name()] = self.labels()
        for _ in range(self.rng.randint(0, 2)):
            self.domains[self.name()] = self.domain()
        for _ in range(self.rng.randint(0, 2)):
            self.functions[self.name()] = {"returns": self.rng.choice(["integer", "bigint"]), "value":
                                           self.rng.randint(1, 9), "atomic": self.chance(0.3)}
        for _ in range(self.rng.randint(0, 1)):
            self.sequences[self.name()] = {"by": self.rng.randint(1, 5), "cycle": self.chance(0.5)}
        for _ in range(self.rng.randint(0, 1)):
            self.composites[self.name()] = {self.name(): self.rng.choice(NUMBERS + TEXTS) for _ in range(3)}
        for _ in range(self.rng.randint(1, 3)):
            self.tables[self.name()] = self.table()
        for table in list(self.tables.values()):
            for _ in range(self.rng.randint(0, 3)):
                self.add_to(table)
        for _ in range(self.rng.randint(0, 3)):
            self.views[self.name()] = {"over": self.rng.choice(list(self.tables) + list(self.views)), "mat":
                                       self.chance(0.3), "form": self.rng.randint(0, 3), "comment": self.chance(0.3)}

    # ---- changing ----

    def shrink(self, objects, share, least=0):
        for name in list(objects):
            if len(objects) > least and self.chance(share):
                del objects[name]

    def change_table(self, table):
        for name, column in list(table["columns"].items()):
            if name == "id":
                if self.chance(0.2):
                    column["type"] = self.rng.choice(["integer", "bigint"])
                    column["how"] = self.rng.choice([None, "identity", "serial"])
            elif self.chance(0.1):
                del table["columns"][name]
            elif self.chance(0.2):
                table["columns"][name] = self.column()
        for what in ("checks", "uniques", "fks", "indexes", "triggers", "policies"):
            self.shrink(table[what], 0.15)
            for part in table[what].values():
                if self.chance(0.15):
                    part["form"] = self.rng.randint(0, 5)
        for key in ("options", "unlogged", "comment", "rls"):
            if self.chance(0.1):
                table[key] = self.table()[key]

    def change(self):
        for objects, share in ((self.enums, 0.1), (self.domains, 0.1), (self.sequences, 0.2), (self.functions, 0.1),
                               (self.views, 0.15), (self.composites, 0.1)):
            self.shrink(objects, share)
        self.shrink(self.tables, 0.1, least=1)
        for name in self.enums:
            if self.chance(0.3):
                self.enums[name] = self.labels()
        for name in self.domains:
            if self.chance(0.3):
                self.domains[name] = self.domain()
        for function in self.functions.values():
            if self.chance(0.3):
                function["value"] += 1
            if self.chance(0.1):
                function["returns"] = self.rng.choice(["integer", "bigint"])
        for sequence in self.sequences.values():
            if self.chance(0.3):
                sequence["by"] += 1
        for attributes in self.composites.values():
            self.shrink(attributes, 0.2)
            if self.chance(0.3):
                attributes[self.name()] = self.rng.choice(NUMBERS)
        for table in self.tables.values():
            self.change_table(table)
        for view in self.views.values():
            if self.chance(0.2):
                view["form"] = self.rng.randint(0, 3)
            if self.chance(0.1):
                view["mat"] = not view["mat"]
        if self.chance(0.5):
            self.grow()

    # ---- as SQL ----

    def type_text(self, kind):
        return quoted(kind[1]) if isinstance(kind, tuple) else kind

    def known(self, kind):
        return not isinstance(kind, tuple) or kind[1] in (self.enums if kind[0] == "enum" else self.domains)

    def default_text(self, column):
        kind = column["type"]
        if isinstance(kind, tuple):
            return literal(self.enums[kind[1]][0])
        return DEFAULTS[kind]

    def column_text(self, name, column):
        how = column["how"]
        text = f"{quoted(name)} {self.type_text(column['type'])}"
        if how == "serial":
            return f"{quoted(name)} {'bigserial' if column['type'] == 'bigint' else 'serial'}"
        if how == "identity":
            text += " GENERATED BY DEFAULT AS IDENTITY"
        elif how == "generated":
            text += " GENERATED ALWAYS AS (3 + 4) STORED"
        elif how == "sequence" and self.sequences:
            text += f" DEFAULT nextval({literal(quoted(list(self.sequences)[0]))})"
        elif how == "function" and self.functions:
            text += f" DEFAULT {quoted(list(self.functions)[0])}(1)"
        elif how == "default":
            text += f" DEFAULT {self.default_text(column)}"
        return text + (" NOT NULL" if column["notnull"] else "")

    def check_text(self, table, part):
        column = part["column"]
        kind = table["columns"][column]["type"]
        if kind in TEXTS:
            return [f"{quoted(column)} IN ('a', 'b''c', ';')", f"length({quoted(column)}) > 2",
                    f"{quoted(column)} NOT IN ('x')", f"{quoted(column)} ~ '^[a-z]'", f"{quoted(column)} <> ''",
                    f"lower({quoted(column)}) = {quoted(column)} OR {quoted(column)} LIKE 'a%'"][part["form"]]
        if kind in NUMBERS:
            return [f"{quoted(column)} > 0", f"{quoted(column)} BETWEEN 1 AND 9", f"{quoted(column)} IN (1, 2, 3)",
                    f"({quoted(column)} + 1) * 2 > 5", f"abs({quoted(column)}) < 100",
                    f"CASE WHEN {quoted(column)} > 1 THEN true ELSE false END"][part["form"]]
        return f"{quoted(column)} IS NOT NULL OR {part['form']} > 1"

    def index_text(self, name, table_name, table, part):
        column = quoted(part["column"])
        kind = table["columns"][part["column"]]["type"]
        if kind == "jsonb" or (isinstance(kind, tuple) and kind[0] == "domain"):
            return f"CREATE INDEX {quoted(name)} ON {quoted(table_name)} (id)"
        forms = [f"({column})", f"({column} DESC NULLS LAST)", f"({column}, id)", f"({column}) INCLUDE (id)",
                 f"({column}) WHERE id > 5", f"({column}) WITH (fillfactor = 60)"]
        if kind in TEXTS and part["form"] == 2:
            forms[2] = f"(lower({column}), {column} text_pattern_ops)" if kind != "char(3)" else f"({column})"
        return f"CREATE INDEX {quoted(name)} ON {quoted(table_name)} {forms[part['form']]}"

    def comment(self, out, what, text):
        if text:
            out.append(f"COMMENT ON {what} IS {literal(text)}")

    def table_sql(self, out, name, table):
        lines = [self.column_text(c, column) for c, column in table["columns"].items()]
        if table["pk"]:
            lines.append("PRIMARY KEY (id)")
        for key, part in table["checks"].items():
            lines.append(f"CONSTRAINT {quoted(key)} CHECK ({self.check_text(table, part)})")
        for key, part in table["uniques"].items():
            lines.append(f"CONSTRAINT {quoted(key)} UNIQUE (id{'' if part['form'] > 3 else ', ' + quoted(part['column'])})"
                         if part["column"] != "id" and self.sortable(table, part) else
                         f"CONSTRAINT {quoted(key)} UNIQUE (id){' DEFERRABLE' if part['form'] > 2 else ''}")
        options = f" WITH ({table['options']})" if table["options"] else ""
        out.append(f"CREATE {'UNLOGGED ' if table['unlogged'] else ''}TABLE {quoted(name)} ({', '.join(lines)}){options}")
        self.comment(out, f"TABLE {quoted(name)}", table["comment"])
        for c, column in table["columns"].items():
            self.comment(out, f"COLUMN {quoted(name)}.{quoted(c)}", column["comment"])
        for key, part in table["indexes"].items():
            out.append(self.index_text(key, name, table, part))
            self.comment(out, f"INDEX {quoted(key)}", "an index" if part["comment"] else None)
        if table["rls"]:
            out.append(f"ALTER TABLE {quoted(name)} ENABLE ROW LEVEL SECURITY")
        for key, part in table["policies"].items():
            out.append(f"CREATE POLICY {quoted(key)} ON {quoted(name)} FOR SELECT USING ({quoted(part['column'])} IS "
                       f"NOT NULL OR id > {part['form']})")
        for key, part in table["triggers"].items():
            out.append(f"CREATE TRIGGER {quoted(key)} {['BEFORE', 'AFTER'][part['form'] % 2]} UPDATE OF "
                       f"{quoted(part['column'])} ON {quoted(name)} FOR EACH ROW EXECUTE FUNCTION touched()")
            if part["form"] == 3:
                out.append(f"ALTER TABLE {quoted(name)} DISABLE TRIGGER {quoted(key)}")

    def sortable(self, table, part):
        return table["columns"][part["column"]]["type"] != "jsonb"

    def view_columns(self, name):
        if name in self.tables:
            return list(self.tables[name]["columns"])
        return self.views[name]["columns"]

    def view_sql(self, out, name, view):
        over = self.view_columns(view["over"])
        columns = over if view["form"] == 0 else over[:max(1, len(over) // 2)] if view["form"] == 1 else over[::-1]
        view["columns"] = columns
        shown = ", ".join(quoted(c) for c in columns)
        where = f" WHERE {quoted(columns[0])} IS NOT NULL" if view["form"] == 3 else ""
        word = "MATERIALIZED VIEW" if view["mat"] else "VIEW"
        out.append(f"CREATE {word} {quoted(name)} AS SELECT {shown} FROM {quoted(view['over'])}{where}")
        self.comment(out, f"{word} {quoted(name)}", "a view" if view["comment"] else None)

    def can_refer(self, table, part):
        column = table["columns"][part["column"]]
        return column["type"] in ("integer", "bigint") and column["how"] != "generated" and not table["unlogged"] and \
            not self.tables[part["table"]]["unlogged"]

    def prune(self):
        """What points at what is gone goes, or points elsewhere."""
        for table in self.tables.values():
            for name, column in list(table["columns"].items()):
                if not self.known(column["type"]):
                    del table["columns"][name]
                elif not isinstance(column["type"], tuple) and column["how"] == "default" and \
                        column["type"] not in DEFAULTS:
                    column["how"] = None
                elif isinstance(column["type"], tuple) and column["type"][0] == "domain":
                    column["how"] = None
            for what in ("checks", "uniques", "indexes", "triggers", "policies", "fks"):
                for key, part in list(table[what].items()):
                    if part["column"] not in table["columns"] or part.get("table", key) not in (*self.tables, key):
                        del table[what][key]
                    elif what == "fks" and not self.can_refer(table, part):
                        del table[what][key]
        known = set(self.tables)
        for name, view in list(self.views.items()):
            if view["over"] in known:
                known.add(name)
            else:
                del self.views[name]

    def sql(self):
        out = ["CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"]
        self.prune()
        for name, labels in self.enums.items():
            out.append(f"CREATE TYPE {quoted(name)} AS ENUM ({', '.join(literal(x) for x in labels)})")
        for name, domain in self.domains.items():
            out.append(f"CREATE DOMAIN {quoted(name)} AS {domain['type']}{' NOT NULL' if domain['notnull'] else ''}"
                       + (f" CHECK ({domain['check']})" if domain["check"] else ""))
        for name, attributes in self.composites.items():
            out.append(f"CREATE TYPE {quoted(name)} AS ({', '.join(quoted(a) + ' ' + t for a, t in attributes.items())})")
        for name, sequence in self.sequences.items():
            out.append(f"CREATE SEQUENCE {quoted(name)} INCREMENT {sequence['by']}{' CYCLE' if sequence['cycle'] else ''}")
        for name, function in self.functions.items():
            body = f"BEGIN ATOMIC SELECT a + {function['value']}; END" if function["atomic"] else \
                f"AS 'SELECT a + {function['value']}'"
            out.append(f"CREATE FUNCTION {quoted(name)}(a int) RETURNS {function['returns']} IMMUTABLE LANGUAGE sql {body}")
        for name, table in self.tables.items():
            self.table_sql(out, name, table)
        for name, table in self.tables.items():
            for key, part in table["fks"].items():
                out.append(f"ALTER TABLE {quoted(name)} ADD CONSTRAINT {quoted(key)} FOREIGN KEY ({quoted(part['column'])})"
                           f" REFERENCES {quoted(part['table'])} (id){ACTIONS[part['form'] % len(ACTIONS)]}")
        for name, view in self.views.items():
            self.view_sql(out, name, view)
        return ";\n".join(out) + ";\n"


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for number in range(count):
        rng = random.Random(seed * 1000003 + number)
        one = Schema(rng)
        one.grow()
        one.prune()
        other = copy.deepcopy(one)
        other.rng = rng
        other.change()
        print(json.dumps({"case": f"random {seed}/{number}", "a": one.sql(), "b": other.sql()}))


if __name__ == "__main__":
    main()
