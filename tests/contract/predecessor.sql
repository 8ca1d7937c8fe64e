-- The tables that the predecessor made at its start (adminpipelabs/trading-bridge, app/database.py
-- and migrations/*.sql of early 2026), with rows of every kind that its users could make.
CREATE TABLE clients (
    id varchar PRIMARY KEY,
    name varchar NOT NULL,
    account_identifier varchar NOT NULL,
    wallet_address varchar,
    wallet_type varchar,
    email varchar,
    password_hash varchar,
    status varchar,
    tier varchar,
    role varchar,
    settings json,
    created_at timestamp,
    updated_at timestamp
);
CREATE UNIQUE INDEX ix_clients_account_identifier ON clients (account_identifier);
CREATE INDEX ix_clients_wallet_address ON clients (wallet_address);

CREATE TABLE wallets (
    id varchar PRIMARY KEY,
    client_id varchar NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    chain varchar NOT NULL,
    address varchar NOT NULL,
    created_at timestamp
);
CREATE INDEX ix_wallets_address ON wallets (address);
CREATE INDEX idx_wallet_address ON wallets (address);

CREATE TABLE connectors (
    id varchar PRIMARY KEY,
    client_id varchar NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name varchar NOT NULL,
    api_key varchar,
    api_secret varchar,
    memo varchar,
    created_at timestamp
);

CREATE TABLE bots (
    id varchar PRIMARY KEY,
    client_id varchar NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    account varchar NOT NULL,
    instance_name varchar UNIQUE,
    name varchar NOT NULL,
    connector varchar,
    pair varchar,
    strategy varchar,
    bot_type varchar,
    status varchar,
    config json NOT NULL,
    stats json,
    error varchar,
    created_at timestamp,
    updated_at timestamp,
    health_status varchar(20) DEFAULT 'unknown',
    chain varchar(20)
);
CREATE INDEX ix_bots_account ON bots (account);
CREATE INDEX idx_bots_account ON bots (account);
CREATE INDEX idx_bots_status ON bots (status);

CREATE TABLE bot_wallets (
    id varchar PRIMARY KEY,
    bot_id varchar NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    wallet_address varchar NOT NULL,
    encrypted_private_key varchar NOT NULL,
    created_at timestamp
);

INSERT INTO clients (id, name, account_identifier, wallet_address, email, created_at, updated_at)
VALUES
(
    '11111111-1111-4111-8111-111111111111', 'Sharp Foundation', 'client_sharp', NULL,
    'ops@sharp.io', '2026-01-20 10:00:00', '2026-01-21 10:00:00'
),
(
    '22222222-2222-4222-8222-222222222222', 'Lynk', 'Lynk & Co (main)',
    'BrLyvX5p7HYXsc94AQXXNUfe7zbCYriDfUT1p3DafuCV', ' ', '2026-01-22 10:00:00', NULL
),
('admin', '', 'admin', NULL, NULL, NULL, NULL),
(
    '44444444-4444-4444-8444-444444444444', 'Greedy', 'master_account', NULL, NULL,
    '2026-01-23 10:00:00', '2026-01-23 10:00:00'
);

INSERT INTO wallets (id, client_id, chain, address, created_at)
VALUES
(
    'a1111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111', 'evm',
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed', '2026-01-20 10:00:00'
),
(
    'a2222222-2222-4222-8222-222222222222', '22222222-2222-4222-8222-222222222222', 'solana',
    'brlyvx5p7hyxsc94aqxxnufe7zbcyridfut1p3dafucv', '2026-01-22 10:00:00'
),
-- The same wallet as the first one, of another client and later.
(
    'a3333333-3333-4333-8333-333333333333', '44444444-4444-4444-8444-444444444444', 'EVM',
    '0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED', '2026-01-23 10:00:00'
),
-- Solana in lower case, with no trace of the real address.
(
    'a4444444-4444-4444-8444-444444444444', '44444444-4444-4444-8444-444444444444', 'solana',
    'dezxaz8z7pnrnrjjz3wxborgixca6xjnb7yab1ppb263', '2026-01-23 10:00:00'
),
('by hand', 'admin', 'evm', '0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359 ', NULL);

INSERT INTO connectors (id, client_id, name, api_key, api_secret, memo, created_at)
VALUES
(
    'c1111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111', 'BitMart',
    'canary-key', 'canary-secret', 'canary-memo', '2026-01-20 10:00:00'
);

INSERT INTO bots (
    id, client_id, account, instance_name, name, connector, pair, strategy, bot_type, status,
    config, created_at, updated_at
)
VALUES
(
    'b1111111-1111-4111-8111-aaaaaaaaaaaa', '11111111-1111-4111-8111-111111111111', 'client_sharp',
    'client_sharp_b1111111', 'Sharp spread', 'BitMart', 'sharp/usdt', 'spread', NULL, 'running',
    '{"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1000, "order_interval": 60}',
    '2026-01-20 10:00:00', '2026-01-25 10:00:00'
),
-- As the later versions made bots of Solana.
(
    'b2222222-2222-4222-8222-bbbbbbbbbbbb', '22222222-2222-4222-8222-222222222222',
    'Lynk & Co (main)', NULL, 'Lynk volume', NULL, NULL, NULL, 'volume', 'stopped',
    '{"pair": "LYNK-USDC", "daily_volume_usd": 5000, "private_key": "canary-private",
      "wallet": {"privateKey": "canary-nested"}}',
    '2026-01-22 10:00:00', '2026-01-22 10:00:00'
),
('bot by hand', 'admin', 'admin', NULL, '', 'bitmart', 'A_B/C', 'grid', NULL, NULL, '[]', NULL, NULL),
-- Nothing says what it trades.
(
    'b4444444-4444-4444-8444-dddddddddddd', '44444444-4444-4444-8444-444444444444',
    'master_account', 'x', 'No pair', 'bitmart', NULL, 'spread', NULL, 'stopped', '{}',
    '2026-01-23 10:00:00', '2026-01-23 10:00:00'
),
(
    'b5555555-5555-4555-8555-eeeeeeeeeeee', '44444444-4444-4444-8444-444444444444',
    'master_account', 'y', 'Own strategy', 'bitmart', 'A/B', 'moonshot', NULL, 'stopped', '{}',
    '2026-01-23 10:00:00', '2026-01-23 10:00:00'
);

INSERT INTO bot_wallets (id, bot_id, wallet_address, encrypted_private_key)
VALUES ('w1', 'b2222222-2222-4222-8222-bbbbbbbbbbbb', 'x', 'sealed');
