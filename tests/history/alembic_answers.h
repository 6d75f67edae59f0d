/*
 * What Alembic 1.8.1 answers over the graph below: made by running its own planner and its own
 * version table bookkeeping, not by hand. Steps are its "Running ..." lines.
 */
#ifndef SKN_TESTS_ALEMBIC_ANSWERS_H
#define SKN_TESTS_ALEMBIC_ANSWERS_H

#include <stddef.h>

static const char *const alembic_graph =
    "109ec7d132bf < 3cac04ae8714 # add ip number table\n"
    "1975ea83b712 # create account table\n"
    "27c6a30d7c24 < 1975ea83b712 @ shoppingcart # add shopping cart table\n"
    "29f859a13ea < 109ec7d132bf ^ 53fffde5ad5 # add DNS\n"
    "3cac04ae8714 @ networking # create networking branch\n"
    "53fffde5ad5 < 27c6a30d7c24 < ae1027a6acf # merge ae1 and 27c\n"
    "55af2cb1c267 < 29f859a13ea # add ip account table\n"
    "7c1d2e3f4a5b < 53fffde5ad5 # add orders\n"
    "8d2e3f4a5b6c < 53fffde5ad5 @ reports # add reports\n"
    "9e3f4a5b6c7d < 8d2e3f4a5b6c ^ 109ec7d132bf # report on ip numbers\n"
    "ae1027a6acf < 1975ea83b712 # add a column\n";

struct alembic_answer {
    const char *verb;
    const char *symbol;
    const char *rows;  /* before */
    const char *steps; /* a line each */
    const char *end;   /* the rows after, sorted */
    const char *error; /* or NULL */
};

static const struct alembic_answer alembic_answers[] = {
    {"upgrade", "ae10", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n",
     "ae1027a6acf", NULL},
    {"upgrade", "heads", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 53fffde5ad5 -> 7c1d2e3f4a5b, add orders\n"
     "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n"
     "upgrade 8d2e3f4a5b6c -> 9e3f4a5b6c7d, report on ip numbers\n"
     "upgrade 109ec7d132bf -> 29f859a13ea, add DNS\n"
     "upgrade 29f859a13ea -> 55af2cb1c267, add ip account table\n",
     "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", NULL},
    {"upgrade", "head", "", "", "",
     "Multiple head revisions are present for given argument 'head'; please specify a specific "
     "target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads"},
    {"upgrade", "53fffde5ad5", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n",
     "53fffde5ad5", NULL},
    {"upgrade", "55af2cb1c267", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 109ec7d132bf -> 29f859a13ea, add DNS\n"
     "upgrade 29f859a13ea -> 55af2cb1c267, add ip account table\n",
     "55af2cb1c267", NULL},
    {"upgrade", "9e3f4a5b6c7d", "ae1027a6acf",
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n"
     "upgrade 8d2e3f4a5b6c -> 9e3f4a5b6c7d, report on ip numbers\n",
     "9e3f4a5b6c7d", NULL},
    {"upgrade", "networking@head", "53fffde5ad5",
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 109ec7d132bf -> 29f859a13ea, add DNS\n"
     "upgrade 29f859a13ea -> 55af2cb1c267, add ip account table\n",
     "55af2cb1c267", NULL},
    {"upgrade", "networking@heads", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 109ec7d132bf -> 29f859a13ea, add DNS\n"
     "upgrade 29f859a13ea -> 55af2cb1c267, add ip account table\n",
     "55af2cb1c267", NULL},
    {"upgrade", "shoppingcart@head", "", "", "",
     "Multiple head revisions are present for given argument 'shoppingcart@head'; please specify a "
     "specific target revision, '<branchname>@shoppingcart@head' to narrow to a specific head, or "
     "'heads' for all heads"},
    {"upgrade", "reports@head", "27c6a30d7c24",
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n"
     "upgrade 8d2e3f4a5b6c -> 9e3f4a5b6c7d, report on ip numbers\n",
     "9e3f4a5b6c7d", NULL},
    {"upgrade", "heads", "55af2cb1c267",
     "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n"
     "upgrade 8d2e3f4a5b6c -> 9e3f4a5b6c7d, report on ip numbers\n"
     "upgrade 53fffde5ad5 -> 7c1d2e3f4a5b, add orders\n",
     "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", NULL},
    {"upgrade", "heads", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", "",
     "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", NULL},
    {"upgrade", "1975ea83b712", "53fffde5ad5", "", "53fffde5ad5", NULL},
    {"upgrade", "base", "53fffde5ad5", "", "53fffde5ad5", NULL},
    {"upgrade", "+1", "", "", "", "Ambiguous walk"},
    {"upgrade", "+1", "1975ea83b712", "", "", "Ambiguous walk"},
    {"upgrade", "+1", "ae1027a6acf",
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n",
     "53fffde5ad5", NULL},
    {"upgrade", "+2", "3cac04ae8714",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n"
     "upgrade 109ec7d132bf -> 29f859a13ea, add DNS\n",
     "29f859a13ea", NULL},
    {"upgrade", "+1", "27c6a30d7c24 ae1027a6acf", "", "",
     "Ambiguous upgrade from multiple current revisions"},
    {"upgrade", "+5", "109ec7d132bf", "", "", "Relative revision +5 didn't produce 5 migrations"},
    {"upgrade", "-1", "53fffde5ad5", "", "", "Relative revision -1 didn't produce 1 migrations"},
    {"upgrade", "+0", "53fffde5ad5", "", "", "Relative revision 0 didn't produce 0 migrations"},
    {"upgrade", "networking@+1", "", "upgrade  -> 3cac04ae8714, create networking branch\n",
     "3cac04ae8714", NULL},
    {"upgrade", "networking@+2", "53fffde5ad5",
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n",
     "109ec7d132bf 53fffde5ad5", NULL},
    {"upgrade", "networking@+1", "3cac04ae8714 53fffde5ad5",
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n", "109ec7d132bf 53fffde5ad5",
     NULL},
    {"upgrade", "networking@+1", "29f859a13ea",
     "upgrade 29f859a13ea -> 55af2cb1c267, add ip account table\n", "55af2cb1c267", NULL},
    {"upgrade", "reports@+1", "53fffde5ad5", "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n",
     "8d2e3f4a5b6c", NULL},
    {"upgrade", "shoppingcart@+1", "1975ea83b712",
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n", "27c6a30d7c24", NULL},
    {"upgrade", "1975+1", "", "", "", "Ambiguous walk"},
    {"upgrade", "ae10+1", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n",
     "53fffde5ad5", NULL},
    {"upgrade", "networking@base+2", "",
     "upgrade  -> 3cac04ae8714, create networking branch\n"
     "upgrade 3cac04ae8714 -> 109ec7d132bf, add ip number table\n",
     "109ec7d132bf", NULL},
    {"upgrade", "9e3f-1", "",
     "upgrade  -> 1975ea83b712, create account table\n"
     "upgrade 1975ea83b712 -> ae1027a6acf, add a column\n"
     "upgrade 1975ea83b712 -> 27c6a30d7c24, add shopping cart table\n"
     "upgrade 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5, merge ae1 and 27c\n"
     "upgrade 53fffde5ad5 -> 8d2e3f4a5b6c, add reports\n",
     "8d2e3f4a5b6c", NULL},
    {"upgrade", "base+1", "", "", "", "Ambiguous walk"},
    {"upgrade", "nothing", "", "", "", "Can't locate revision identified by 'nothing'"},
    {"upgrade", "networking@9e3f", "", "", "", "Can't locate revision identified by '9e3f'"},
    {"downgrade", "base", "53fffde5ad5",
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n"
     "downgrade 27c6a30d7c24 -> 1975ea83b712, add shopping cart table\n"
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n"
     "downgrade 1975ea83b712 -> , create account table\n",
     "", NULL},
    {"downgrade", "base", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n"
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 8d2e3f4a5b6c -> 53fffde5ad5, add reports\n"
     "downgrade 7c1d2e3f4a5b -> 53fffde5ad5, add orders\n"
     "downgrade 109ec7d132bf -> 3cac04ae8714, add ip number table\n"
     "downgrade 3cac04ae8714 -> , create networking branch\n"
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n"
     "downgrade 27c6a30d7c24 -> 1975ea83b712, add shopping cart table\n"
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n"
     "downgrade 1975ea83b712 -> , create account table\n",
     "", NULL},
    {"downgrade", "-1", "55af2cb1c267",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n", "29f859a13ea", NULL},
    {"downgrade", "-2", "55af2cb1c267",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n",
     "109ec7d132bf 53fffde5ad5", NULL},
    {"downgrade", "-1", "53fffde5ad5", "", "", "Ambiguous walk"},
    {"downgrade", "-1", "1975ea83b712", "downgrade 1975ea83b712 -> , create account table\n", "",
     NULL},
    {"downgrade", "-2", "1975ea83b712", "", "", "Relative revision -2 didn't produce 2 migrations"},
    {"downgrade", "-3", "ae1027a6acf", "", "", "Relative revision -3 didn't produce 3 migrations"},
    {"downgrade", "+1", "ae1027a6acf", "", "", "Relative revision +1 didn't produce 1 migrations"},
    {"downgrade", "ae10", "53fffde5ad5",
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n",
     "27c6a30d7c24 ae1027a6acf", NULL},
    {"downgrade", "ae10", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n"
     "downgrade 7c1d2e3f4a5b -> 53fffde5ad5, add orders\n"
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 8d2e3f4a5b6c -> 53fffde5ad5, add reports\n"
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n",
     "109ec7d132bf 27c6a30d7c24 ae1027a6acf", NULL},
    {"downgrade", "1975", "27c6a30d7c24 ae1027a6acf",
     "downgrade 27c6a30d7c24 -> 1975ea83b712, add shopping cart table\n"
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n",
     "1975ea83b712", NULL},
    {"downgrade", "53ff", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 7c1d2e3f4a5b -> 53fffde5ad5, add orders\n"
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 8d2e3f4a5b6c -> 53fffde5ad5, add reports\n",
     "55af2cb1c267", NULL},
    {"downgrade", "networking@base", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n"
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 109ec7d132bf -> 3cac04ae8714, add ip number table\n"
     "downgrade 3cac04ae8714 -> , create networking branch\n",
     "7c1d2e3f4a5b 8d2e3f4a5b6c", NULL},
    {"downgrade", "reports@base", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n"
     "downgrade 7c1d2e3f4a5b -> 53fffde5ad5, add orders\n"
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 8d2e3f4a5b6c -> 53fffde5ad5, add reports\n"
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n"
     "downgrade 27c6a30d7c24 -> 1975ea83b712, add shopping cart table\n"
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n"
     "downgrade 1975ea83b712 -> , create account table\n",
     "109ec7d132bf", NULL},
    {"downgrade", "shoppingcart@base", "53fffde5ad5",
     "downgrade 53fffde5ad5 -> 27c6a30d7c24, ae1027a6acf, merge ae1 and 27c\n"
     "downgrade 27c6a30d7c24 -> 1975ea83b712, add shopping cart table\n"
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n"
     "downgrade 1975ea83b712 -> , create account table\n",
     "", NULL},
    {"downgrade", "reports@-1", "55af2cb1c267 9e3f4a5b6c7d",
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n", "55af2cb1c267 8d2e3f4a5b6c",
     NULL},
    {"downgrade", "reports@-2", "55af2cb1c267 9e3f4a5b6c7d",
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 8d2e3f4a5b6c -> 53fffde5ad5, add reports\n",
     "55af2cb1c267", NULL},
    {"downgrade", "networking@-1", "55af2cb1c267 9e3f4a5b6c7d",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n", "29f859a13ea 9e3f4a5b6c7d",
     NULL},
    {"downgrade", "networking@-1", "9e3f4a5b6c7d",
     "downgrade 9e3f4a5b6c7d -> 8d2e3f4a5b6c, report on ip numbers\n"
     "downgrade 109ec7d132bf -> 3cac04ae8714, add ip number table\n",
     "3cac04ae8714 8d2e3f4a5b6c", NULL},
    {"downgrade", "29f859a13ea-1", "55af2cb1c267",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n",
     "109ec7d132bf 53fffde5ad5", NULL},
    {"downgrade", "networking@109e", "55af2cb1c267",
     "downgrade 55af2cb1c267 -> 29f859a13ea, add ip account table\n"
     "downgrade 29f859a13ea -> 109ec7d132bf, add DNS\n",
     "109ec7d132bf 53fffde5ad5", NULL},
    {"downgrade", "29f859a13ea", "53fffde5ad5", "", "",
     "Destination 29f859a13ea is not a valid downgrade target from current head(s)"},
    {"downgrade", "29f859a13ea", "29f859a13ea", "", "29f859a13ea", NULL},
    {"downgrade", "head", "53fffde5ad5", "", "",
     "Multiple head revisions are present for given argument 'head'; please specify a specific "
     "target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads"},
    {"downgrade", "base", "", "", "", NULL},
    {"downgrade", "ae1027a6acf@1975ea83b712", "27c6a30d7c24 ae1027a6acf",
     "downgrade ae1027a6acf -> 1975ea83b712, add a column\n", "27c6a30d7c24", NULL},
    {"downgrade", "7c1d2e3f4a5b@53fffde5ad5", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "downgrade 7c1d2e3f4a5b -> 53fffde5ad5, add orders\n", "55af2cb1c267 9e3f4a5b6c7d", NULL},
    {"downgrade", "base+1", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", "", "", "Ambiguous walk"},
    {"downgrade", "1975-5", "53fffde5ad5", "", "", "Walked too far"},
    {"stamp", "base", "55af2cb1c267 9e3f4a5b6c7d",
     "stamp_revision 55af2cb1c267 -> \n"
     "stamp_revision 9e3f4a5b6c7d -> \n",
     "", NULL},
    {"stamp", "53fffde5ad5", "", "stamp_revision  -> 53fffde5ad5\n", "53fffde5ad5", NULL},
    {"stamp", "53fffde5ad5", "27c6a30d7c24 ae1027a6acf",
     "stamp_revision 27c6a30d7c24, ae1027a6acf -> 53fffde5ad5\n", "53fffde5ad5", NULL},
    {"stamp", "1975ea83b712", "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d",
     "stamp_revision 55af2cb1c267, 7c1d2e3f4a5b, 9e3f4a5b6c7d -> 1975ea83b712\n", "1975ea83b712",
     NULL},
    {"stamp", "29f859a13ea", "109ec7d132bf 53fffde5ad5",
     "stamp_revision 109ec7d132bf, 53fffde5ad5 -> 29f859a13ea\n", "29f859a13ea", NULL},
    {"stamp", "7c1d2e3f4a5b", "55af2cb1c267 9e3f4a5b6c7d", "stamp_revision  -> 7c1d2e3f4a5b\n",
     "55af2cb1c267 7c1d2e3f4a5b 9e3f4a5b6c7d", NULL},
    {"stamp", "3cac04ae8714", "53fffde5ad5", "stamp_revision  -> 3cac04ae8714\n",
     "3cac04ae8714 53fffde5ad5", NULL},
    {"stamp", "networking@head", "3cac04ae8714", "stamp_revision 3cac04ae8714 -> 55af2cb1c267\n",
     "55af2cb1c267", NULL},
    {"stamp", "ae1027a6acf", "27c6a30d7c24", "stamp_revision  -> ae1027a6acf\n",
     "27c6a30d7c24 ae1027a6acf", NULL},
    {"stamp", "53fffde5ad5", "53fffde5ad5", "", "53fffde5ad5", NULL},
    {"stamp", "nothing", "53fffde5ad5", "", "", "Can't locate revision identified by 'nothing'"},
};

#endif
