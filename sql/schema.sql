-- Made by 'make snapshot' from the migrations; read it, but change those.

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.bots (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    account text NOT NULL,
    instance_name text NOT NULL,
    name text NOT NULL,
    connector text NOT NULL,
    pair text NOT NULL,
    strategy text NOT NULL,
    config jsonb NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    desired_state text DEFAULT 'stopped'::text NOT NULL,
    state text DEFAULT 'stopped'::text NOT NULL,
    reason text DEFAULT 'never_deployed'::text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT bots_config_check CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT bots_desired_state_check CHECK ((desired_state = ANY (ARRAY['running'::text, 'stopped'::text]))),
    CONSTRAINT bots_revision_check CHECK ((revision >= 1)),
    CONSTRAINT bots_state_check CHECK ((state = ANY (ARRAY['stopped'::text, 'starting'::text, 'running'::text, 'stopping'::text, 'error'::text, 'lost'::text, 'unknown'::text, 'conflict'::text])))
);

CREATE TABLE public.clients (
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    account_identifier text NOT NULL,
    primary_wallet_id uuid,
    self_service boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT clients_account_identifier_check CHECK (((account_identifier ~ '^[A-Za-z0-9_-]{1,64}$'::text) AND (lower(translate(account_identifier, '_-'::text, ''::text)) <> 'masteraccount'::text))),
    CONSTRAINT clients_name_check CHECK ((name <> ''::text))
);

CREATE TABLE public.connectors (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    exchange text NOT NULL,
    sealed_credentials bytea NOT NULL,
    preview text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    synced_revision integer,
    sync_error text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT connectors_name_check CHECK (((name = lower(name)) AND (name <> ''::text))),
    CONSTRAINT connectors_revision_check CHECK ((revision >= 1))
);

CREATE TABLE public.events (
    id uuid NOT NULL,
    account text,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    request_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.versions (
    account text NOT NULL,
    version bigint NOT NULL,
    tag text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT versions_version_check CHECK ((version >= 1))
);

CREATE TABLE public.wallets (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    chain text NOT NULL,
    address text NOT NULL,
    address_key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT wallets_address_key_check CHECK ((address_key = lower(address))),
    CONSTRAINT wallets_chain_check CHECK ((chain = ANY (ARRAY['evm'::text, 'solana'::text])))
);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_instance_name_key UNIQUE (instance_name);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_account_identifier_key UNIQUE (account_identifier);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_id_account_identifier_key UNIQUE (id, account_identifier);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_client_id_name_key UNIQUE (client_id, name);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (account);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_address_key_key UNIQUE (address_key);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_pkey PRIMARY KEY (id);

CREATE INDEX bots_account_created_at_id_idx ON public.bots USING btree (account, created_at, id);

CREATE INDEX bots_client_id_account_idx ON public.bots USING btree (client_id, account);

CREATE INDEX bots_created_at_id_idx ON public.bots USING btree (created_at, id);

CREATE INDEX clients_created_at_id_idx ON public.clients USING btree (created_at, id);

CREATE INDEX events_account_created_at_idx ON public.events USING btree (account, created_at);

CREATE INDEX versions_changed_at_idx ON public.versions USING btree (changed_at);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_client_id_account_fkey FOREIGN KEY (client_id, account) REFERENCES public.clients(id, account_identifier) ON DELETE CASCADE;

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_id_primary_wallet_id_fkey FOREIGN KEY (id, primary_wallet_id) REFERENCES public.wallets(client_id, id) ON DELETE SET NULL (primary_wallet_id);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;
