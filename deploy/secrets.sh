#!/bin/sh
# Makes what the processes prove themselves with, at random and once, and lays the first configuration down.
# Reads REGIONS, names with blanks between. /secrets/<region> is a volume that only that region's processes mount;
# /secrets/hub is the hub's; /configuration is what the control worker and the api read.
set -eu
umask 077

NODE_USER=1000 # `node` in the image of the processes that read these files

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# keep FILE TEXT: writes it unless it is there, whole or not at all.
keep() {
  if [ -s "$1" ]; then return; fi
  printf '%s\n' "$2" >"$1.new"
  chown "$NODE_USER:$NODE_USER" "$1.new"
  mv "$1.new" "$1"
}

key() { printf '{ "accessKey": "%s", "secretKey": "%s" }' "$1" "$(cat "$2")"; }

for region in $REGIONS; do
  at=/secrets/$region
  for name in gateway.token runtime.token store.secret hub.secret; do keep "$at/$name" "$(random)"; done
  keep "$at/store-key.json" "$(key "$region" "$at/store.secret")"
  keep "$at/hub-key.json" "$(key "$region" "$at/hub.secret")"
  chown "$NODE_USER:$NODE_USER" "$at"
done

at=/secrets/hub
for name in root.secret control.secret api.token hook.secret; do keep "$at/$name" "$(random)"; done
keep "$at/hub-key.json" "$(key control "$at/control.secret")"
keep "$at/registry.yml" "version: 0.1
storage:
  filesystem: { rootdirectory: /var/lib/registry }
  delete: { enabled: true }
http: { addr: ':5000' }
notifications:
  endpoints:
    - name: meridian
      url: http://api:7300/v1/hooks/registry
      headers: { Authorization: ['Bearer $(cat "$at/hook.secret")'] }
      timeout: 2s
      threshold: 5
      backoff: 5s"
chown "$NODE_USER:$NODE_USER" "$at"

# What `meridian apply` installs afterwards stays.
for file in /deploy/configuration/*; do
  name=${file##*/}
  if [ -f "$file" ] && [ ! -e "/configuration/$name" ]; then cp "$file" "/configuration/$name"; fi
done
chmod 755 /configuration
chown -R "$NODE_USER:$NODE_USER" /configuration
echo "secrets and configuration are there for the hub and for: $REGIONS"
