# Before provisioning: makes the secret of the download proxy, once. Released configurations hold what was computed
# from it, so it has to stay the same for good; azd keeps it in the environment.
$ErrorActionPreference = 'Stop'

if ($env:OTA_DOWNLOAD_URL_MODE -eq 'proxy' -and -not $env:OTA_DOWNLOAD_TOKEN_KEY) {
  $bytes = New-Object byte[] 32
  [System.Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($bytes)
  azd env set OTA_DOWNLOAD_TOKEN_KEY ([System.BitConverter]::ToString($bytes).Replace('-', '').ToLower())
  if ($LASTEXITCODE -ne 0) { exit 1 }
  Write-Host 'Made the secret of the download proxy: OTA_DOWNLOAD_TOKEN_KEY in this azd environment. Keep it.'
}
