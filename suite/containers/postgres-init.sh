#!/bin/bash
# One database for each service, with two roles: <service>_owner, who owns the tables and migrates them, and
# <service>, who only works with the rows. PostgreSQL runs this once, for an empty data folder.
set -eu
for service in membership facilities activities welfare notifications; do
    prefix=$(printf '%s' "$service" | tr '[:lower:]' '[:upper:]')
    owner_password="${prefix}_OWNER_PASSWORD"
    password="${prefix}_DATABASE_PASSWORD"
    psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
        -v service="$service" -v owner="${service}_owner" \
        -v owner_password="${!owner_password:?}" -v password="${!password:?}" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"owner";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"service";
\connect :"service"
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"service";
SQL
done
