"""Every failure that the bridge names, without HTTP and without a driver's words.

A class stands for what a caller can do about it. Its first docstring line is the sentence that is
shown when none is given; ``code`` is stable and part of the HTTP contract. ``problems.py`` is the
only module that turns these into answers. What calls of the Hummingbot API end with stands in
``hummingbot/errors.py``.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with the input.

    Attributes:
        field: Path of the field as the caller wrote it, such as ``wallets[1].address``.
        message: A sentence without the offending value, so that no secret is echoed.
    """

    field: str
    message: str


class BridgeError(Exception):
    """The bridge could not do this.

    Attributes:
        detail: One sentence for people.
        errors: What is wrong with the input, field by field, where that is the cause.
        retry_after_seconds: When a retry is worth it; None when it is of no use.
    """

    code: ClassVar[str] = "bridge-error"
    retry_after_seconds: int | None = None

    def __init__(self, detail: str | None = None, *, errors: tuple[FieldError, ...] = ()) -> None:
        self.detail = detail or default_sentence(type(self))
        self.errors = errors
        super().__init__(self.detail)


def default_sentence(cls: type) -> str:
    """Return what an error of this class says when no sentence is given."""
    return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class NotFoundError(BridgeError):
    """There is nothing at this address."""

    code = "not-found"


class ClientNotFoundError(NotFoundError):
    """No client has this id or wallet."""

    code = "client-not-found"


class WalletNotFoundError(NotFoundError):
    """This client has no wallet of this id."""

    code = "wallet-not-found"


class BotNotFoundError(NotFoundError):
    """No bot has this id."""

    code = "bot-not-found"


class ConflictError(BridgeError):
    """The request contradicts what is stored."""

    code = "conflict"


class AccountTakenError(ConflictError):
    """This account identifier belongs to another client."""

    code = "account-taken"


class WalletTakenError(ConflictError):
    """This wallet already belongs to a client."""

    code = "wallet-taken"


class RevisionMovedError(ConflictError):
    """The bot was changed by somebody else since it was read; read it again."""

    code = "revision-moved"


class ConnectorMissingError(ConflictError):
    """The bot's client has no connector of this exchange: store its credentials first."""

    code = "connector-missing"


class ConnectorNotSyncedError(ConflictError):
    """The Hummingbot API or the exchange refuses this connector's credentials."""

    code = "connector-not-synced"


class ConfigIncompleteError(ConflictError):
    """The bot's config lacks something that it needs to run."""

    code = "config-incomplete"


class StrategyNotRunnableError(ConflictError):
    """Bots of this strategy are kept as definitions only and cannot be started."""

    code = "strategy-not-runnable"


class InstanceUnaccountedError(ConflictError):
    """Nobody knows what the bot's instance does, so no second one is started; stop it first."""

    code = "instance-unaccounted"


class BeingDeletedError(ConflictError):
    """This is being deleted and takes no more changes."""

    code = "being-deleted"


class InputError(BridgeError):
    """The request is not understood."""

    code = "bad-request"


class BodyLateError(InputError):
    """The request body did not arrive in time."""

    code = "request-timeout"


class BodyTooLargeError(InputError):
    """The request body is larger than this server takes."""

    code = "body-too-large"


class UnsupportedMediaTypeError(InputError):
    """Only application/json is understood."""

    code = "unsupported-media-type"


class RuleError(BridgeError):
    """The input breaks a rule; there is at least one field error."""

    code = "invalid-input"

    def __init__(self, *errors: FieldError, detail: str | None = None) -> None:
        said = detail or "; ".join(f"{e.field}: {e.message}" for e in errors)
        super().__init__(said, errors=errors)


class UnknownAccountError(RuleError):
    """No client has this account."""

    code = "unknown-account"


class AuthenticationError(BridgeError):
    """This call needs a key: send it as 'Authorization: Bearer <key>'."""

    code = "not-authenticated"


class ForbiddenError(BridgeError):
    """This is not allowed."""

    code = "forbidden"


class RoleError(ForbiddenError):
    """Your role does not allow this."""

    code = "role-not-allowed"


class TooManyRequestsError(BridgeError):
    """Too many requests; wait a little.

    Attributes:
        retry_after_seconds: When the next one is taken.
    """

    code = "too-many-requests"

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__()


class UnavailableError(BridgeError):
    """Something that the bridge depends on is not there; try again soon."""

    code = "unavailable"
    retry_after_seconds = 5


class DatabaseUnavailableError(UnavailableError):
    """Database not available."""

    code = "database-unavailable"


class DatabaseBusyError(DatabaseUnavailableError):
    """Database not available: too much is asked of it at once."""

    code = "database-busy"
    retry_after_seconds = 1


class SchemaOutdatedError(DatabaseUnavailableError):
    """Database not available: its schema is older than this release; run 'bridge migrate'."""

    code = "schema-outdated"


class VaultNotConfiguredError(UnavailableError):
    """Credentials cannot be stored: no vault key is configured; set BRIDGE_VAULT_KEYS."""

    code = "vault-not-configured"


class HummingbotUnavailableError(UnavailableError):
    """The Hummingbot API is not available, so bots can be neither started nor stopped."""

    code = "hummingbot-unavailable"


class ConfigurationError(BridgeError):
    """A setting is wrong; the sentence names it. Shown by commands, never sent over HTTP."""

    code = "configuration"


class SealError(BridgeError):
    """A sealed secret cannot be opened: wrong key, wrong place, or damaged."""

    code = "seal-broken"
