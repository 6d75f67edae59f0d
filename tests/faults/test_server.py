"""Servers that die, restart, end what we run, hang or are full, at every phase of a run: while
skein's worker is held just before a call that its server would notice, the server is dealt with."""

import pytest

import lib
import proxy as proxies
import scene as scenes
import server as servers

# A server is started again in a second or two; these cost little.
SAMPLED = {"terminate": 3, "connection": 3, "cancel": 2, "query": 2}
RARE = 1
POSTGRESQL = ("postgresql", "postgresql-whole", "postgresql-concurrently")
LIMITS = {"connect_timeout": 3, "statement_timeout": 3, "lock_timeout": 20}


@pytest.fixture(scope="module")
def own():
    made = servers.Servers()
    yield made
    made.finish()


@pytest.fixture
def own_stand(own, tmp_path):
    made = []

    def make(name, **settings):
        scene = scenes.SCENES[name]
        stand = scenes.Stand(scene, tmp_path / "own", kind=getattr(own, scene.engine).kind)
        stand.configure(**LIMITS, **settings)
        made.append(stand)
        return stand

    yield make
    for stand in made:
        stand.finish()


def deaths_play(own, stand, strike, figures, death, long):
    """The server meets this death at each (or some) of the worker's calls."""
    server = getattr(own, stand.scene.engine)
    stand.reset("r1")
    _, last, _ = strike(stand, "worker")
    points = (range(1, last + 1) if long
              else scenes.sample(last, SAMPLED.get(death, RARE), len(death) + last // 2))
    failures = []
    for at in points:
        try:
            stand.lens.finish()
            server.up(lambda: stand.reset("r1"))
            result, _, struck = strike(stand, "worker", at, command=server.deaths[death],
                                       timeout=180)
            stand.lens.finish()
            server.up(stand.lens.look)
            figures["rounds"] += struck
            figures["server deaths"] += struck
            stand.aftermath(result, figures)
        except AssertionError as error:
            failures.append(f"{death} at {at}: {error}")
    if failures:
        pytest.fail(f"{len(failures)} rounds failed\n" + "\n\n".join(failures[:5]), pytrace=False)


def rarely(name, death):
    """One scene meets most deaths in the quick form, the others the cheapest."""
    often = death == "terminate" or (name == "postgresql" and death not in ("fast", "sigkill"))
    return pytest.param(name, death, marks=[] if often else pytest.mark.rare)


@pytest.mark.parametrize("name, death", [
    rarely(name, death) for name in POSTGRESQL
    for death in ("fast", "immediate", "sigkill", "backend", "terminate", "cancel")])
def test_s1_postgresql_dies_at_any_call_and_skein_runs_again(own, own_stand, strike, figures, long,
                                                            name, death):
    deaths_play(own, own_stand(name), strike, figures, death, long)


@pytest.mark.parametrize("death", ["sigkill", "restart", "connection", "query"])
def test_s2_mariadb_dies_at_any_call_and_skein_runs_again(own, own_stand, strike, figures, long,
                                                         death):
    deaths_play(own, own_stand("mariadb"), strike, figures, death, long)


WORDS = {"postgresql": {"lock": b"pg_try_advisory_lock", "commit": b"COMMIT"},
         "mysql": {"lock": b"GET_LOCK", "commit": b"COMMIT"}}


@pytest.mark.parametrize("phase", ["lock", "commit"])
@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_s6_a_server_that_hangs_at_lock_or_commit_ends_at_our_deadline(own, own_stand, figures, name,
                                                                      phase):
    """Stopped in the moment in which it is asked for it; when it goes on, so does the next run."""
    stand = own_stand(name)
    engine, server = stand.scene.engine, getattr(own, stand.scene.engine)
    stand.reset("r1")
    kind = server.kind
    proxy = proxies.Proxy(f"{kind.socket}/.s.PGSQL.{kind.port}" if engine == "postgresql"
                          else kind.socket)
    user = "faults" if engine == "mysql" else kind.user
    stand.configure(f"{engine}://{user}@127.0.0.1:{proxy.port}/{stand.database.name}", **LIMITS)
    try:
        proxy.obey(word=WORDS[engine][phase], hook=server.freeze)
        result = stand.upgrade(timeout=120)
        assert proxy.hook is None, "it was asked"
    finally:
        server.thaw()
        proxy.obey()
    assert result.code == lib.FAILED, result
    assert phase == "lock" or '"uncertain"' in result.out, result
    figures["rounds"] += 1
    stand.aftermath(result, figures)
    proxy.finish()
