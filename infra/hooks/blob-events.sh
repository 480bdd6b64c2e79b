#!/bin/sh
# After deploying: subscribes the app to the uploads (infra/events.bicep). Event Grid calls the app to see that it is
# there, and an app that scaled to zero may answer too late: it is woken first, and the step is tried again.
set -eu

# The subscription of this azd environment, whichever the Azure CLI is set to.
az() { command az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"; }

tries=5
attempt=1
while :; do
  curl --silent --show-error --output /dev/null --max-time 60 "$API_URL/health" || true
  if az deployment group create --name blob-events --resource-group "$AZURE_RESOURCE_GROUP" \
    --template-file infra/events.bicep --output none \
    --parameters functionAppName="$FUNCTION_APP_NAME" firmwareAccountName="$FIRMWARE_ACCOUNT" \
    firmwareContainer="$FIRMWARE_CONTAINER"; then
    break
  fi
  if [ "$attempt" -ge "$tries" ]; then
    echo "Uploads are not told of by events yet; the app finds them itself every five minutes." >&2
    echo "Run 'azd hooks run postdeploy' to try again." >&2
    exit 1
  fi
  echo "Try $attempt of $tries failed; the next one follows in $((attempt * 15)) seconds." >&2
  sleep $((attempt * 15))
  attempt=$((attempt + 1))
done

echo "Ready. Drop an image into the container $FIRMWARE_CONTAINER of $FIRMWARE_ACCOUNT; the API is $API_URL."
