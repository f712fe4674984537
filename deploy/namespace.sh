#!/bin/sh
# Makes meridian's namespace where it is missing. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION.
set -eu

ATTEMPTS=60
attempt=1
until temporal operator cluster health --address "$TEMPORAL_ADDRESS" >/dev/null 2>&1; do
  if [ "$attempt" -ge "$ATTEMPTS" ]; then
    echo "Temporal at $TEMPORAL_ADDRESS is not healthy after $ATTEMPTS attempts; see the log of the service temporal" >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 2
done

set -- --address "$TEMPORAL_ADDRESS" --namespace "$TEMPORAL_NAMESPACE"
if temporal operator namespace describe "$@" >/dev/null 2>&1; then
  echo "namespace $TEMPORAL_NAMESPACE is there"
else
  temporal operator namespace create "$@" --retention "$RETENTION"
  echo "namespace $TEMPORAL_NAMESPACE made, histories kept for $RETENTION"
fi
