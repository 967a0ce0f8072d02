"""Causes on the way to S3: nothing here proves anything about permissions."""

from __future__ import annotations

from ..states import State
from .row import pattern, row

__all__ = ["NETWORK"]

NETWORK = (
    row(
        "proxy-refused",
        State.UNKNOWN,
        "the proxy on the way to {host} wants a login.",
        "Put the login into HTTPS_PROXY (HTTP_PROXY for http), or name {host} in NO_PROXY.",
        codes="407",
        scope="all",
    ),
    row(
        "proxy-refused",
        State.UNKNOWN,
        "the proxy on the way to {host} does not answer, or wants a login.",
        "Correct HTTPS_PROXY (HTTP_PROXY for http), or name {host} in NO_PROXY.",
        exceptions="ProxyConnectionError",
        scope="all",
    ),
    row(
        "throttled",
        State.UNKNOWN,
        "{host} asked to slow down.",
        "Check again in a minute.",
        codes="SlowDown ServiceUnavailable Throttling ThrottlingException RequestLimitExceeded TooManyRequests "
        "RequestThrottled TooManyRequestsException",
        scope="all",
        retry=True,
    ),
    row(
        "server-error",
        State.UNKNOWN,
        "{host} had an error of its own ({code}).",
        "Check again in a minute.",
        codes="InternalError ServiceFailure InternalFailure RequestTimeout BadGateway GatewayTimeout",
        scope="all",
        retry=True,
    ),
    row(
        "server-error",
        State.UNKNOWN,
        "the answer of {host} broke off.",
        "Check again in a minute.",
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
        "Check again; if it stays so, look at the proxy or firewall between this machine and {host}.",
        exceptions="ReadTimeoutError",
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
        "Check again; if it stays so, look at the proxy or firewall between this machine and {host}.",
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
        "misconfigured-client",
        State.RED,
        "the endpoint {host} cannot be used ({exception}).",
        "Correct the endpoint: it looks like https://s3.example.com.",
        exceptions="InvalidEndpointConfigurationError UnknownEndpointError EndpointProviderError "
        "InvalidProxiesConfigError",
        scope="all",
    ),
    row(
        "misconfigured-client",
        State.RED,
        "the endpoint {host} cannot be used.",
        "Correct the endpoint: it looks like https://s3.example.com.",
        exceptions="ValueError EndpointResolutionError",
        message=pattern("^invalid (endpoint|ipv6 url)|not a valid uri"),
        scope="all",
    ),
)
