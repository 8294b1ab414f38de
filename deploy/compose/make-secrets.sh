#!/bin/sh
# Makes the secrets of compose.yaml, once: random ones, in deploy/compose/secrets, which Git and the image leave out.
set -eu
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo "deploy/compose/secrets is there already"
  exit 0
fi
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -m 700 secrets.new
# Containers read the files below as users of their own: the folder keeps the others on this machine out.
umask 022
database=$(random)
redis=$(random)
metrics=$(random)
cat >secrets.new/service.env <<END
JWT_SECRET=$(random)
METRICS_TOKEN=$metrics
DB_PASSWORD=$database
REDIS_PASSWORD=$redis
END
echo "POSTGRES_PASSWORD=$database" >secrets.new/postgres.env
echo "GF_SECURITY_ADMIN_PASSWORD=$(random)" >secrets.new/grafana.env
printf '%s' "$metrics" >secrets.new/metrics-token
cat >secrets.new/valkey.conf <<END
requirepass $redis
dir /data
maxmemory 1gb
maxmemory-policy noeviction
appendonly yes
END
mv secrets.new secrets
echo "Made deploy/compose/secrets. Grafana: admin, with the password in grafana.env"
