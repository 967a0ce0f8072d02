from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lightly.environment import (
    ca_bundle_from_environment,
    platform_url_from_environment,
    proxy_from_environment,
)
from core.lightly.rules import (
    DEFAULT_PLATFORM_URL,
    REGIONS,
    check_platform_url,
    dataset_name_problem,
    external_id_problem,
    is_dataset_id,
    kms_key_problem,
    platform_region,
    region_problem,
    role_arn_problem,
    worker_name_problem,
)


@pytest.mark.parametrize("name", ["abc", "farm-animals", "Farm animals_2", "0-9", "a  "])
def test_a_name_the_platform_takes_has_no_problem(name: str) -> None:
    assert dataset_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("", "three characters"),
        ("ab", "three characters"),
        ("-abc", "start with a letter"),
        (" abc", "start with a letter"),
        ("äbc", "start with a letter"),
        ("farm/animals", "“/”"),
        ("Kühe", "“ü”"),
        ("farm\n", "cannot be seen"),
        ("farm\u202e", "cannot be seen"),
    ],
)
def test_a_name_the_platform_refuses_is_answered_with_what_to_change(name: str, advice: str) -> None:
    problem = dataset_name_problem(name)
    assert problem is not None
    assert advice in problem
    assert problem.endswith(".")
    assert problem.isprintable()


@given(st.text(max_size=12) | st.from_regex(r"[a-zA-Z0-9 _-]{0,12}", fullmatch=True))
def test_the_name_rule_is_exactly_the_platforms(name: str) -> None:
    platform_takes = len(name) >= 3 and re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9 _-]+", name) is not None
    assert (dataset_name_problem(name) is None) == platform_takes


def test_the_platform_spells_two_regions_in_its_own_way() -> None:
    assert platform_region("us-gov-east-1") == "us-gov-east"
    assert platform_region("us-gov-west-1") == "us-gov-west"
    assert platform_region("eu-central-1") == "eu-central-1"
    assert len(REGIONS) == 30


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "us-gov-west", "cn-northwest-1"])
def test_a_region_the_platform_takes_has_no_problem(region: str) -> None:
    assert region_problem(region) is None


@pytest.mark.parametrize("region", ["cn-north-1", "il-central-1", "", "EU-CENTRAL-1"])
def test_a_region_the_platform_does_not_take_is_named(region: str) -> None:
    problem = region_problem(region)
    assert problem is not None
    assert f"“{region}”" in problem
    assert "eu-central-1" in problem


def test_an_external_id_is_checked_and_not_repeated() -> None:
    assert external_id_problem("abc_+=,.@:/-0") is None
    problem = external_id_problem("Short1")
    assert problem is not None
    assert "Short1" not in problem
    assert external_id_problem("with blank in it") is not None
    assert external_id_problem("tenletters\n") is not None
    assert external_id_problem("tenlettérs") is not None
    assert external_id_problem("x" * 1224) is None
    too_long = external_id_problem("x" * 1225)
    assert too_long is not None
    assert "1,224" in too_long


def test_arns_of_roles_and_kms_keys_are_told_from_others() -> None:
    assert role_arn_problem("arn:aws:iam::111122223333:role/lightly") is None
    assert role_arn_problem("arn:aws:iam::111122223333:user/lightly") is not None
    assert role_arn_problem("arn:aws:iam::111122223333:role/teams/farm/lightly") is None
    for text in ("arn:aws:iam::111122223333:role", "arn:aws:iam::111122223333:rolex", "arn:aws:iam::1:role/lightly"):
        problem = role_arn_problem(text)
        assert problem is not None
        assert "not the ARN of a role" in problem
    assert kms_key_problem("arn:aws:kms:eu-central-1:111122223333:key/abc") is None
    assert kms_key_problem("arn:aws:kms:eu-central-1:111122223333:alias/abc") is not None


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_a_role_outside_of_the_partition_that_the_platform_takes_is_told_what_else_works(partition: str) -> None:
    problem = role_arn_problem(f"arn:{partition}:iam::111122223333:role/lightly")
    assert problem is not None
    assert f"this one is of {partition}: use the access key" in problem


def test_the_name_of_a_worker_has_three_characters_or_more() -> None:
    assert worker_name_problem("gpu") is None
    problem = worker_name_problem("ab")
    assert problem is not None
    assert "three characters" in problem


def test_a_dataset_id_is_24_hexadecimal_digits() -> None:
    assert is_dataset_id("0123456789abcdef01234567")
    for text in ("0123456789ABCDEF01234567", "0123", "0123456789abcdef01234567\n", "../../../../../../v1/users"):
        assert not is_dataset_id(text)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://api.lightly.ai", "https://api.lightly.ai"),
        (" https://API.Lightly.ai/ ", "https://api.lightly.ai"),
        ("https://api.lightly.ai:0443//", "https://api.lightly.ai:443"),
        ("https://proxy.example/lightly/", "https://proxy.example/lightly"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_address_is_brought_into_its_plain_form(url: str, plain: str) -> None:
    assert check_platform_url(url) == plain


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://api.lightly.ai", "https://"),
        ("http://127.0.0.1.example.com", "https://"),
        ("http://127.1", "https://"),
        ("http://localhost.example", "https://"),
        ("http://[2001:db8::1]", "https://"),
        ("https://user:pass@api.lightly.ai", "user"),
        ("https://api.lightly.ai@evil.example", "user"),
        ("https://ápi.lightly.ai", "looks like"),
        ("https://api.lightly.ai?x=1", "looks like"),
        ("https://api.lightly.ai/#x", "looks like"),
        ("https://api.lightly.ai\\.evil.example", "looks like"),
        ("https://api.lightly.ai\n.evil.example", "looks like"),
        ("https://api.lightly.ai/../x", "dots"),
        ("https://api.lightly.ai:0", "port"),
        ("https://api.lightly.ai:65536", "port"),
        ("https://[1.2.3.4]", "IPv6"),
        ("ftp://api.lightly.ai", "looks like"),
        ("api.lightly.ai", "looks like"),
        ("https://", "looks like"),
        ("", "looks like"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused_with_advice(url: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice) as caught:
        check_platform_url(url)
    assert "pass" not in str(caught.value)


_PIECES = "http https :// : / @ ? # \\ [ ] 127.0.0.1 ::1 localhost api.lightly.ai evil.example user .. . %2f ä 443 -"


@given(
    st.lists(st.sampled_from(_PIECES.split()), max_size=8).map("".join) | st.text(max_size=20).map("https://{}".format)
)
def test_what_passes_is_read_alike_by_those_who_send_the_request(url: str) -> None:
    from urllib.parse import urlsplit

    from urllib3.util import parse_url

    try:
        plain = check_platform_url(url)
    except ValueError:
        return
    ours, theirs = urlsplit(plain), parse_url(plain)
    assert check_platform_url(plain) == plain
    assert plain.isascii()
    assert not plain.endswith("/")
    assert ours.username is None
    assert theirs.auth is None
    assert ours.hostname == (theirs.host or "").strip("[]")
    assert ours.port == theirs.port
    assert ours.scheme == "https" or ours.hostname in {"127.0.0.1", "::1", "localhost"}
    assert not ours.query
    assert not ours.fragment


def test_the_environment_may_name_another_platform() -> None:
    assert platform_url_from_environment({}) == DEFAULT_PLATFORM_URL
    assert platform_url_from_environment({"LIGHTLY_SERVER_LOCATION": " "}) == DEFAULT_PLATFORM_URL
    there = {"LIGHTLY_SERVER_LOCATION": "https://lightly.example/"}
    assert platform_url_from_environment(there) == "https://lightly.example"
    with pytest.raises(ValueError, match=r"LIGHTLY_SERVER_LOCATION: .*https://"):
        platform_url_from_environment({"LIGHTLY_SERVER_LOCATION": "http://lightly.example"})


def test_the_environment_may_name_a_ca_bundle() -> None:
    assert ca_bundle_from_environment({}) is None
    assert ca_bundle_from_environment({"LIGHTLY_CA_CERTS": ""}) is None
    assert ca_bundle_from_environment({"LIGHTLY_CA_CERTS": "/etc/ca.pem"}) == "/etc/ca.pem"


def test_the_proxy_is_all_proxy_then_https_then_http() -> None:
    every = {"HTTP_PROXY": "http://c", "HTTPS_PROXY": "http://b", "ALL_PROXY": "http://a"}
    assert proxy_from_environment("https://api.lightly.ai", every) == "http://a"
    del every["ALL_PROXY"]
    assert proxy_from_environment("https://api.lightly.ai", every) == "http://b"
    del every["HTTPS_PROXY"]
    assert proxy_from_environment("https://api.lightly.ai", every) == "http://c"
    assert proxy_from_environment("https://api.lightly.ai", {}) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://localhost", "http://[::1]:9", "https://127.8.8.8"])
def test_loopback_is_never_reached_through_a_proxy(url: str) -> None:
    assert proxy_from_environment(url, {"ALL_PROXY": "http://a"}) is None


@pytest.mark.parametrize("spared", ["*", "lightly.ai", ".lightly.ai", "x, api.lightly.ai", "api.lightly.ai:8443"])
def test_a_host_that_no_proxy_names_is_reached_directly(spared: str) -> None:
    environment = {"ALL_PROXY": "http://a", "NO_PROXY": spared}
    assert proxy_from_environment("https://api.lightly.ai:8443", environment) is None


@pytest.mark.parametrize("spared", ["", ",", "ightly.ai", "api.lightly.ai:1", "other.ai"])
def test_no_proxy_spares_no_other_host(spared: str) -> None:
    environment = {"ALL_PROXY": "http://a", "no_proxy": spared}
    assert proxy_from_environment("https://api.lightly.ai:8443", environment) == "http://a"


def test_rules_models_and_errors_load_no_network_library() -> None:
    program = (
        "import sys, core.lightly.rules, core.lightly.environment, core.lightly.models, core.lightly.errors;"
        "print([name for name in ('requests', 'urllib3', 'http.client', 'ssl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
