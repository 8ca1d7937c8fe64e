"""What the upstream refuses or cannot do, by what a caller can do about it.

Each class stands for a recorded answer, often one with status 200 or 500. Only the classes of
`bridge.errors` decide about HTTP.
"""

from typing import ClassVar

from bridge.hummingbot.errors import UpstreamError, UpstreamInputError, UpstreamRejectedError


class NameRefusedError(UpstreamInputError):
    """The Hummingbot API cannot work with this name."""

    code = "upstream-name"


class InputCrashError(UpstreamInputError):
    """The Hummingbot API broke on this input, and would break on it again."""

    code = "upstream-input-crash"
    is_in_doubt: ClassVar[bool] = True  # a crash half-way looks the same


class ProfileUnknownError(UpstreamRejectedError):
    """The Hummingbot API has no credentials profile of this account."""

    code = "profile-unknown"


class ProfileProtectedError(UpstreamRejectedError):
    """The Hummingbot API never deletes this profile."""

    code = "profile-protected"


class ConnectorUnknownError(UpstreamRejectedError):
    """The Hummingbot API does not know this connector."""

    code = "connector-unknown"


class CredentialsIncompleteError(UpstreamInputError):
    """A credential field is missing; nothing was sent.

    Attributes:
        fields: The names of the fields, in the upstream's order.
    """

    code = "credentials-incomplete"

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(reason=", ".join(fields))


class CredentialFieldsError(UpstreamInputError):
    """The Hummingbot API does not take these credential fields."""

    code = "credential-fields"


class CredentialsRefusedError(UpstreamRejectedError):
    """The exchange refused these credentials."""

    code = "credentials-refused"


class ExchangeUnreachableError(UpstreamRejectedError):
    """The Hummingbot API cannot reach the exchange."""

    code = "exchange-unreachable"


class ConfigInvalidError(UpstreamInputError):
    """The controller does not take this configuration."""

    code = "config-invalid"


class ConfigUnknownError(UpstreamRejectedError):
    """The instance has no controller config of this name."""

    code = "config-unknown"


class ControllerUnknownError(UpstreamRejectedError):
    """The Hummingbot API does not know this controller."""

    code = "controller-unknown"


class DeployRefusedError(UpstreamRejectedError):
    """Docker did not start the instance."""

    code = "deploy-refused"
    is_in_doubt: ClassVar[bool] = True  # it may have been created before it failed to start


class DeployConflictError(DeployRefusedError):
    """A container of this name is there already: another deploy was faster, or an earlier one."""

    code = "deploy-conflict"


class ImageUnavailableError(DeployRefusedError):
    """Docker cannot get this image."""

    code = "image-unavailable"
    is_in_doubt: ClassVar[bool] = False


class InstanceUnknownError(UpstreamRejectedError):
    """The Hummingbot API does not see this instance; that does not prove that it is gone."""

    code = "instance-unknown"


class ContainerUnknownError(UpstreamRejectedError):
    """Docker has no container of this name."""

    code = "container-unknown"


class ContainerForeignError(UpstreamRejectedError):
    """The Hummingbot API removes only containers whose name starts with hummingbot-."""

    code = "container-foreign"


class ContainerCallFailedError(UpstreamError):
    """Docker did not do what was asked of a container."""

    code = "container-call-failed"


class ArchiveFailedError(UpstreamError):
    """The container may be removed, but its folder could not be archived."""

    code = "archive-failed"


class BrokerUnavailableError(UpstreamError):
    """The command could not be handed to the message broker, so the bot did not get it."""

    code = "broker-unavailable"


class DockerUnavailableError(UpstreamError):
    """The Hummingbot API cannot reach Docker."""

    code = "docker-unavailable"


class RunsUnavailableError(UpstreamError):
    """The Hummingbot API cannot read its own database."""

    code = "runs-unavailable"
