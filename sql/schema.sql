-- Made by 'make snapshot' from the migrations; read it, but change those.

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    public_id text NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    client_id uuid,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT api_keys_client_id_check CHECK (((client_id IS NOT NULL) = (role = 'client'::text))),
    CONSTRAINT api_keys_name_check CHECK ((name <> ''::text)),
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'operator'::text, 'viewer'::text, 'client'::text]))),
    CONSTRAINT api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
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
    desired_at timestamp with time zone DEFAULT now() NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    known_state text DEFAULT 'stopped'::text NOT NULL,
    is_stale boolean DEFAULT false NOT NULL,
    merge_at timestamp with time zone,
    instance text,
    running_revision integer,
    performance jsonb,
    deleted_at timestamp with time zone,
    CONSTRAINT bots_config_check CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT bots_desired_state_check CHECK ((desired_state = ANY (ARRAY['running'::text, 'stopped'::text]))),
    CONSTRAINT bots_revision_check CHECK ((revision >= 1)),
    CONSTRAINT bots_state_check CHECK ((state = ANY (ARRAY['stopped'::text, 'starting'::text, 'running'::text, 'stopping'::text, 'error'::text, 'lost'::text, 'unknown'::text, 'conflict'::text])))
);

CREATE TABLE public.chores (
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chores_kind_check CHECK ((kind = ANY (ARRAY['sync_connector'::text, 'remove_client'::text])))
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
    deleted_at timestamp with time zone,
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
    deleted_at timestamp with time zone,
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

CREATE TABLE public.heartbeats (
    name text NOT NULL,
    token bigint NOT NULL,
    beat_at timestamp with time zone NOT NULL,
    last_look_at timestamp with time zone,
    pace_seconds double precision DEFAULT 1 NOT NULL,
    look_error text,
    hold text
);

CREATE TABLE public.idempotency_keys (
    actor text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    answer bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_fingerprint_check CHECK ((octet_length(fingerprint) = 32))
);

CREATE TABLE public.installation (
    is_only boolean DEFAULT true NOT NULL,
    id uuid NOT NULL,
    place text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_is_only_check CHECK (is_only)
);

CREATE TABLE public.instances (
    name text NOT NULL,
    instance_name text NOT NULL,
    bot_id uuid,
    run_id uuid,
    account text,
    connector text,
    pair text,
    config_name text,
    first_seen_at timestamp with time zone NOT NULL,
    condition text,
    condition_since timestamp with time zone,
    is_active boolean DEFAULT false NOT NULL,
    is_dud boolean DEFAULT false NOT NULL,
    gone_at timestamp with time zone,
    checked_at timestamp with time zone,
    stop_asked_at timestamp with time zone,
    force_asked_at timestamp with time zone,
    stop_sent_at timestamp with time zone,
    told_at timestamp with time zone,
    archive_sent_at timestamp with time zone,
    stop_attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT instances_condition_check CHECK ((condition = ANY (ARRAY['trading'::text, 'idle'::text, 'emptied'::text, 'quiet'::text, 'waiting'::text, 'absent'::text, 'exited'::text, 'unreadable'::text])))
);

CREATE TABLE public.leases (
    name text NOT NULL,
    token bigint NOT NULL,
    holder text NOT NULL,
    taken_at timestamp with time zone NOT NULL
);

CREATE TABLE public.login_challenges (
    message_hash bytea NOT NULL,
    chain text NOT NULL,
    address text NOT NULL,
    origin text,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT login_challenges_chain_check CHECK ((chain = ANY (ARRAY['evm'::text, 'solana'::text]))),
    CONSTRAINT login_challenges_message_hash_check CHECK ((octet_length(message_hash) = 32))
);

CREATE TABLE public.rate_limits (
    name text NOT NULL,
    full_at timestamp with time zone NOT NULL
);

CREATE TABLE public.runs (
    id uuid NOT NULL,
    bot_id uuid NOT NULL,
    generation integer NOT NULL,
    phase text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    lease_token bigint,
    config_name text,
    revision integer NOT NULL,
    seen_revision integer,
    config jsonb NOT NULL,
    credentials_revision integer,
    instance text,
    requested_at timestamp with time zone NOT NULL,
    deploying_at timestamp with time zone,
    deployed_at timestamp with time zone,
    first_active_at timestamp with time zone,
    first_figures_at timestamp with time zone,
    effect_ended_at timestamp with time zone,
    next_attempt_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text,
    orders_cancelled text,
    error text,
    performance jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT runs_ended_at_check CHECK ((((ended_at IS NULL) = (outcome IS NULL)) AND ((ended_at IS NULL) = (phase <> 'ended'::text)))),
    CONSTRAINT runs_instance_check CHECK (((phase <> ALL (ARRAY['deployed'::text, 'stopping'::text])) OR (instance <> ''::text))),
    CONSTRAINT runs_orders_cancelled_check CHECK ((orders_cancelled = ANY (ARRAY['yes'::text, 'unknown'::text]))),
    CONSTRAINT runs_outcome_check CHECK ((outcome = ANY (ARRAY['stopped'::text, 'cancelled'::text, 'failed'::text, 'expired'::text, 'gone'::text]))),
    CONSTRAINT runs_phase_check CHECK ((phase = ANY (ARRAY['requested'::text, 'deploying'::text, 'deployed'::text, 'stopping'::text, 'ended'::text])))
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    role text NOT NULL,
    client_id uuid,
    chain text NOT NULL,
    address text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sessions_chain_check CHECK ((chain = ANY (ARRAY['evm'::text, 'solana'::text]))),
    CONSTRAINT sessions_client_id_check CHECK (((client_id IS NOT NULL) = (role = 'client'::text))),
    CONSTRAINT sessions_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'client'::text]))),
    CONSTRAINT sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE public.stream_tickets (
    ticket_hash bytea NOT NULL,
    api_key_id uuid,
    session_id uuid,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stream_tickets_session_id_check CHECK (((api_key_id IS NULL) OR (session_id IS NULL))),
    CONSTRAINT stream_tickets_ticket_hash_check CHECK ((octet_length(ticket_hash) = 32))
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

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_public_id_key UNIQUE (public_id);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_instance_name_key UNIQUE (instance_name);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.chores
    ADD CONSTRAINT chores_pkey PRIMARY KEY (kind, subject_id);

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

ALTER TABLE ONLY public.heartbeats
    ADD CONSTRAINT heartbeats_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor, key);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_pkey PRIMARY KEY (message_hash);

ALTER TABLE ONLY public.rate_limits
    ADD CONSTRAINT rate_limits_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_bot_id_generation_key UNIQUE (bot_id, generation);

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.stream_tickets
    ADD CONSTRAINT stream_tickets_pkey PRIMARY KEY (ticket_hash);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (account);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_address_key_key UNIQUE (address_key);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_client_id_id_key UNIQUE (client_id, id);

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_pkey PRIMARY KEY (id);

CREATE INDEX api_keys_client_id_idx ON public.api_keys USING btree (client_id);

CREATE INDEX bots_account_created_at_id_idx ON public.bots USING btree (account, created_at, id);

CREATE INDEX bots_client_id_account_idx ON public.bots USING btree (client_id, account);

CREATE INDEX bots_created_at_id_idx ON public.bots USING btree (created_at, id);

CREATE INDEX chores_due_at_idx ON public.chores USING btree (due_at);

CREATE INDEX clients_created_at_id_idx ON public.clients USING btree (created_at, id);

CREATE INDEX events_account_created_at_id_idx ON public.events USING btree (account, created_at, id);

CREATE INDEX events_action_created_at_id_idx ON public.events USING btree (action, created_at, id);

CREATE INDEX events_actor_created_at_id_idx ON public.events USING btree (actor, created_at, id);

CREATE INDEX events_created_at_id_idx ON public.events USING btree (created_at, id);

CREATE INDEX events_subject_created_at_id_idx ON public.events USING btree (subject, created_at, id);

CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys USING btree (created_at);

CREATE INDEX instances_bot_id_idx ON public.instances USING btree (bot_id);

CREATE INDEX instances_name_idx ON public.instances USING btree (name) WHERE (gone_at IS NULL);

CREATE INDEX instances_run_id_idx ON public.instances USING btree (run_id);

CREATE INDEX login_challenges_expires_at_idx ON public.login_challenges USING btree (expires_at);

CREATE UNIQUE INDEX runs_bot_id_idx ON public.runs USING btree (bot_id) WHERE (ended_at IS NULL);

CREATE INDEX runs_instance_idx ON public.runs USING btree (instance);

CREATE INDEX sessions_client_id_idx ON public.sessions USING btree (client_id);

CREATE INDEX sessions_expires_at_idx ON public.sessions USING btree (expires_at);

CREATE INDEX stream_tickets_api_key_id_idx ON public.stream_tickets USING btree (api_key_id);

CREATE INDEX stream_tickets_session_id_idx ON public.stream_tickets USING btree (session_id);

CREATE INDEX versions_changed_at_idx ON public.versions USING btree (changed_at);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_client_id_account_fkey FOREIGN KEY (client_id, account) REFERENCES public.clients(id, account_identifier) ON DELETE CASCADE;

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_id_primary_wallet_id_fkey FOREIGN KEY (id, primary_wallet_id) REFERENCES public.wallets(client_id, id) ON DELETE SET NULL (primary_wallet_id);

ALTER TABLE ONLY public.connectors
    ADD CONSTRAINT connectors_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.heartbeats
    ADD CONSTRAINT heartbeats_name_fkey FOREIGN KEY (name) REFERENCES public.leases(name);

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stream_tickets
    ADD CONSTRAINT stream_tickets_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES public.api_keys(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.stream_tickets
    ADD CONSTRAINT stream_tickets_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.wallets
    ADD CONSTRAINT wallets_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;
