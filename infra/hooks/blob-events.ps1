# After deploying: subscribes the app to the uploads (infra/events.bicep). Event Grid calls the app to see that it is
# there, and an app that scaled to zero may answer too late: it is woken first, and the step is tried again.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$tries = 5
for ($attempt = 1; ; $attempt++) {
  try { Invoke-WebRequest -Uri "$env:API_URL/health" -TimeoutSec 60 -UseBasicParsing | Out-Null } catch { Write-Host "Not awake yet: $_" }
  az deployment group create --name blob-events --subscription $env:AZURE_SUBSCRIPTION_ID --resource-group $env:AZURE_RESOURCE_GROUP --template-file infra/events.bicep --output none --parameters functionAppName=$env:FUNCTION_APP_NAME firmwareAccountName=$env:FIRMWARE_ACCOUNT firmwareContainer=$env:FIRMWARE_CONTAINER
  if ($LASTEXITCODE -eq 0) { break }
  if ($attempt -ge $tries) {
    Write-Host 'Uploads are not told of by events yet; the app finds them itself every five minutes.'
    Write-Host "Run 'azd hooks run postdeploy' to try again."
    exit 1
  }
  Write-Host "Try $attempt of $tries failed; the next one follows in $($attempt * 15) seconds."
  Start-Sleep -Seconds ($attempt * 15)
}

Write-Host "Ready. Drop an image into the container $env:FIRMWARE_CONTAINER of $env:FIRMWARE_ACCOUNT; the API is $env:API_URL."
