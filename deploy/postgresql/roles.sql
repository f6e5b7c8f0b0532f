-- Roles and database of the portal: psql -X -v ON_ERROR_STOP=1 -f roles.sql, as the superuser. Safe to repeat.
-- Passwords are set by hand, so that none stands in a file or a log: \password portal_owner, and so on.

-- The owner of the tables: init, imports, backup, restore. BYPASSRLS, for dumps and for functions that apply the scope themselves.
SELECT 'CREATE ROLE portal_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_owner') \gexec
ALTER ROLE portal_owner LOGIN BYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

-- What pages and the worker use: owns nothing, and row-level security holds it.
SELECT 'CREATE ROLE portal_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') \gexec
ALTER ROLE portal_app LOGIN NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

-- What the standby copies with.
SELECT 'CREATE ROLE portal_replication' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_replication') \gexec
ALTER ROLE portal_replication LOGIN REPLICATION NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE;

SELECT 'CREATE DATABASE portal OWNER portal_owner ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'portal') \gexec
REVOKE ALL ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal_app;
