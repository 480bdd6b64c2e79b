# After provisioning: what Bicep cannot do. Each step can be repeated.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

# The subscription of this azd environment, whichever the Azure CLI is set to.
function Invoke-Az {
  az @args --subscription $env:AZURE_SUBSCRIPTION_ID
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..3] -join ' ') failed" }
}

function Test-Az {
  az @args --output none --subscription $env:AZURE_SUBSCRIPTION_ID 2>$null
  return $LASTEXITCODE -eq 0
}

# The policy that download signatures name: without it none of them holds. What was signed with a leaked link comes back
# to life with it, unless the account key was renewed (docs/deploy.md).
if ($env:DOWNLOAD_URL_MODE -eq 'sas') {
  $policy = @('--account-name', $env:FIRMWARE_ACCOUNT, '--container-name', $env:RELEASES_CONTAINER, '--name', $env:DOWNLOAD_POLICY, '--auth-mode', 'key')
  $permission = az storage container policy show @policy --query permission --output tsv --subscription $env:AZURE_SUBSCRIPTION_ID 2>$null
  if ("$permission" -notmatch 'r') {
    Invoke-Az storage container policy create @policy --permissions r --expiry 2099-12-31T00:00:00Z --output none
    Write-Host "Devices may download: stored access policy $env:DOWNLOAD_POLICY of the container $env:RELEASES_CONTAINER."
  }
}

# A hub that was there before keeps its own routes; two are added.
if ($env:IOT_HUB_IS_NEW -ne 'true') {
  az extension add --name azure-iot --upgrade --only-show-errors
  if ($LASTEXITCODE -ne 0) { throw 'az extension add failed' }
  $endpoint = 'events'
  if ($env:EVENT_HUBS_NAMESPACE) {
    $endpoint = 'twin-changes'
    Invoke-Az iot hub identity assign --name $env:IOT_HUB_NAME --resource-group $env:IOT_HUB_RESOURCE_GROUP --user-assigned $env:IOT_HUB_IDENTITY_ID --output none
    if (-not (Test-Az iot hub message-endpoint show --hub-name $env:IOT_HUB_NAME --endpoint-name $endpoint)) {
      Invoke-Az iot hub message-endpoint create eventhub --hub-name $env:IOT_HUB_NAME --endpoint-name $endpoint --endpoint-uri "sb://$env:EVENT_HUBS_NAMESPACE.servicebus.windows.net" --entity-path $env:EVENT_HUB_NAME --identity $env:IOT_HUB_IDENTITY_ID --output none
    }
  }
  $routes = @(
    @('firmware-reports', 'twinchangeevents', 'is_defined($body.properties.reported.firmware.fwUpdateStatus) OR is_defined($body.properties.reported.firmware.currentFwVersion)'),
    @('device-life-cycle', 'devicelifecycleevents', 'true')
  )
  foreach ($route in $routes) {
    if (-not (Test-Az iot hub message-route show --hub-name $env:IOT_HUB_NAME --route-name $route[0])) {
      Invoke-Az iot hub message-route create --hub-name $env:IOT_HUB_NAME --route-name $route[0] --source-type $route[1] --condition $route[2] --endpoint-name $endpoint --enabled true --output none
    }
  }
  Write-Host "The hub $env:IOT_HUB_NAME sends twin changes to the endpoint $endpoint."
}
