"""The HTTP face of the strategies."""

from litestar import Controller, get

from bridge.bots.strategy_catalogue import StrategyList, strategy_list
from bridge.openapi import answers


class StrategiesController(Controller):
    """Strategies."""

    path = "/strategies"
    tags = ("bots",)

    @get(operation_id="listStrategies", responses=answers(401))
    async def list_strategies(self) -> StrategyList:
        """Return the strategies that a bot may have, with all that a form for each needs."""
        return strategy_list()
