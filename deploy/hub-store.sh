#!/bin/sh
# Makes the hub's bucket and its users: `control` owns it, each region may read it and nothing more.
# Reads ADMIN_ENDPOINT_URL and ADMIN_ACCESS_KEY (the names that versitygw knows), BUCKET and REGIONS, names with blanks
# between; the secrets lie in SECRETS, as deploy/secrets.sh made them.
set -eu

ADMIN_SECRET_KEY=$(cat "$SECRETS/hub/root.secret")
export ADMIN_SECRET_KEY

user() {
  secret=$(cat "$2")
  if versitygw admin create-user --access "$1" --secret "$secret" --role user 2>/dev/null; then
    echo "user $1 made"
  else
    versitygw admin update-user --access "$1" --secret "$secret"
    echo "user $1 is there, its secret is set"
  fi
}

user control "$SECRETS/hub/control.secret"
readers=
for region in $REGIONS; do
  user "$region" "$SECRETS/$region/hub.secret"
  readers="${readers:+$readers,}$region"
done

if versitygw admin list-buckets | grep -q "^$BUCKET "; then
  echo "bucket $BUCKET is there"
else
  versitygw admin create-bucket --bucket "$BUCKET" --owner control --grant-read "$readers" \
    --object-ownership BucketOwnerPreferred
  echo "bucket $BUCKET made; read by $readers"
fi
