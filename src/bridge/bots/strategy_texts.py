"""What each field of a strategy's config is, in one sentence for people."""

from typing import Final

from bridge.bots.strategies import GridConfig, PassthroughConfig, Shape, SpreadConfig

LIMITS: Final = {
    "max_global_drawdown_quote": "Loss at which the whole bot is stopped.",
    "max_controller_drawdown_quote": "Loss at which the bot's strategy is stopped.",
}
DESCRIPTIONS: Final[dict[type[Shape], dict[str, str]]] = {
    SpreadConfig: {
        "bid_spread": "How far below the middle price it buys.",
        "ask_spread": "How far above the middle price it sells.",
        "order_interval": "How long orders stay before they are placed anew.",
        "order_amount": "Size of each order.",
    },
    GridConfig: {
        "side": "Whether the grid buys first or sells first.",
        "start_price": "Lower end of the price range.",
        "end_price": "Upper end of the price range.",
        "limit_price": "Where the grid gives up: below the range if it buys, above if it sells.",
        "total_amount_quote": "Amount over all levels.",
        "min_spread_between_orders": "Least distance between two levels.",
        "min_order_amount_quote": "Least size of an order.",
        "max_open_orders": "Most opening orders at a time.",
        "max_orders_per_batch": "Most orders that are placed in one round.",
        "order_interval": "Least time between two rounds of new orders.",
        "activation_bounds": "Orders farther than this from the price are not placed yet.",
        "take_profit": "How far from its level the closing order stands.",
        "keep_position": "Whether what was bought is kept when the grid ends.",
    },
    PassthroughConfig: {
        "type": "Kind of the Hummingbot controller.",
        "name": "Name of the Hummingbot controller.",
        "config": "Config of the controller; market and id are set by the bot.",
    },
}
