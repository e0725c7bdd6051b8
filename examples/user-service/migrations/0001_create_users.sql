CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Addresses that differ in case only are one address; an address is ASCII.
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));
