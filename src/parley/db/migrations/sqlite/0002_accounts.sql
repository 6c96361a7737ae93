-- Accounts, whole: second factors, personal access tokens, lost passwords, and who did what.

-- A token with a name is a personal access token. confirmed_until: how long the second factor that
-- was shown with this token is remembered.

ALTER TABLE login_tokens ADD COLUMN name text;
ALTER TABLE login_tokens ADD COLUMN last_part text;
ALTER TABLE login_tokens ADD COLUMN bypass boolean NOT NULL DEFAULT false;
ALTER TABLE login_tokens ADD COLUMN confirmed_until text;
CREATE UNIQUE INDEX login_tokens_name ON login_tokens (user_id, name) WHERE name IS NOT NULL;

-- recovery: a JSON list of hashes. last_step: the time step whose code was used last.

CREATE TABLE second_factors (
    user_id text PRIMARY KEY,
    secret text NOT NULL,
    enabled boolean NOT NULL,
    last_step bigint NOT NULL,
    recovery text NOT NULL
);

CREATE TABLE password_resets (
    hash text PRIMARY KEY,
    user_id text NOT NULL,
    expires_at text NOT NULL
);
CREATE INDEX password_resets_user ON password_resets (user_id);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);

-- Where somebody has logged in before: guesses from elsewhere do not keep them out.

CREATE TABLE login_addresses (
    user_id text NOT NULL,
    address text NOT NULL,
    last_at text NOT NULL,
    PRIMARY KEY (user_id, address)
);
CREATE INDEX login_addresses_age ON login_addresses (last_at);

-- How much guessing is left: full_at is the moment (epoch ms) at which all tries are there again.

CREATE TABLE guesses (
    key text PRIMARY KEY,
    full_at bigint NOT NULL
);
CREATE INDEX guesses_full ON guesses (full_at);

CREATE TABLE audit (
    id text PRIMARY KEY,
    doc text NOT NULL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL,
    kind text GENERATED ALWAYS AS (doc ->> 't') VIRTUAL,
    actor_id text GENERATED ALWAYS AS (doc -> 'actor' ->> '_id') VIRTUAL,
    target_id text GENERATED ALWAYS AS (doc -> 'target' ->> '_id') VIRTUAL
);
CREATE INDEX audit_ts ON audit (ts, id);
CREATE INDEX audit_actor ON audit (actor_id, ts, id);
CREATE INDEX audit_target ON audit (target_id, ts, id);
