#!/bin/sh
# Brings Temporal's two databases to the schema of this image. Each command does only what is left to do, so it may run
# at every start. Reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD (the names that temporal-sql-tool knows).
set -eu

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  temporal-sql-tool --database "$database" create
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema \
    --schema-dir "/etc/temporal/schema/postgresql/v12/${pair#*:}/versioned"
  echo "$database is up to date"
done
