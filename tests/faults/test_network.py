"""A network that breaks: after every byte of a run, in both directions, and in the ways in which
connections end. What was committed is reported as that, or as unknown, and the next run knows."""

import pytest

import lib
import proxy as proxies
import scene as scenes

SAMPLED = 4
UPSTREAM = {"postgresql": lambda: f"{lib.Postgresql.socket}/.s.PGSQL.{lib.Postgresql.port}",
            "mysql": lambda: lib.Mysql.socket}
SERVED = [name for name, scene in scenes.SCENES.items() if scene.engine in UPSTREAM]
# Nothing that these revisions do takes a second.
LIMITS = {"connect_timeout": 2, "statement_timeout": 2, "lock_timeout": 5}


@pytest.fixture
def proxied(stands):
    """The stands of a scene, each with a proxy of its own before its server."""
    opened = []

    def make(name):
        of = stands(name)
        for stand in of.all:
            engine = stand.scene.engine
            stand.proxy = proxies.Proxy(UPSTREAM[engine]())
            opened.append(stand)
            user = "faults" if engine == "mysql" else stand.database.user
            stand.configure(f"{engine}://{user}@127.0.0.1:{stand.proxy.port}/"
                            f"{stand.database.name}", **LIMITS)
        return of

    yield make
    for stand in opened:
        stand.proxy.finish()
        stand.configure()


def bytes_of(stand, to="r1"):
    """How many bytes a whole run sends in each direction."""
    stand.reset(to)
    stand.proxy.obey()
    assert stand.upgrade().code == lib.OK
    return dict(stand.proxy.counted)


def round_play(stand, figures, to="r1", **orders):
    """One run through a proxy with orders, from r1 on; and the aftermath without."""
    stand.proxy.heal()
    stand.reset(to)
    stand.proxy.obey(**orders)
    result = stand.upgrade(timeout=90)
    cut = stand.proxy.was_cut
    stand.proxy.heal()
    figures["cuts"] += cut
    stand.aftermath(result, figures)
    return cut, result


@pytest.mark.parametrize("direction", [proxies.UP, proxies.DOWN])
@pytest.mark.parametrize("name", SERVED)
def test_w1_cut_after_any_byte_and_run_again(proxied, play, figures, long, name, direction):
    of = proxied(name)
    last = bytes_of(of.all[0])[direction]

    def cut(stand, after):
        # Reset and closed in turn; where nobody is let in again, the outcome stays unknown.
        return round_play(stand, figures, direction=direction, after=after,
                          how=("rst", "fin")[after % 2], dead=after % 3 == 0)[0]

    play(of, range(0, last + 1) if long else scenes.sample(last, SAMPLED, len(name)), cut)


@pytest.mark.parametrize("direction", [proxies.UP, proxies.DOWN])
@pytest.mark.parametrize("name", SERVED)
def test_w1_closed_in_one_direction_only_and_run_again(proxied, play, figures, long, name,
                                                       direction):
    of = proxied(name)
    last = bytes_of(of.all[0])[direction]

    def cut(stand, after):
        return round_play(stand, figures, direction=direction, after=after, how="half")[0]

    play(of, scenes.sample(last, 100 if long else 1, len(name)), cut)


@pytest.mark.parametrize("lose", ["reply", "request"])
@pytest.mark.parametrize("name", SERVED)
def test_w2_w3_a_lost_commit_is_settled_by_what_the_database_says(proxied, figures, name, lose):
    stand = proxied(name).all[0]
    cut, result = round_play(stand, figures, lose=lose)
    figures["rounds"] += 1
    assert cut, "a COMMIT was sent"
    if lose == "reply":
        assert result.code == lib.OK, f"it came through, and went on: {result}"
    else:
        assert result.code == lib.FAILED and "not applied" in result.text, result


@pytest.mark.parametrize("lose", ["reply", "request"])
def test_k9_w1_the_link_breaks_where_skein_looks_whether_its_new_index_is_valid(proxied, figures,
                                                                             lose):
    """The index is there and counted nowhere: it is found, and not built a second time."""
    stand = proxied("postgresql-concurrently").all[0]
    cut, result = round_play(stand, figures, lose=lose, word=b"i.indisvalid, c.relname")
    figures["rounds"] += 1
    assert cut and result.code == lib.OK, result


@pytest.mark.parametrize("direction", [proxies.UP, proxies.DOWN])
@pytest.mark.parametrize("name", SERVED)
def test_w4_a_black_hole_ends_at_our_deadline(proxied, play, figures, long, name, direction):
    of = proxied(name)
    last = bytes_of(of.all[0])[direction]

    def cut(stand, after):
        return round_play(stand, figures, direction=direction, after=after, how="hole")[0]

    play(of, scenes.sample(last, 40 if long else 1, len(name)), cut)


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_w4_a_slow_network_is_no_fault(proxied, figures, name):
    stand = proxied(name).all[0]
    stand.reset()
    stand.proxy.obey(delay=0.02)
    figures["rounds"] += 1
    result = stand.upgrade()
    assert result.code == lib.OK, result
    stand.aftermath(result, figures)


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_w4_the_session_that_hangs_in_the_network_keeps_its_lock_and_the_next_run_is_busy(
        proxied, figures, name):
    """Until the server drops it, or the network heals: never two at once."""
    stand = proxied(name).all[0]
    half = bytes_of(stand)[proxies.UP] * 2 // 3
    stand.reset("r1")
    stand.proxy.obey(direction=proxies.UP, after=half, how="hole")
    first = stand.upgrade(timeout=90)
    assert first.code != lib.OK, first
    stand.configure(lock_timeout=1)
    second = stand.upgrade()
    assert second.code == lib.BUSY, second
    stand.proxy.heal()
    figures["rounds"] += 1
    stand.aftermath(first, figures)


@pytest.mark.parametrize("name", SERVED)
def test_w5_a_connection_that_is_lost_is_never_replaced_inside_a_revision(proxied, figures, name):
    """Cut where statements are on their way: whatever connects again does so to look, and goes on
    only behind a revision that was found applied."""
    stand = proxied(name).all[0]
    sent = bytes_of(stand)[proxies.UP]
    for part in (0.5, 0.7, 0.9):
        cut, result = round_play(stand, figures, direction=proxies.UP, after=int(sent * part))
        figures["rounds"] += cut
        assert result.code in (lib.OK, lib.FAILED), result
