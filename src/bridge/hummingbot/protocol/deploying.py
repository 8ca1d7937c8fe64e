"""Deploying: the one call that must never be sent twice.

The upstream checks nothing but names: a missing config, an unknown connector or a pair with a slash
deploy with success, and the bot exits while it boots [deploy_missing_controller_config].
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from bridge.hummingbot.errors import UpstreamError, UpstreamProtocolError
from bridge.hummingbot.protocol.messages import Reply, Request, checked_name, path_to, to_json
from bridge.hummingbot.protocol.reading import decode, is_crash, refusal, said
from bridge.hummingbot.refusals import (
    DeployConflictError,
    DeployRefusedError,
    DockerUnavailableError,
    ImageUnavailableError,
    InputCrashError,
    NameRefusedError,
    ProfileUnknownError,
)
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import Deployed

_DEPLOYED: Final = msgspec.json.Decoder(Deployed)
_STAMP: Final = re.compile(r"-\d{8}-\d{6}")  # the upstream's local time


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What to deploy.

    Attributes:
        instance_name: The upstream appends a stamp. It can remove a container only when the name
            starts with ``hummingbot-``.
        config_names: Names of controller configs that are saved.
        image: None for the upstream's default.
        max_global_drawdown_quote: In quote units.
    """

    instance_name: str
    account: str
    config_names: tuple[str, ...]
    image: str | None = None
    max_global_drawdown_quote: Decimal | None = None
    max_controller_drawdown_quote: Decimal | None = None


def deploy(deployment: Deployment) -> Request:
    """Start a new instance; sent twice it makes two [deploy_same_name_again].

    Raises:
        NameRefusedError: A name is none; the upstream would break on it [deploy_name:a.b].
    """
    body: dict[str, object] = {
        "instance_name": checked_name("instance", deployment.instance_name),
        "credentials_profile": checked_name("account", deployment.account),
        "controllers_config": [
            checked_name("controller config", name) for name in deployment.config_names
        ],
        "headless": True,
    }
    optional = {
        "image": deployment.image,
        "max_global_drawdown_quote": deployment.max_global_drawdown_quote,
        "max_controller_drawdown_quote": deployment.max_controller_drawdown_quote,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    path = path_to("bot-orchestration", "deploy-v2-controllers")
    return Request("deploy", "POST", path, "blocking-effect", body=to_json(body))


def decode_deployed(reply: Reply, instance_name: str) -> str:
    """Return the name of the new instance, which is also its container's [deploy_ok].

    Args:
        reply: The answer, with status 200 also when Docker refused.
        instance_name: What was asked for.

    Raises:
        DeployConflictError: The container's name is taken [deploy_same_second_2nd].
        ImageUnavailableError: Docker cannot get the image [deploy_bad_image].
        DeployRefusedError: Another refusal of Docker.
        ProfileUnknownError: There is no such profile [deploy_missing_account].
        NameRefusedError: The name is too long for a file [deploy_name:xxxxxxxxxx].
        InputCrashError: The upstream broke on a name, or at a step nobody knows [deploy_name:a/b].
        DockerUnavailableError: The upstream cannot reach Docker [docker_down:deploy].
        UpstreamProtocolError: It claims success, but not with the name of such an instance.
    """
    if is_crash(reply):
        raise InputCrashError
    if said(reply):
        raise _failure(reply)
    deployed = decode(reply, _DEPLOYED)
    if not deployed.success:
        raise _refused(deployed.message)
    name = deployed.unique_instance_name or ""
    if not name.startswith(instance_name) or not _STAMP.fullmatch(name[len(instance_name) :]):
        raise UpstreamProtocolError
    return name


def _refused(message: str) -> DeployRefusedError:
    reason = scrub(message)
    if message.startswith("409 "):
        return DeployConflictError(reason=reason)
    if "/images/create" in message:
        return ImageUnavailableError(reason=reason)
    return DeployRefusedError(reason=reason)


def _failure(reply: Reply) -> UpstreamError:
    text = said(reply)
    if "No such file or directory: 'bots/credentials/" in text:
        return ProfileUnknownError()
    if "File name too long" in text:
        return NameRefusedError()
    if "Connection aborted" in text or "Connection refused" in text:
        return DockerUnavailableError(reason=scrub(text))
    return refusal(reply)
