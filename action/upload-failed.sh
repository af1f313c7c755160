#!/usr/bin/env bash
# Says in one message why the upload failed. The upload's own log names the answer but not the cure.
set -euo pipefail

# GitHub answers an upload of nothing with 403 where the token may not upload, and with another error where it may.
status=000 body=
if [[ -n ${TOKEN:-} && -n ${GITHUB_REPOSITORY:-} ]]; then
  answer=$(curl --silent --max-time 20 --request POST --write-out '\n%{http_code}' \
    --config - --data '{}' "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/code-scanning/sarifs" \
    <<<"header = \"Authorization: Bearer $TOKEN\"") || answer=$'\n000'
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
fi

title="armlint: the SARIF could not be uploaded"
if [[ $status == 403 && $body == *"must be enabled"* ]]; then
  echo "::error title=$title::Code scanning is not enabled for this repository: turn it on in its settings under Code security, or set 'upload-sarif: false'."
elif [[ $status == 403 ]]; then
  echo "::error title=$title::The job's token may not write security events. Give the job 'permissions: security-events: write' (and 'contents: read'), or set 'upload-sarif: false'."
else
  echo "::error title=$title::See the log of the upload above. If it says 403 or 'Resource not accessible by integration', give the job 'permissions: security-events: write'."
fi
