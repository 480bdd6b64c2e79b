#!/bin/sh
# Before provisioning: makes the secret of the download proxy, once. Released configurations hold what was computed
# from it, so it has to stay the same for good; azd keeps it in the environment.
set -eu

if [ "${OTA_DOWNLOAD_URL_MODE:-sas}" = "proxy" ] && [ -z "${OTA_DOWNLOAD_TOKEN_KEY:-}" ]; then
  # On a line of its own: inside an argument the shell would go on after a failure, with an empty secret.
  key="$(openssl rand -hex 32)"
  azd env set OTA_DOWNLOAD_TOKEN_KEY "$key"
  echo "Made the secret of the download proxy: OTA_DOWNLOAD_TOKEN_KEY in this azd environment. Keep it."
fi
