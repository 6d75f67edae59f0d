#!/usr/bin/env python3
"""What Alembic does for the same question: tables like those of bench.py's tables() in a MetaData,
compared with a database. It must find no difference.

    compare_metadata.py URL COUNT
"""

import sys

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext


def described(count):
    metadata = sa.MetaData()
    for n in range(1, count + 1):
        parent = [sa.ForeignKey(f"t{n - 1}.id", name=f"t{n}_parent")] if n % 10 != 1 else []
        sa.Table(f"t{n}", metadata, sa.Column("id", sa.Integer, nullable=False),
                 sa.Column("parent", sa.Integer, *parent),
                 sa.Column("name", sa.String(50), nullable=False),
                 sa.Column("code", sa.String(20), nullable=False),
                 sa.Column("amount", sa.Numeric(12, 2), nullable=False, server_default="0"),
                 sa.Column("note", sa.String(80)), sa.Column("made", sa.DateTime),
                 sa.Column("active", sa.SmallInteger, nullable=False, server_default="1"),
                 sa.PrimaryKeyConstraint("id", name=f"t{n}_pk"),
                 sa.UniqueConstraint("code", name=f"t{n}_code"),
                 sa.Index(f"t{n}_name", "name"), sa.Index(f"t{n}_made", "made", "active"))
    return metadata


def main():
    url, count = sys.argv[1], int(sys.argv[2])
    with sa.create_engine(url).connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), described(count))
    if found:
        sys.exit(f"{len(found)} differences, the first {found[0]}")


main()
