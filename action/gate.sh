#!/usr/bin/env bash
# The last step: the job fails here, after everything was uploaded and shown.
set -euo pipefail

code=${EXIT_CODE:-}
case "$code" in
  0) echo "armlint: nothing at or above the level that fails." ;;
  1) echo "::error title=armlint::There are findings at or above the level that fails: ${ERRORS:-0} errors, ${WARNINGS:-0} warnings, ${NOTES:-0} notes." ;;
  2) echo "::error title=armlint::Wrong usage or a broken configuration; see the log of the scan." ;;
  3) echo "::error title=armlint::No finding fails, but something could not be read or expanded (${FILES_FAILED:-0} files not at all); see the log of the scan." ;;
  '') echo "::error title=armlint::The scan did not run." ;;
  *) echo "::error title=armlint::The scan ended unexpectedly, with exit code $code." ;;
esac
if [[ $code == 0 && ${UPLOAD_OUTCOME:-} == failure ]]; then
  echo "Nothing was found, but the upload failed."
  exit 1
fi
exit "${code:-1}"
