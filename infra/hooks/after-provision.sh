#!/bin/sh
# After provisioning: what Bicep cannot do. Each step can be repeated.
set -eu

# The subscription of this azd environment, whichever the Azure CLI is set to.
az() { command az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"; }

# The policy that download signatures name: without it none of them holds. What was signed with a leaked link comes back
# to life with it, unless the account key was renewed (docs/deploy.md).
if [ "$DOWNLOAD_URL_MODE" = "sas" ]; then
  if ! az storage container policy show --account-name "$FIRMWARE_ACCOUNT" --container-name "$RELEASES_CONTAINER" \
    --name "$DOWNLOAD_POLICY" --auth-mode key --query permission --output tsv 2>/dev/null | grep -q r; then
    az storage container policy create --account-name "$FIRMWARE_ACCOUNT" --container-name "$RELEASES_CONTAINER" \
      --name "$DOWNLOAD_POLICY" --permissions r --expiry 2099-12-31T00:00:00Z --auth-mode key --output none
    echo "Devices may download: stored access policy $DOWNLOAD_POLICY of the container $RELEASES_CONTAINER."
  fi
fi

# A hub that was there before keeps its own routes; two are added.
if [ "$IOT_HUB_IS_NEW" != "true" ]; then
  command az extension add --name azure-iot --upgrade --only-show-errors
  endpoint=events
  if [ -n "${EVENT_HUBS_NAMESPACE:-}" ]; then
    endpoint=twin-changes
    az iot hub identity assign --name "$IOT_HUB_NAME" --resource-group "$IOT_HUB_RESOURCE_GROUP" \
      --user-assigned "$IOT_HUB_IDENTITY_ID" --output none
    if ! az iot hub message-endpoint show --hub-name "$IOT_HUB_NAME" --endpoint-name "$endpoint" --output none 2>/dev/null; then
      az iot hub message-endpoint create eventhub --hub-name "$IOT_HUB_NAME" --endpoint-name "$endpoint" \
        --endpoint-uri "sb://$EVENT_HUBS_NAMESPACE.servicebus.windows.net" --entity-path "$EVENT_HUB_NAME" \
        --identity "$IOT_HUB_IDENTITY_ID" --output none
    fi
  fi
  add_route() {
    if ! az iot hub message-route show --hub-name "$IOT_HUB_NAME" --route-name "$1" --output none 2>/dev/null; then
      az iot hub message-route create --hub-name "$IOT_HUB_NAME" --route-name "$1" --source-type "$2" \
        --condition "$3" --endpoint-name "$endpoint" --enabled true --output none
    fi
  }
  # shellcheck disable=SC2016 # $body is a word of the routing language
  add_route firmware-reports twinchangeevents 'is_defined($body.properties.reported.firmware.fwUpdateStatus) OR is_defined($body.properties.reported.firmware.currentFwVersion)'
  add_route device-life-cycle devicelifecycleevents 'true'
  echo "The hub $IOT_HUB_NAME sends twin changes to the endpoint $endpoint."
fi
