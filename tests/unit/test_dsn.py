"""Every spelling of a connection string that people and hosters use, and those that are refused."""

import string
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.db.dsn import Dsn, Host, parse_database_url
from bridge.errors import ConfigurationError

CANARY = "s3cr3t-canary"
PLAIN = Dsn((Host("db.acme.io", 5432),), "bridge", CANARY, "trading")


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://bridge:{CANARY}@db.acme.io:5432/trading",
        f"postgres://bridge:{CANARY}@db.acme.io/trading",
        f"postgresql+asyncpg://bridge:{CANARY}@db.acme.io:5432/trading",
        f"POSTGRESQL://bridge:{CANARY}@db.acme.io:5432/trading",
        f"  \tpostgresql://bridge:{CANARY}@db.acme.io/trading \r\n",
        f"\u200bpostgresql://bridge:{CANARY}@db.acme.io/trading\ufeff",
        f'"postgresql://bridge:{CANARY}@db.acme.io/trading"',
        f" ' postgresql://bridge:{CANARY}@db.acme.io/trading ' ",
        f"postgresql://bridge:{CANARY}@db.acme.io:/trading",
        f"postgresql://db.acme.io/trading?user=bridge&password={CANARY}",
        f"postgresql:///trading?host=db.acme.io&port=5432&user=bridge&password={CANARY}",
        f"postgresql://bridge:{CANARY}@db.acme.io?dbname=trading",
        f"postgresql://bridge:{CANARY}@db.acme.io/trading?&",
    ],
)
def test_every_spelling_of_one_address_reads_the_same(text: str) -> None:
    assert parse_database_url(text) == PLAIN


@pytest.mark.parametrize(
    ("authority", "hosts"),
    [
        ("h1:5432,h2:5433", (Host("h1", 5432), Host("h2", 5433))),
        ("h1,h2:5433", (Host("h1", 5432), Host("h2", 5433))),
        ("[::1]:6000", (Host("::1", 6000),)),
        ("[2001:db8::7],10.0.0.1", (Host("2001:db8::7", 5432), Host("10.0.0.1", 5432))),
        ("%2Ftmp%2Fpg:6000", (Host("/tmp/pg", 6000),)),  # noqa: S108 - a name, never opened
        ("postgres.railway.internal", (Host("postgres.railway.internal", 5432),)),
        ("my_service", (Host("my_service", 5432),)),
        ("db-host-1.acme.io", (Host("db-host-1.acme.io", 5432),)),
        ("bücher.acme.io", (Host("bücher.acme.io", 5432),)),
    ],
)
def test_hosts_are_read_in_their_order(authority: str, hosts: tuple[Host, ...]) -> None:
    assert parse_database_url(f"postgresql://u:p@{authority}/d").hosts == hosts


@pytest.mark.parametrize(
    ("query", "hosts"),
    [
        ("host=/run/pg", (Host("/run/pg", 5432),)),
        ("host=/run/pg&port=6000", (Host("/run/pg", 6000),)),
        ("host=h1,h2&port=1,2", (Host("h1", 1), Host("h2", 2))),
        ("host=h1,h2&port=7", (Host("h1", 7), Host("h2", 7))),
        ("host=::1", (Host("::1", 5432),)),
    ],
)
def test_hosts_may_stand_in_the_parameters(query: str, hosts: tuple[Host, ...]) -> None:
    assert parse_database_url(f"postgresql://u:p@/d?{query}").hosts == hosts


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("p%40ss%2Fw%3Fo%23r%25d", "p@ss/w?o#r%d"),
        ("p@ss", "p@ss"),
        ("pa#ss", "pa#ss"),
        ("pa:ss", "pa:ss"),
        ("a+b", "a+b"),
        ("100%", "100%"),
        ("$ecret", "$ecret"),
        ("[p]", "[p]"),
        ("gr%C3%BC%C3%9Fe", "grüße"),
        ("password", "password"),
    ],
)
def test_passwords_are_read_as_people_write_them(written: str, meant: str) -> None:
    assert parse_database_url(f"postgresql://u:{written}@db/d").password == meant


def test_missing_parts_are_those_of_libpq() -> None:
    bare = parse_database_url("postgresql://u@db")

    assert (bare.user, bare.password, bare.database) == ("u", None, "u")
    assert parse_database_url("postgresql://db/d").user != ""


HOSTERS = [
    # Neon
    "postgresql://o:p@ep-x-1.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
    "postgres://o:p@ep-x.aws.neon.tech/neondb?sslmode=require&options=endpoint%3Dep-x",
    # Supabase: direct, pooler, Prisma, and through Vercel
    "postgresql://postgres:p@db.abcdefgh.supabase.co:5432/postgres",
    "postgresql://postgres.abcdefgh:p@aws-0-eu-west-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1",
    "postgres://postgres.ab:p@aws-0-eu.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x",
    # Railway, inside and outside
    "postgresql://postgres:p@postgres.railway.internal:5432/railway",
    "postgresql://postgres:p@monorail.proxy.rlwy.net:41234/railway",
    # Heroku
    "postgres://u:p@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d?sslmode=no-verify",
    # RDS, DigitalOcean, Render, Fly, Aiven, Azure, Prisma
    "postgresql://u:p@x.abc.eu-west-1.rds.amazonaws.com:5432/d?sslmode=verify-full&sslrootcert=/etc/ssl/rds.pem",
    "postgresql://doadmin:p@db-1-do-user-2-0.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require",
    "postgresql://u:p@dpg-abc-a/d",
    "postgres://u:p@top2.nearest.of.x-db.internal:5432/d?sslmode=disable",
    "postgres://avnadmin:p@pg-1.a.aivencloud.com:12691/defaultdb?sslmode=require",
    "postgresql://u%40x:p@x.postgres.database.azure.com/postgres?sslmode=require&gssencmode=disable",
    "postgresql://u:p@db:5432/d?schema=public&connect_timeout=10&pool_timeout=10&socket_timeout=5",
    # A cluster with a standby
    "postgresql://u:p@pg1,pg2:5433/d?target_session_attrs=read-write&load_balance_hosts=disable",
]


@pytest.mark.parametrize("text", HOSTERS)
def test_strings_as_hosters_give_them_are_taken(text: str) -> None:
    dsn = parse_database_url(text)

    assert dsn.password == "p"
    assert {name for name, _ in dsn.parameters} <= {
        "options",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    }


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("sslmode=no-verify", (("sslmode", "require"),)),
        ("ssl=true", (("sslmode", "require"),)),
        ("ssl=verify-full", (("sslmode", "verify-full"),)),
        ("sslmode=disable&sslmode=prefer", (("sslmode", "prefer"),)),
        ("schema=tb", (("options", "-csearch_path=tb"),)),
        ("search_path=a,%20b", (("options", r"-csearch_path=a,\ b"),)),
        (
            "options=-c%20geqo%3Doff&search_path=x",
            (("options", "-c geqo=off -csearch_path=x"),),
        ),
        ("application_name=a+b%20c", (("application_name", "a+b c"),)),
        ("keepalives=1&tcp_user_timeout=9", ()),
    ],
)
def test_parameters_mean_what_their_writer_meant(
    query: str, parameters: tuple[tuple[str, str], ...]
) -> None:
    assert parse_database_url(f"postgresql://u:p@db/d?{query}").parameters == parameters


@pytest.mark.parametrize(
    ("query", "seconds"), [("connect_timeout=10", 10.0), ("connect_timeout=0", None), ("", None)]
)
def test_connect_timeout_is_taken_out_of_the_url(query: str, seconds: float | None) -> None:
    dsn = parse_database_url(f"postgresql://u:p@db/d?{query}")

    assert dsn.connect_timeout_seconds == seconds
    assert dsn.parameters == ()


@pytest.mark.parametrize(
    ("query", "size"),
    [("pgbouncer=true", 0), ("pgbouncer=false", None), ("prepared_statement_cache_size=0", 0)],
)
def test_a_pooler_turns_the_statement_cache_off(query: str, size: int | None) -> None:
    arguments = parse_database_url(f"postgresql://u:p@db/d?{query}").connect_arguments()

    assert arguments.get("statement_cache_size") == size


def test_system_certificates_check_the_host_name() -> None:
    dsn = parse_database_url("postgresql://u:p@db/d?sslmode=verify-full&sslrootcert=system")

    context = dsn.connect_arguments().get("ssl")

    assert context is not None
    assert context.check_hostname


WHOLE = "${{Postgres.DATABASE_URL}}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not set"),
        ("   ", "is not set"),
        ('""', "is not set"),
        (WHOLE, f"is the reference {WHOLE}, which was not resolved"),
        (f' "{WHOLE}" ', f"is the reference {WHOLE}, which was not resolved"),
        ("${DATABASE_URL}", "which was not resolved"),
        ("$DATABASE_URL", "which was not resolved"),
        ("$(DATABASE_URL)", "which was not resolved"),
        ("%DATABASE_URL%", "which was not resolved"),
        ("{{ Postgres.DATABASE_URL }}", "which was not resolved"),
        ("postgresql://${{PGUSER}}:x@db/d", "a reference in braces that was not resolved"),
        (f"postgresql://u:{CANARY}@${{PGHOST}}/d", "a reference in braces"),
        (f"postgresql://u:{{{{{CANARY}}}}}@db/d", "a reference in braces"),
        (CANARY, "is not a connection string"),
        (f"host=db password={CANARY}", "is in the keyword form"),
        (f"mysql://u:{CANARY}@db/d", "begins with mysql://, and the bridge keeps its data in"),
        ("sqlite:///bridge.db", "begins with sqlite://"),
        (f"http://u:{CANARY}@db/d", "begins with http://"),
        (f"jdbc:postgresql://db/d?password={CANARY}", "begins with jdbc:postgresql://: it takes"),
        (f"postgresql+psycopg://u:{CANARY}@db/d", "begins with postgresql+psycopg://: it takes"),
        (f"postgresql+psycopg2://u:{CANARY}@db/d", "postgresql+asyncpg://"),
        (f"psql 'postgresql://u:{CANARY}@db/d'", "does not begin with the address itself"),
        (f"DATABASE_URL=postgresql://u:{CANARY}@db/d", "does not begin with the address itself"),
        (f"postgresql://u:{CANARY}\n@db/d", "a line break or another control character"),
        (f"postgresql://u:{CANARY}%00@db/d", "a percent-encoded character that is no text"),
        (f"postgresql://u:{CANARY}%FF@db/d", "a percent-encoded character that is no text"),
        (f"postgresql://u:{CANARY}@/d", "names no host"),
        (f"postgresql://u:{CANARY}@:5432/d", "names no host"),
        (f"postgresql://u:{CANARY}@h1,,h2/d", "names no host"),
        (f"postgresql://u:{CANARY}/x@db/d", "a password with / or ?"),
        (f"postgresql://u:{CANARY}?x@db/d", "a password with / or ?"),
        (f"postgresql://u:{CANARY}@h/x@db/d", "a password with / or ?"),
        (f"postgresql://u:{CANARY}@db:port/d", "a port that is no number"),
        (f"postgresql://u:{CANARY}@db:0/d", "a port that is no number"),
        (f"postgresql://u:{CANARY}@db:65536/d", "a port that is no number"),
        (f"postgresql://u:{CANARY}@db:{'9' * 5000}/d", "a port that is no number"),
        (f"postgresql://u:{CANARY}", "stands an @"),
        (f"postgresql://u:{CANARY}@h1,h2/d?port=1,2,3", "names 2 hosts and 3 ports"),
        (f"postgresql://u:{CANARY}@db_1 /d", "no host name and no address"),
        (f"postgresql://u:{CANARY}@[::g]/d", "no host name and no address"),
        (f"postgresql://u:{CANARY}@[::1/d", "no host name and no address"),
        (f"postgresql://u:{CANARY}@a..b/d", "no host name and no address"),
        (f"postgresql://u:{CANARY}@{'a' * 64}.io/d", "no host name and no address"),
        (f"postgresql://u:{CANARY}@db/d?sslmode=strict", "a wrong sslmode: it is one of"),
        (f"postgresql://u:{CANARY}@db/d?sslmode=", "a wrong sslmode"),
        (f"postgresql://u:{CANARY}@db/d?target_session_attrs=master", "wrong target_session_attrs"),
        (f"postgresql://u:{CANARY}@db/d?connect_timeout=soon", "a wrong connect_timeout"),
        (f"postgresql://u:{CANARY}@db/d?connect_timeout={'9' * 5000}", "a wrong connect_timeout"),
        (f"postgresql://u:{CANARY}@db/d?statement_cache_size=-1", "a wrong statement_cache_size"),
        (f"postgresql://u:{CANARY}@db/d?application_name=", "application_name without a value"),
        (f"postgresql://u:{CANARY}@db/d?sslnegotiation=direct", "needs sslmode=require"),
        (f"postgresql://u:{CANARY}@db/d?require_auth=md5", "does not know require_auth: take it"),
        (f"postgresql://u:x@y?{CANARY}=@db/d", "does not know: take it"),
        ("postgresql://postgres:[YOUR-PASSWORD]@db.a.supabase.co/d", "a template's placeholder"),
        ("postgresql://u:<password>@db.acme.io/d", "a template's placeholder"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_database_url(text)

    sentence = refused.value.detail
    assert sentence.startswith("DATABASE_URL ")
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert CANARY not in sentence


PLACEHOLDERS = [
    *("host", "HOST", "hostname", "host.name", "your-host", "your_host", "yourhost", "my-host"),
    *("your-db-host", "your-database-host", "db-host", "db_hostname", "some-server", "x.x.x.x"),
    *("example", "example.com", "db.example.com", "pg.example.org", "db.test", "db.invalid"),
    *("your-host.railway.internal", "changeme", "address", "xxxx"),
]


@pytest.mark.parametrize("host", PLACEHOLDERS)
def test_placeholder_hosts_are_named(host: str) -> None:
    with pytest.raises(ConfigurationError, match="placeholder") as refused:
        parse_database_url(f"postgresql://u:{CANARY}@{host}:5432/d")

    assert f"'{host}'" in refused.value.detail
    assert CANARY not in refused.value.detail


@pytest.mark.parametrize("host", ["<host>", "[host]", "{host}", "your host"])
def test_hosts_in_brackets_are_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="no host name"):
        parse_database_url(f"postgresql://u:{CANARY}@{host}/d")


@pytest.mark.parametrize("host", ["localhost", "db", "postgres", "database", "127.0.0.1", "host1"])
def test_hosts_that_containers_are_called_are_no_placeholders(host: str) -> None:
    assert parse_database_url(f"postgresql://u@{host}/d").hosts[0].name == host


def test_the_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"\ADATABASE_DIRECT_URL is not set"):
        parse_database_url("", variable="DATABASE_DIRECT_URL")


def test_a_refusal_keeps_no_chain_that_holds_the_text() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_database_url(f"postgresql://u:{CANARY}@db:x/d")

    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"postgres://u:{CANARY}@db/d?sslmode=require", "postgresql://u:***@db:5432/d"),
        ("postgres://u@h1,h2:7/d", "postgresql://u@h1:5432,h2:7/d"),
        ("postgres://u@[::1]/d", "postgresql://u@[::1]:5432/d"),
        ("postgres://u@/d?host=/run/pg", "postgresql://u@/run/pg/.s.PGSQL.5432/d"),
    ],
)
def test_safe_text_and_repr_hide_the_password(text: str, safe: str) -> None:
    dsn = parse_database_url(text)

    assert dsn.safe_text == safe
    assert CANARY not in repr(dsn)
    assert CANARY not in f"{dsn}"


def test_repr_hides_the_key_of_a_client_certificate() -> None:
    assert CANARY not in repr(parse_database_url(f"postgres://u@db/d?sslpassword={CANARY}"))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1)


@given(TEXT, TEXT, TEXT)
@example("u@x", "p:/?#[]@% +", "d/?&=")
@example("u", "'\"\\", "ß")
def test_the_url_reads_back_as_itself(user: str, password: str, database: str) -> None:
    hosts = (Host("h1", 1), Host("::1", 2), Host("/run/x y", 3))
    options = (("application_name", password), ("sslmode", "require"))
    dsn = Dsn(hosts, user, f"{password}x", database, options)

    assert parse_database_url(dsn.url) == dsn


@given(st.text(string.printable))
def test_any_text_is_read_or_refused_as_a_configuration(text: str) -> None:
    with suppress(ConfigurationError):
        assert parse_database_url(text).hosts
