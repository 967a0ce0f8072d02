"""Causes on the way to S3: nothing here proves anything about permissions."""

from __future__ import annotations

from ..states import State
from .links import PROXY
from .row import pattern, row

__all__ = ["NETWORK"]

_MINUTE = "Check again in a minute."
_WAY = "Check again; if it stays so, look at the proxy or firewall between this machine and {host}."
_ENDPOINT = "Correct the endpoint: it looks like https://s3.example.com."

NETWORK = (
    row(
        "proxy-refused",
        State.UNKNOWN,
        "the proxy on the way to {host} wants a login.",
        "Put the login into HTTPS_PROXY (HTTP_PROXY for http), or name {host} in NO_PROXY.",
        codes="407",
        scope="all",
        link=PROXY,
    ),
    row(
        "proxy-refused",
        State.UNKNOWN,
        "the proxy on the way to {host} does not answer, or wants a login.",
        "Correct HTTPS_PROXY (HTTP_PROXY for http), or name {host} in NO_PROXY.",
        exceptions="ProxyConnectionError",
        scope="all",
        link=PROXY,
    ),
    row(
        "throttled",
        State.UNKNOWN,
        "{host} asked to slow down.",
        _MINUTE,
        codes="SlowDown ServiceUnavailable Throttling ThrottlingException ThrottledException RequestLimitExceeded "
        "TooManyRequests RequestThrottled RequestThrottledException TooManyRequestsException BandwidthLimitExceeded",
        scope="all",
        retry=True,
    ),
    row(
        "server-error",
        State.UNKNOWN,
        "{host} had an error of its own ({code}).",
        _MINUTE,
        codes="InternalError ServiceFailure InternalFailure RequestTimeout BadGateway GatewayTimeout",
        scope="all",
        retry=True,
    ),
    row(
        "server-error",
        State.UNKNOWN,
        "the answer of {host} broke off.",
        _MINUTE,
        exceptions="ResponseStreamingError IncompleteReadError FlexibleChecksumError IncompleteRead ProtocolError",
        scope="operation",
        retry=True,
    ),
    row(
        "connect-timeout",
        State.UNKNOWN,
        "{host} did not answer within 3 seconds.",
        "Look at the network, proxy and firewall between this machine and {host}, then check again.",
        exceptions="ConnectTimeoutError",
        scope="all",
    ),
    row(
        "read-timeout",
        State.UNKNOWN,
        "{host} took the request and did not answer in time.",
        _WAY,
        exceptions="ReadTimeoutError",
        scope="all",
    ),
    row(
        "endpoint-unreachable",
        State.UNKNOWN,
        "no connection to {host}, which is a FIPS or dual-stack address; not every region has one.",
        "Use the region's ordinary address, s3.REGION.amazonaws.com.",
        exceptions="EndpointConnectionError",
        message=pattern(r"s3-fips|\bdualstack\b"),
        scope="all",
    ),
    row(
        "endpoint-unreachable",
        State.UNKNOWN,
        "no connection to {host}.",
        "Look at the network of this machine, and at the spelling of region and endpoint, then check again.",
        exceptions="EndpointConnectionError",
        scope="all",
    ),
    row(
        "connection-closed",
        State.UNKNOWN,
        "the connection to {host} was closed before an answer came.",
        _WAY,
        exceptions="ConnectionClosedError",
        scope="all",
        retry=True,
    ),
    row(
        "tls-mismatch",
        State.UNKNOWN,
        "what answers as {host} speaks no TLS, or shows a certificate of another name.",
        "Look at the endpoint and the proxy; a captive portal wants a login in the browser first.",
        exceptions="SSLError",
        message=pattern("WRONG_VERSION_NUMBER|subjectAltName|doesn't match|hostname mismatch|record layer"),
        scope="all",
    ),
    row(
        "ca-bundle-missing",
        State.UNKNOWN,
        "the file with trusted certificates cannot be read.",
        "Correct the path in AWS_CA_BUNDLE.",
        exceptions="SSLError OSError FileNotFoundError",
        message=pattern("no such file|invalid path|could not find a suitable TLS CA"),
        scope="all",
    ),
    row(
        "tls-untrusted",
        State.UNKNOWN,
        "the certificate of {host} is not trusted here; a proxy that looks into TLS is the usual reason.",
        "Name your company's certificate file in AWS_CA_BUNDLE.",
        exceptions="SSLError",
        scope="all",
    ),
    row(
        "not-s3",
        State.UNKNOWN,
        "what answered as {host} is not S3: a portal, a proxy, or another program.",
        "Open a web page to get past a network login, or correct the endpoint.",
        exceptions="ResponseParserError RecursionError",
        scope="all",
    ),
    row(
        "not-s3",
        State.UNKNOWN,
        "what answered as {host} is not STS: a portal, a proxy, or another program.",
        "Open a web page to get past a network login, or correct the endpoint.",
        calls="AssumeRole",
        exceptions="KeyError",
        scope="all",
    ),
    row(
        "not-s3",
        State.UNKNOWN,
        "what answered as {host} sends every request elsewhere: a portal, or another program.",
        "Open a web page to get past a network login, or correct the endpoint.",
        exceptions="HTTPClientError",
        message=pattern("maximum recursion depth"),
        scope="all",
    ),
    row(
        "misconfigured-client",
        State.RED,
        "the endpoint {host} cannot be used ({exception}).",
        _ENDPOINT,
        exceptions="InvalidEndpointConfigurationError UnknownEndpointError EndpointProviderError",
        scope="all",
    ),
    row(
        "misconfigured-client",
        State.RED,
        "the proxy settings of this machine cannot be used.",
        "Correct HTTPS_PROXY (HTTP_PROXY for http): it looks like http://proxy.example.com:8080.",
        exceptions="InvalidProxiesConfigError",
        scope="all",
        link=PROXY,
    ),
    row(
        "misconfigured-client",
        State.RED,
        "the endpoint {host} cannot be used.",
        _ENDPOINT,
        exceptions="ValueError EndpointResolutionError",
        message=pattern("^invalid (endpoint|ipv6 url)|not a valid uri"),
        scope="all",
    ),
)
