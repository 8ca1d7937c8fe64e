"""What a call of the Hummingbot API ends with when it does not end well."""

from typing import ClassVar

from bridge.errors import BridgeError, UnavailableError, default_sentence


class UpstreamError(BridgeError):
    """The Hummingbot API answered with an error.

    Attributes:
        reason: What it said, scrubbed and cut to one line; empty when nothing is fit to be shown.
        is_in_doubt: Of a call with an effect: whether the effect may have happened all the same.
            Such a call is never simply sent again. Of a call without effect it says nothing.
    """

    code = "upstream-error"
    is_in_doubt: ClassVar[bool] = True

    def __init__(self, detail: str | None = None, *, reason: str = "") -> None:
        self.reason = reason
        super().__init__(detail)


class UpstreamUnavailableError(UpstreamError, UnavailableError):
    """The Hummingbot API cannot be reached; nothing was sent."""

    code = "upstream-unavailable"
    is_in_doubt = False


class UpstreamCircuitOpenError(UpstreamUnavailableError):
    """The Hummingbot API failed several times in a row and is left alone for a moment."""

    code = "upstream-circuit-open"


class UpstreamTimeoutError(UpstreamError):
    """The Hummingbot API did not answer in time; whether it acted is not known."""

    code = "upstream-timeout"


class UpstreamInterruptedError(UpstreamError):
    """The connection to the Hummingbot API broke before its answer was complete."""

    code = "upstream-interrupted"


class UpstreamProtocolError(UpstreamError):
    """The Hummingbot API gave an answer that is not of the documented shape."""

    code = "upstream-protocol"


class UpstreamAuthenticationError(UpstreamError):
    """The Hummingbot API does not take the bridge's user name and password."""

    code = "upstream-authentication"
    is_in_doubt = False


class UpstreamRejectedError(UpstreamError):
    """The Hummingbot API refused this."""

    code = "upstream-rejected"
    is_in_doubt = False

    def __init__(self, detail: str | None = None, *, reason: str = "") -> None:
        sentence = detail or default_sentence(type(self))
        super().__init__(f"{sentence.rstrip('.')}: {reason}" if reason else sentence, reason=reason)


class UpstreamInputError(UpstreamRejectedError):
    """The Hummingbot API does not take this input."""

    code = "upstream-input"
